import { fallsBack } from './leased-routes.ts';
import { moment } from './why-moment.ts';
import type { Known } from './why-sentences.ts';

/** For a diverted site that falls back: until when its routes stand without us, and which router does not hear of more. */
export function leaseSentences(
  known: Pick<Known, 'state' | 'spec' | 'now' | 'words'>,
): readonly string[] {
  const { state, spec, words } = known;
  if (!fallsBack(state.config, spec.name)) {
    return [];
  }
  return spec.routers
    .flatMap((router) => {
      const lease = state.routers[router]?.lease;
      return lease === undefined ? [] : [{ router, ...lease }];
    })
    .map(({ router, until, problem }) =>
      problem === undefined
        ? words.leaseRuns(router, moment(until, known))
        : words.leaseEnds(router, moment(until, known), problem),
    );
}
