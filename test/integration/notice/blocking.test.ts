import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openNoticeClient } from '../../../src/adapters/publishers/notice-client.ts';
import { BlockedSources } from '../../../src/host/blocked-sources.ts';
import { HostHelper } from '../../../src/host/host-helper.ts';
import { NoticeHost } from '../../../src/host/notice-host.ts';
import { PrefixSet } from '../../../src/lib/prefix-set.ts';
import type { SnapshotBlock } from '../../../src/ports/snapshot.ts';
import { FakeHostTools } from '../../fakes/host-tools.ts';
import { fakeSnapshot, handOver, makeKeys } from '../../fakes/snapshot.ts';
import { until } from '../../support/until.ts';
import { keptLog, metric, openStage, type Stage, tempFolder } from './stage.ts';
import { Visitor } from './visitor.ts';

const sites = [{ name: 'home01' }];
const blocking = { refusals: 20, withinMs: 60_000, blockMs: 90_000 };

/** A notice plane with its helper beside it; only the kernel is a fake. */
interface Bench extends AsyncDisposable {
  readonly stage: Stage;
  readonly tools: FakeHostTools;
  readonly socket: string;
  /** Hands the helper a snapshot that says these sources are blocked. */
  hand(blocked: readonly SnapshotBlock[]): Promise<void>;
}

async function openBench(limits: object, workers = 1): Promise<Bench> {
  const tools = new FakeHostTools();
  const folder = await tempFolder();
  const socket = `${folder}/host.sock`;
  const helper = new HostHelper({
    // Blocking alone is played here; taking addresses needs a real kernel.
    host: new (class extends NoticeHost {
      override async apply(): ReturnType<NoticeHost['apply']> {
        return { firewall: [], isSetStale: false, routes: { add: [], remove: [] }, refused: [] };
      }
    })({ tools, ports: [80], refuse: () => undefined }),
    blocked: new BlockedSources(tools, new PrefixSet(['127.0.0.66/32'])),
    handover: folder,
    socket,
    log: keptLog().log,
  });
  await helper.start();
  const keys = makeKeys();
  let generation = 0;
  const stage = await openStage({ sites, limits }, { hostSocket: socket, workers });
  return {
    stage,
    tools,
    socket,
    hand: async (blocked): Promise<void> => {
      generation += 1;
      await handOver(folder, fakeSnapshot({ keys, generation, blocked }), keys);
    },
    [Symbol.asyncDispose]: async () => {
      await stage[Symbol.asyncDispose]();
      await helper[Symbol.asyncDispose]();
    },
  };
}

/** Says one line to the helper and gives its answer. */
function say(socket: string, line: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const client = connect({ path: socket });
    client.on('data', (chunk) => {
      text += chunk.toString();
    });
    client.on('error', () => undefined);
    client.on('close', () => resolve(text));
    client.write(line);
  });
}

async function knock(stage: Stage, from: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    using visitor = new Visitor({ port: stage.port, from });
    visitor.send('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
    await visitor.answer().catch(() => undefined);
  }
}

describe('a source that goes on abusing', () => {
  it('is blocked for the time that the limits say, shows in status and metrics, and can be lifted', async () => {
    await using bench = await openBench({ sourceNewPerSecond: 1, blocking });
    const { stage } = bench;
    await knock(stage, '127.0.0.9', 40);
    const client = openNoticeClient(stage.notice.controlSocket);
    const signal = AbortSignal.timeout(10_000);

    await until('the source to be blocked', async () => {
      const sources = await client.blockedSources(signal);
      return sources.some(({ source }) => source === '127.0.0.9');
    });

    expect(await client.blockedSources(signal)).toEqual([
      { source: '127.0.0.9', expiresInSeconds: 90 },
    ]);
    expect((await client.status(signal)).host).toMatchObject({ blockedSources: 1, problems: [] });
    const metrics = await stage.notice.metrics();
    expect(metric(metrics, 'detour_notice_blocked_sources')).toBe(1);
    expect(metric(metrics, 'detour_notice_blocks_total{result="blocked"}')).toBeGreaterThan(0);
    expect(metrics).not.toContain('127.0.0.9');

    await client.liftSource('127.0.0.9', signal);
    expect(await client.blockedSources(signal)).toEqual([]);
  });

  it('is not one that asks in the many ways of a crowd', async () => {
    await using bench = await openBench({ sourceNewPerSecond: 1e6, blocking });
    for (let n = 0; n < 8; n += 1) {
      using visitor = new Visitor({ port: bench.stage.port, from: '127.0.0.9' });
      const agent = 'x'.repeat(n);
      visitor.send(
        `GET / HTTP/1.1\r\nHost: home01.example.kr\r\nUser-Agent: Browser/${agent}\r\n\r\n`,
      );
      await visitor.answer();
    }
    await bench.stage.publish({
      sites,
      generation: 2,
      limits: { sourceNewPerSecond: 1, largeSourceNewPerSecond: 1, blocking },
    });
    await bench.stage.notice.refresh();

    await knock(bench.stage, '127.0.0.9', 60);
    await knock(bench.stage, '127.0.0.10', 60);

    await until('the other source to be blocked', () =>
      bench.tools.sets.get('blocked4')?.has('127.0.0.10'),
    );
    expect(bench.tools.sets.get('blocked4')?.has('127.0.0.9')).toBe(false);
  });

  it('is named for heads that never end, too', async () => {
    await using bench = await openBench({ blocking: { ...blocking, refusals: 5 } });
    for (let n = 0; n < 5; n += 1) {
      using visitor = new Visitor({ port: bench.stage.port, from: '127.0.0.9' });
      visitor.send('GET / HTTP/1.1\r\nBroken\r\n\r\n');
      await visitor.answer();
    }

    await until('the source to be blocked', () =>
      bench.tools.sets.get('blocked4')?.has('127.0.0.9'),
    );
  });

  it('goes on being refused when nobody can block it, and that is said and counted', async () => {
    await using stage = await openStage(
      { sites, limits: { sourceNewPerSecond: 1, blocking } },
      { hostSocket: '/nonexistent/host.sock' },
    );
    await knock(stage, '127.0.0.9', 60);

    await until('the failure to be counted', async () => {
      const text = await stage.notice.metrics();
      return metric(text, 'detour_notice_blocks_total{result="failed"}') > 0;
    });
    expect(stage.logText()).toContain('An abusing source could not be blocked');
    expect((await stage.notice.status()).host).toBeNull();
  });

  it('is noticed by every worker', async () => {
    await using bench = await openBench({ sourceNewPerSecond: 2, blocking }, 2);
    await knock(bench.stage, '127.0.0.9', 120);

    await until('the source to be blocked', () =>
      bench.tools.sets.get('blocked4')?.has('127.0.0.9'),
    );
  });
});

describe('what the signed snapshot says is blocked', () => {
  it('is blocked by the helper until its end, let in again when the snapshot no longer says so, and never what Detour needs', async () => {
    await using bench = await openBench({});
    const blockedNow = (): readonly string[] => [
      ...(bench.tools.sets.get('blocked4')?.keys() ?? []),
    ];
    const until1 = Date.now() + 300_000;
    await bench.hand([
      { source: '198.51.100.7', until: until1 },
      { source: '198.51.100.8', until: until1 },
      { source: '198.51.100.9', until: Date.now() - 1 },
      { source: '127.0.0.66', until: until1 },
    ]);
    await until('both to be blocked', () => blockedNow().length === 2);
    expect(blockedNow().toSorted()).toEqual(['198.51.100.7', '198.51.100.8']);
    expect(bench.tools.sets.get('blocked4')?.get('198.51.100.7')).toBeGreaterThan(290);

    await bench.hand([{ source: '198.51.100.8', until: until1 }]);
    await until('one to be let in again', () => blockedNow().length === 1);
    expect(blockedNow()).toEqual(['198.51.100.8']);
  });
});

describe('the helper of a notice host', () => {
  it.each([
    ['no JSON', 'hello\n'],
    ['an act it does not know', '{"do":"flush"}\n'],
    ['a field too many', '{"do":"lift","source":"198.51.100.9","table":"filter"}\n'],
    ['a block without an end', '{"do":"block","source":"198.51.100.9"}\n'],
    ['a block longer than an hour', '{"do":"block","source":"198.51.100.9","seconds":3601}\n'],
    ['a network', '{"do":"block","source":"0.0.0.0/0","seconds":60}\n'],
    ['words for nft', '{"do":"block","source":"1.2.3.4; flush ruleset","seconds":60}\n'],
    ['an address that Detour needs', '{"do":"block","source":"127.0.0.66","seconds":60}\n'],
  ])('refuses %s, and changes nothing', async (_, line) => {
    await using bench = await openBench({});

    expect(await say(bench.socket, line)).toContain('"is":"refused"');
    expect(bench.tools.inputs).toEqual([]);
  });

  it('cuts off who sends too much, and goes on with others', async () => {
    await using bench = await openBench({});

    expect(await say(bench.socket, 'x'.repeat(5_000))).toBe('');
    expect(await say(bench.socket, '{"do":"status"}\n')).toContain('"is":"status"');
  });
});
