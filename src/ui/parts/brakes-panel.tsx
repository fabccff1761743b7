import type { JSX } from 'preact';
import type { BrakeView } from '../../api/brakes/schema.ts';
import { useTell, useWords, useWorld } from './page-context.ts';
import { ReleaseBrake } from './release-brake.tsx';
import { SiteNames } from './site-names.tsx';
import { Ago } from './small.tsx';

/** More held sites than this are named when somebody asks. */
const namedSites = 12;

function Brake({ brake }: { readonly brake: BrakeView }): JSX.Element {
  const words = useWords();
  const tell = useTell();
  return (
    <li class={brake.isActive ? 'card active' : 'card'}>
      <h3>
        <span aria-hidden="true">{brake.isActive ? '■' : '○'}</span>{' '}
        {words.term('brakes', brake.brake)}{' '}
        <span class="faint">{brake.isActive ? words.brake.active : words.brake.idle}</span>
      </h3>
      <p class="faint">{words.brake.means[brake.brake]}</p>
      {brake.detail !== '' && <p>{tell(brake.told)}</p>}
      {brake.since !== null && (
        <p class="faint">
          <Ago at={brake.since} />
        </p>
      )}
      {brake.holding.length > 0 && (
        <details open={brake.holding.length <= namedSites}>
          <summary>
            {words.brake.holding} ({brake.holding.length})
          </summary>
          <SiteNames names={brake.holding} />
        </details>
      )}
      {brake.release !== null && (
        <p>
          {words.brake.released} ({brake.release.owner}: {brake.release.reason}) {words.brake.until}{' '}
          <Ago at={brake.release.until} />
        </p>
      )}
      <ReleaseBrake brake={brake} />
    </li>
  );
}

/** Every guard that may hold automation back, those that do first. */
export function BrakesPanel(): JSX.Element {
  const { brakes } = useWorld();
  const sorted = brakes.toSorted((one, other) => Number(other.isActive) - Number(one.isActive));
  return (
    <ul class="cards">
      {sorted.map((brake) => (
        <Brake key={brake.brake} brake={brake} />
      ))}
    </ul>
  );
}
