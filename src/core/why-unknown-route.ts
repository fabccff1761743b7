import { hostPrefix } from '../lib/ip.ts';
import type { Known } from './why-sentences.ts';

/** For a site at its origin: the router that shows a route of ours for it which nobody here remembers, as after a lost journal. */
export function unknownRouteSentences({
  state,
  spec,
  words,
}: Pick<Known, 'state' | 'spec' | 'words'>): readonly string[] {
  const prefixes = new Set(spec.addresses.map(hostPrefix));
  const router = spec.routers.find((name) => {
    const { owned = [], ledger = [] } = state.routers[name] ?? {};
    return owned.some(({ prefix }) => prefixes.has(prefix) && !ledger.includes(prefix));
  });
  return router === undefined ? [] : [words.unknownRoute(spec.name, router)];
}
