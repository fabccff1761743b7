import { diversionOf } from './phase.ts';
import { moment } from './why-moment.ts';
import type { Known } from './why-sentences.ts';

/** For a site on its way to or from its notice, or kept from it: which of its routers is in trouble, and when it is asked again. */
export function routerSentences(
  known: Pick<Known, 'state' | 'spec' | 'site' | 'now' | 'words'>,
): readonly string[] {
  const { state, spec, site, now, words } = known;
  if (diversionOf(site.phase) === undefined && site.heldBack?.reason !== 'brake-router-unready') {
    return [];
  }
  return spec.routers.flatMap((name) => {
    const { error, failure, refusals, retryAt = now } = state.routers[name] ?? {};
    if (error !== undefined) {
      return [words.routerUnreadable(name, error)];
    }
    return failure === undefined
      ? []
      : [words.routerRefuses(name, failure.message, refusals?.times ?? 1, moment(retryAt, known))];
  });
}
