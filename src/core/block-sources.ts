import { type EpochMs, minute, second } from '../lib/time.ts';
import type { Facts } from './facts.ts';
import { estateHindrance } from './permits.ts';
import type { Rule } from './rule.ts';
import type { Turn } from './turn.ts';

/** A source that a rule named is kept out this long: long enough to end a flood, short enough to heal a mistake. */
export const sourceBlockMs = 10 * minute;

/** A flood from more places than this is not fought one by one: the limits of the notice plane meet it. */
export const maxSourceBlocks = 20;

/** Blocks of a site that have not ended. */
function standing(turn: Turn, name: string): Readonly<Record<string, EpochMs>> {
  const all = Object.entries(turn.site(name)?.blocked ?? {});
  return Object.fromEntries(all.filter(([, until]) => until > turn.now));
}

function mayBlock(turn: Turn, name: string): boolean {
  const { override } = turn.site(name) ?? {};
  return (
    turn.state.config.sites[name]?.mode === 'auto' &&
    override?.action !== 'hold' &&
    estateHindrance(turn.state, turn.now) === undefined
  );
}

/** Which source the facts name, in words for people; empty when they name none. */
export function namedSource({ host }: Facts): string {
  if (host?.topSource === undefined) {
    return '';
  }
  const { topSource, topSourceConnections: connections } = host;
  return connections === undefined
    ? ` (${topSource})`
    : ` (${topSource} holds ${connections} connections)`;
}

/**
 * Has the source that the facts name blocked, once for each block: a person who lifts it is not gainsaid before its
 * end. Called at every look while the rule fires and its condition holds, so that the next source has its turn.
 */
export function blockNamedSource(turn: Turn, name: string, rule: Rule, facts: Facts): void {
  const source = facts.host?.topSource;
  const blocked = standing(turn, name);
  if (source === undefined || source in blocked || !mayBlock(turn, name)) {
    return;
  }
  turn.patchSite(name, { blocked: { ...blocked, [source]: turn.now + sourceBlockMs } });
  if (Object.keys(blocked).length >= maxSourceBlocks) {
    const text = `${source} is not blocked: ${maxSourceBlocks} sources of this site are, which is the most`;
    turn.audit('block-refused', text, { site: name });
    return;
  }
  turn.give({ type: 'block-source', site: name, source, forMs: sourceBlockMs });
  const text = `rule ${rule.name} has ${source} blocked for ${sourceBlockMs / second} s`;
  turn.audit('source-blocked', text, { site: name });
}
