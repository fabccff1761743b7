import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { NoticeNode } from '../../api/notice-nodes/schema.ts';
import type { NoticeNodeList } from '../api/answers.ts';
import { wholeTime } from '../state/time.ts';
import { useClient, useWords } from './page-context.ts';
import { Ago, Fact, Failure } from './small.tsx';

/** No news tell of nodes; while the room is open they are asked for this often. */
const askEveryMs = 5_000;

function Readiness({ readiness }: Pick<NoticeNode, 'readiness'>): JSX.Element {
  const words = useWords();
  if (readiness === null) {
    return <>{words.node.notSaid}</>;
  }
  const { sites, notReady, named } = readiness;
  return notReady === 0 ? (
    <span class="good">{words.node.allReady(sites)}</span>
  ) : (
    <span class="bad">
      {words.node.notReady(notReady, sites)} {named.join(', ')}
      {named.length < notReady && ' …'}
    </span>
  );
}

function Facts({ node }: { readonly node: NoticeNode }): JSX.Element {
  const words = useWords();
  const { readiness, writtenAt, lastSeenAt } = node;
  return (
    <dl class="facts">
      <Fact name={words.node.snapshot}>
        {node.generation ?? '—'} · {node.isCurrent ? words.node.newest : words.node.older}
      </Fact>
      <Fact name={words.node.written}>{writtenAt === null ? '—' : <Ago at={writtenAt} />}</Fact>
      <Fact name={words.node.heard}>{lastSeenAt === null ? '—' : <Ago at={lastSeenAt} />}</Fact>
      <Fact name={words.node.sessions}>{node.sessions ?? '—'}</Fact>
      <Fact name={words.node.readiness}>
        <Readiness readiness={readiness} />
      </Fact>
      <Fact name={words.node.certificate}>
        {readiness === null || readiness.certificateEndsAt === null
          ? '—'
          : wholeTime(readiness.certificateEndsAt, words.language)}
      </Fact>
    </dl>
  );
}

function Node({ node }: { readonly node: NoticeNode }): JSX.Element {
  const words = useWords();
  const { readiness, problem } = node;
  const isWell = node.isUp && node.isCurrent && problem === null && readiness?.notReady === 0;
  return (
    <li class={isWell ? 'card' : 'card active'}>
      <h3>
        {node.name}{' '}
        <span class={node.isUp ? 'good' : 'bad'}>
          {node.isUp ? words.node.up : words.node.down}
        </span>
      </h3>
      {!node.isUp && <p class="bad">{words.node.downMeans}</p>}
      {problem !== null && (
        <p class="bad">
          {words.node.refuses} {problem}
        </p>
      )}
      <Facts node={node} />
    </li>
  );
}

/** Every notice node on another host: whether it follows, what it serves, and whether its certificates are there. */
export function NodesPanel(): JSX.Element {
  const words = useWords();
  const client = useClient();
  const [nodes, setNodes] = useState<readonly NoticeNode[]>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const ask = (): void => {
      client.ask<NoticeNodeList>('/notice-nodes').then((list) => {
        setNodes(list.nodes);
        setError(undefined);
      }, setError);
    };
    ask();
    const timer = window.setInterval(ask, askEveryMs);
    return () => clearInterval(timer);
  }, [client]);
  return (
    <>
      <Failure error={error} />
      {nodes?.length === 0 && <p class="faint">{words.node.none}</p>}
      <ul class="cards">
        {nodes?.map((node) => (
          <Node key={node.name} node={node} />
        ))}
      </ul>
    </>
  );
}
