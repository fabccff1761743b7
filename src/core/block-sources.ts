import { type EpochMs, minute, second } from '../lib/time.ts';
import type { Facts } from './facts.ts';
import { estateHindrance } from './permits.ts';
import type { Rule } from './rule.ts';
import type { SiteState } from './state.ts';
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

/** Notes that a source of a site is not blocked, whatever was asked for. */
function noteLetIn(turn: Turn, name: string, source: string): void {
  const { blocked = {}, letIn = [] } = turn.site(name) ?? {};
  if (source in blocked && !letIn.includes(source)) {
    turn.patchSite(name, { letIn: [...letIn, source] });
  }
}

/** Takes in that a source was let in again, or could not be blocked: for one site, or for all that had asked for it. */
export function onSourceLetIn(turn: Turn, source: string, site?: string): void {
  for (const name of site === undefined ? turn.state.sites.names : [site]) {
    noteLetIn(turn, name, source);
  }
}

/** The sources that are blocked for a site now, and until when. */
export function blockedNow(
  { blocked = {}, letIn = [] }: Pick<SiteState, 'blocked' | 'letIn'>,
  now: EpochMs,
): readonly (readonly [string, EpochMs])[] {
  return Object.entries(blocked).filter(
    ([source, until]) => until > now && !letIn.includes(source),
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
  // What was let in is known for as long as its block would have lasted.
  const letIn = (turn.site(name)?.letIn ?? []).filter((each) => each in blocked);
  turn.patchSite(name, { blocked: { ...blocked, [source]: turn.now + sourceBlockMs }, letIn });
  if (Object.keys(blocked).length >= maxSourceBlocks) {
    const text = `${source} is not blocked: ${maxSourceBlocks} sources of this site are, which is the most`;
    turn.audit('block-refused', text, { site: name });
    noteLetIn(turn, name, source);
    return;
  }
  turn.give({ type: 'block-source', site: name, source, forMs: sourceBlockMs });
  const text = `rule ${rule.name} has ${source} blocked for ${sourceBlockMs / second} s`;
  turn.audit('source-blocked', text, { site: name });
}
