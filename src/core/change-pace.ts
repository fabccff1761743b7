import { type EpochMs, minute, second } from '../lib/time.ts';
import type { ControlEvent } from './event.ts';
import type { Route } from './route-plan.ts';
import type { RouterState, State } from './state.ts';
import type { Turn } from './turn.ts';

/** The same change that a router does not take, again and again. */
export interface Refusals {
  readonly since: EpochMs;
  readonly at: EpochMs;
  readonly times: number;
  readonly wishes: readonly Wish[];
}

/** One route that a change was to add or remove: the way back is another wish than the way there. */
export interface Wish {
  readonly prefix: string;
  readonly isAdded: boolean;
}

/** What a change of these prefixes wishes for, one by one. */
export function wishesOf(prefixes: readonly string[], desired: readonly Route[]): readonly Wish[] {
  const wanted = new Set(desired.map(({ prefix }) => prefix));
  return prefixes.map((prefix) => ({ prefix, isAdded: wanted.has(prefix) }));
}

/** The shortest pause before a router is told again what it did not take: another's commit ends within seconds. */
export const shortestPauseMs = 5 * second;

/** The longest: no less often than every router is read, so that one which was mended is told soon all the same. */
export const longestPauseMs = 30 * second;

/** A router that was asked nothing for so long is met afresh. */
const memoryMs = 15 * minute;

/** Codes of our own that say nothing about the router. */
const ownCodes: ReadonlySet<string> = new Set([
  'DETOUR_PLAN_STALE',
  'DETOUR_NOT_LEADER',
  'DETOUR_STOOD_STILL',
]);

/** A share of 0 to 1 that tells routers apart, however alike their names: those that ask one RADIUS server must not come all at once. */
function placeOf(name: string, times: number): number {
  let hash = times;
  for (const character of name) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x9e_37_79_b1);
  }
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** A quarter of the time for which the router has refused: soon at first, then less and less often. */
function pauseMs(name: string, { since, at, times }: Refusals): number {
  const pause = Math.min(longestPauseMs, Math.max(shortestPauseMs, (at - since) / 4));
  return pause === shortestPauseMs ? pause : pause * (0.7 + 0.3 * placeOf(name, times));
}

/** True when a change asks for something that was not refused before. */
function isNewWish(known: Refusals, wishes: readonly Wish[]): boolean {
  const refused = new Map(known.wishes.map(({ prefix, isAdded }) => [prefix, isAdded]));
  return wishes.some(({ prefix, isAdded }) => refused.get(prefix) !== isAdded);
}

/** Takes in that a router did not take a change, and when it may be told again. */
export function noteRefusal(
  turn: Turn,
  name: string,
  { code, wishes }: { readonly code: string; readonly wishes: readonly Wish[] },
): void {
  const known = turn.state.routers[name]?.refusals;
  if (ownCodes.has(code)) {
    turn.patchRouter(name, { retryAt: turn.now + shortestPauseMs });
    return;
  }
  const isAgain =
    known !== undefined && turn.now - known.at < memoryMs && !isNewWish(known, wishes);
  const refusals: Refusals = isAgain
    ? { ...known, at: turn.now, times: known.times + 1 }
    : { since: turn.now, at: turn.now, times: 1, wishes };
  turn.patchRouter(name, { refusals, retryAt: turn.now + pauseMs(name, refusals) });
}

/** True while a router is not to be told a change that it refused; a wish of another kind need not wait. */
export function isToWait(
  { retryAt, refusals }: RouterState,
  wishes: readonly Wish[],
  now: EpochMs,
): boolean {
  if (retryAt === undefined || now >= retryAt) {
    return false;
  }
  return (
    refusals === undefined || now - refusals.at < shortestPauseMs || !isNewWish(refusals, wishes)
  );
}

/**
 * True when a router that should have nothing else now is no longer in trouble: the change that it did not take has come
 * about all the same, or nobody has wanted it for a while. A diversion that is taken back, to be begun again at once,
 * wants nothing for a moment; that is no end.
 */
export function isTroubleOver({ refusals, retryAt, owned }: RouterState, now: EpochMs): boolean {
  if (refusals === undefined) {
    return now >= (retryAt ?? 0);
  }
  if (now - refusals.at < shortestPauseMs) {
    return false;
  }
  const has = new Set(owned.map(({ prefix }) => prefix));
  const isFulfilled = refusals.wishes.every(({ prefix, isAdded }) => has.has(prefix) === isAdded);
  return isFulfilled || now - refusals.at >= 2 * longestPauseMs;
}

/** The routers on which a person's order is to be carried out at once, however often they refused before. */
export function routersOrdered(state: State, event: ControlEvent): readonly string[] {
  switch (event.type) {
    case 'override-set':
    case 'override-cleared':
    case 'diversion-approved':
      return state.config.sites[event.site]?.routers ?? [];
    case 'incident-acknowledged':
      return (state.incidents[event.incident]?.sites ?? []).flatMap(
        (site) => state.config.sites[site]?.routers ?? [],
      );
    case 'config-applied':
    case 'brake-released':
    case 'freeze-cleared':
      return Object.keys(state.routers);
    default:
      return [];
  }
}
