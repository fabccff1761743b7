import type { JSX } from 'preact';
import type { BrakeView } from '../../api/brakes/schema.ts';
import { useWords, useWorld } from './page-context.ts';
import { ReleaseBrake } from './release-brake.tsx';
import { Ago } from './small.tsx';

function Brake({ brake }: { readonly brake: BrakeView }): JSX.Element {
  const words = useWords();
  return (
    <li class={brake.isActive ? 'card active' : 'card'}>
      <h3>
        <span aria-hidden="true">{brake.isActive ? '■' : '○'}</span> {brake.brake}{' '}
        <span class="faint">{brake.isActive ? words.brake.active : words.brake.idle}</span>
      </h3>
      {brake.detail !== '' && <p>{brake.detail}</p>}
      {brake.since !== null && (
        <p class="faint">
          <Ago at={brake.since} />
        </p>
      )}
      {brake.holding.length > 0 && (
        <p>
          {words.brake.holding}: {brake.holding.join(', ')}
        </p>
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
