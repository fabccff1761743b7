import type { EpochMs } from '../lib/time.ts';
import { fallsBack } from './leased-routes.ts';
import type { Site } from './site.ts';
import type { State } from './state.ts';
import { moment } from './why-moment.ts';

/** For a diverted site that falls back: until when its routes stand without us, and which router does not hear of more. */
export function leaseSentences(state: State, spec: Site, now: EpochMs): string {
  if (!fallsBack(state.config, spec.name)) {
    return '';
  }
  return spec.routers
    .flatMap((router) => {
      const lease = state.routers[router]?.lease;
      return lease === undefined ? [] : [{ router, ...lease }];
    })
    .map(({ router, until, problem }) =>
      problem === undefined
        ? ` Were Detour to die now, ${router} would take its routes back by itself at ${moment(until, now)}.`
        : ` ${router} takes its routes back by itself at ${moment(until, now)}, because their lease cannot be renewed: ${problem}.`,
    )
    .join('');
}
