import type { JSX } from 'preact';
import type { IncidentView } from '../../api/incidents/schema.ts';
import { waveCounts } from '../state/wave-counts.ts';
import { useWords, useWorld } from './page-context.ts';
import { ReleaseBrake } from './release-brake.tsx';
import { SiteNames } from './site-names.tsx';
import { Fact } from './small.tsx';

/** What sites that failed together have in common: where they are now, and the one release that lets those held back through. */
export function Wave({ incident }: { readonly incident: IncidentView }): JSX.Element {
  const words = useWords();
  const { sites, brakes } = useWorld();
  const brake = brakes.find(({ brake: name }) => name === 'mass-failure');
  const held = (brake?.holding ?? []).filter((name) => incident.sites.includes(name)).length;
  const isOpen = incident.closedAt === null;
  const names = {
    ...words.phase,
    heldBack: words.incident.waveHeldBack,
    gone: words.incident.waveBack,
  };
  return (
    <>
      <p>{words.incident.waveMeans}</p>
      {isOpen && (
        <dl class="facts">
          <Fact name={words.incident.waveStanding}>
            {waveCounts(incident, sites)
              .map(({ standing, count }) => `${names[standing]} ${count}`)
              .join(' · ')}
          </Fact>
        </dl>
      )}
      {isOpen && brake?.isActive === true && held > 0 && (
        <div class="notice notice-held">
          <p>{words.incident.waveHeld(held)}</p>
          <ReleaseBrake brake={brake} />
        </div>
      )}
      <details>
        <summary>
          {words.incident.sites} ({incident.sites.length})
        </summary>
        <SiteNames names={incident.sites} />
      </details>
    </>
  );
}
