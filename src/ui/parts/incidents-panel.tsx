import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { IncidentStory, IncidentView } from '../../api/incidents/schema.ts';
import { useClient, useLive, useMay, useWords, useWorld } from './page-context.ts';
import { Ago, Failure } from './small.tsx';
import { Timeline } from './timeline.tsx';
import { Wave } from './wave.tsx';

/** Sites named in the head of an incident; more would hide the rest. */
const namedSites = 8;

/** What routers were told, asked for when somebody opens it. */
function Conversations({ incident }: { readonly incident: IncidentView }): JSX.Element {
  const words = useWords();
  const client = useClient();
  const [story, setStory] = useState<IncidentStory>();
  const [error, setError] = useState<unknown>();
  const load = (isOpen: boolean): void => {
    if (isOpen) {
      client.ask<IncidentStory>(`/incidents/${incident.id}`).then(setStory, setError);
    }
  };
  return (
    <details onToggle={({ currentTarget }) => load(currentTarget.open)}>
      <summary>{words.incident.transcripts}</summary>
      {story?.transcripts.length === 0 && <p class="faint">{words.incident.noTranscripts}</p>}
      {story?.transcripts.map((one) => (
        <section key={`${one.at} ${one.router} ${one.operation}`}>
          <p class={one.result === 'ok' ? 'good' : 'bad'}>
            <Ago at={one.at} /> {one.router} · {one.operation} · {one.result}
          </p>
          <pre>{one.text}</pre>
        </section>
      ))}
      <Failure error={error} />
    </details>
  );
}

function someOf(sites: readonly string[]): string {
  const more = sites.length - namedSites;
  return `${sites.slice(0, namedSites).join(', ')}${more > 0 ? ` +${more}` : ''}`;
}

function Incident({ incident }: { readonly incident: IncidentView }): JSX.Element {
  const words = useWords();
  const client = useClient();
  const live = useLive();
  const may = useMay('operator');
  const [error, setError] = useState<unknown>();
  const isOpen = incident.closedAt === null;
  const acknowledge = (): void => {
    client
      .ask(`/incidents/${incident.id}/acknowledge`, { method: 'POST' })
      .then(() => live.refresh(), setError);
  };
  return (
    <li class={isOpen ? 'card active' : 'card'}>
      <h3>
        {incident.isWave ? words.incident.wave(incident.sites.length) : someOf(incident.sites)}{' '}
        <span class={isOpen ? 'bad' : 'good'}>
          {isOpen ? words.incident.open : words.incident.closed}
        </span>
      </h3>
      <p class="faint">
        {incident.id} · {words.term('causes', incident.cause)} ·{' '}
        {words.term('severities', incident.severity)} · <Ago at={incident.openedAt} />
      </p>
      {incident.isWave && <Wave incident={incident} />}
      <details>
        <summary>{words.detail.history}</summary>
        <Timeline entries={incident.timeline} />
      </details>
      <Conversations incident={incident} />
      {incident.acknowledgedBy === null ? (
        isOpen && (
          <button
            type="button"
            disabled={!may}
            title={may ? words.actionMeans.acknowledge : words.needsRole('operator')}
            onClick={acknowledge}
          >
            {words.action.acknowledge}
          </button>
        )
      ) : (
        <p class="faint">
          {words.incident.acknowledgedBy} {incident.acknowledgedBy}
        </p>
      )}
      <Failure error={error} />
    </li>
  );
}

/** Incidents, open ones first. */
export function IncidentsPanel(): JSX.Element {
  const words = useWords();
  const { incidents } = useWorld();
  const sorted = incidents.toSorted(
    (one, other) =>
      Number(one.closedAt !== null) - Number(other.closedAt !== null) ||
      other.openedAt.localeCompare(one.openedAt),
  );
  return sorted.length === 0 ? (
    <p class="faint empty">{words.incident.none}</p>
  ) : (
    <ul class="cards">
      {sorted.map((incident) => (
        <Incident key={incident.id} incident={incident} />
      ))}
    </ul>
  );
}
