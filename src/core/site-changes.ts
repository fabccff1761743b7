import type { State } from './state.ts';

type Sites = State['sites'];

/** Which sites differ from those that a step began with, remembered with the sites that it ended with. */
const known = new WeakMap<Sites, { readonly since: Sites; readonly names: ReadonlySet<string> }>();

/** Remembers what one step changed, so that nobody has to compare thousands of sites after every probe. */
export function rememberChanges(since: Sites, sites: Sites, names: ReadonlySet<string>): void {
  if (since !== sites) {
    known.set(sites, { since, names });
  }
}

/** Names of the sites that are new, gone or not the same as before. */
export function changedSites(before: Sites, after: Sites): readonly string[] {
  if (before === after) {
    return [];
  }
  const remembered = known.get(after);
  if (remembered?.since === before) {
    return [...remembered.names];
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]);
}
