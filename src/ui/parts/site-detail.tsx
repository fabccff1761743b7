import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SiteView } from '../../api/sites/schema.ts';
import type { Why } from '../../api/sites/why-schema.ts';
import { useClient, useTell, useWords, useWorld } from './page-context.ts';
import { SiteOrders } from './site-orders.tsx';
import { SiteReadiness } from './site-readiness.tsx';
import { Ago, Fact, Failure, Phase, Verdict } from './small.tsx';
import { Timeline } from './timeline.tsx';

/** Probes come every few seconds; the explanation follows them at this pace while somebody reads it. */
const whyEveryMs = 3_000;

function useWhy(site: SiteView): { readonly why: Why | undefined; readonly error: unknown } {
  const client = useClient();
  const [why, setWhy] = useState<Why>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let isOver = false;
    const read = (): void => {
      client.ask<Why>(`/sites/${site.name}/why`).then(
        (answer) => {
          if (!isOver) {
            setWhy(answer);
            setError(undefined);
          }
        },
        (problem: unknown) => !isOver && setError(problem),
      );
    };
    read();
    const timer = setInterval(read, whyEveryMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [client, site.name, site.phase, site.since]);
  return { why: why?.site === site.name ? why : undefined, error };
}

function Facts({ site }: { readonly site: SiteView }): JSX.Element {
  const words = useWords();
  return (
    <dl class="facts">
      <Fact name={words.detail.visitorsSee}>{words.sees[site.visitorsSee]}</Fact>
      <Fact name={words.column.mode}>{words.mode[site.mode]}</Fact>
      <Fact name={words.detail.hostnames}>{site.hostnames.join(', ')}</Fact>
      <Fact name={words.detail.addresses}>{site.addresses.join(', ')}</Fact>
      <Fact name={words.detail.routers}>{site.routers.join(', ')}</Fact>
      {site.neighbours.length > 0 && (
        <Fact name={words.detail.neighbours}>
          {site.neighbours
            .map((neighbour) =>
              neighbour.passedThrough
                ? `${neighbour.site} (${words.detail.passedThrough})`
                : neighbour.site,
            )
            .join(', ')}
        </Fact>
      )}
      {site.cause !== null && (
        <Fact name={words.detail.cause}>{words.term('causes', site.cause)}</Fact>
      )}
      {site.generation !== null && <Fact name={words.detail.generation}>{site.generation}</Fact>}
      {site.expectedRecoveryAt !== null && (
        <Fact name={words.detail.expected}>
          <Ago at={site.expectedRecoveryAt} />
        </Fact>
      )}
    </dl>
  );
}

function Standing({ site }: { readonly site: SiteView }): JSX.Element {
  const words = useWords();
  const tell = useTell();
  return (
    <>
      {site.question !== null && (
        <p class="notice notice-question">
          <strong>{words.detail.question}:</strong> {tell(site.question.told)}
        </p>
      )}
      {site.heldBack !== null && (
        <p class="notice notice-held">
          <strong>
            {words.detail.heldBack} ({words.term('reasons', site.heldBack.reason)}):
          </strong>{' '}
          {tell(site.heldBack.told)}
        </p>
      )}
      {site.override !== null && (
        <p class="notice">
          <strong>
            {words.detail.override}: {words.action[site.override.action]}
          </strong>{' '}
          {site.override.reason} ({site.override.owner}, <Ago at={site.override.expiresAt} />)
        </p>
      )}
    </>
  );
}

function Probes({ why, next }: { readonly why: Why; readonly next: string }): JSX.Element {
  const words = useWords();
  return (
    <ul class="samples">
      {why.samples.map(({ probe, address, vantage, verdict, passes, fails, rise, fall, last }) => (
        <li key={`${probe} ${address} ${vantage}`}>
          <Verdict verdict={verdict} /> <strong>{probe}</strong> {address}
          {vantage === 'local' ? '' : ` (${vantage})`}{' '}
          <span class="faint">
            {passes}/{rise} ✓ {fails}/{fall} ✕
            {last !== null &&
              ` · ${words.term('probeReasons', last.reason)}, ${Math.round(last.latencyMs)} ms`}
            {last?.detail ? ` · ${last.detail}` : ''}
          </span>
        </li>
      ))}
      {why.rules
        .filter(({ state }) => state !== 'quiet' && state !== 'not-applicable')
        .map(({ rule, condition, state, error }) => (
          <li key={rule}>
            <strong>{rule}</strong> {words.ruleStates[state]} <code>{condition}</code>
            {error !== null && <span class="bad"> {error}</span>}
          </li>
        ))}
      <li class="faint">
        {words.detail.next}: {next} (<Ago at={why.nextEvaluation.at} />)
      </li>
    </ul>
  );
}

function History({ site }: { readonly site: SiteView }): JSX.Element | null {
  const words = useWords();
  const { incidents } = useWorld();
  const incident = incidents.find(({ id }) => id === site.incident);
  if (incident === undefined) {
    return null;
  }
  return (
    <details open>
      <summary>{words.detail.history}</summary>
      <Timeline entries={incident.timeline} />
    </details>
  );
}

function Preview({ site }: { readonly site: SiteView }): JSX.Element {
  const words = useWords();
  const client = useClient();
  const [page, setPage] = useState<string>();
  const [error, setError] = useState<unknown>();
  const show = (isOpen: boolean): void => {
    if (isOpen) {
      client
        .text(`/sites/${site.name}/notice/preview?language=${words.language}`)
        .then(setPage, setError);
    }
  };
  return (
    <details onToggle={({ currentTarget }) => show(currentTarget.open)}>
      <summary>{words.detail.notice}</summary>
      <Failure error={error} />
      {page !== undefined && (
        <iframe class="preview" title={words.detail.notice} sandbox="" srcdoc={page} />
      )}
    </details>
  );
}

/** One site: where it stands, why, what would change that, and what a person can order. */
export function SiteDetail({
  site,
  onBack,
}: {
  readonly site: SiteView;
  readonly onBack: () => void;
}): JSX.Element {
  const words = useWords();
  const { why, error } = useWhy(site);
  const told = words.language === 'ko' ? why?.told.ko : why?.told.en;
  return (
    <article class="detail" aria-labelledby="detail-name">
      <button type="button" class="quiet back" onClick={onBack}>
        ← {words.action.back}
      </button>
      <header>
        <h2 id="detail-name">{site.title[words.language] ?? site.name}</h2>
        <p class="faint">{site.name}</p>
        <p class="standing" aria-live="polite">
          <Phase phase={site.phase} /> <Verdict verdict={site.verdict} />{' '}
          <span class="faint">
            <Ago at={site.since} />
          </span>
        </p>
      </header>
      <Standing site={site} />
      <SiteOrders site={site} />
      <Failure error={error} />
      {why !== undefined && (
        <SiteReadiness readiness={why.readiness} isOnNotice={site.visitorsSee === 'notice'} />
      )}
      {why !== undefined && told !== undefined && (
        <section>
          <h3>{words.detail.why}</h3>
          <p>{told.summary}</p>
          <Probes why={why} next={told.next} />
          {told.whatWouldChangeIt.length > 0 && (
            <>
              <h3>{words.detail.change}</h3>
              <ul>
                {told.whatWouldChangeIt.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </>
          )}
        </section>
      )}
      <History site={site} />
      <Facts site={site} />
      <Preview site={site} />
    </article>
  );
}
