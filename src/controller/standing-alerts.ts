import type { Alert } from '../core/command.ts';
import { drillTrouble } from '../core/drill.ts';
import type { SiteState, State } from '../core/state.ts';
import { type EpochMs, hour } from '../lib/time.ts';

/** A note of something that happened, not of a state that lasts, stands this long: one watch sees it. */
const noteMs = 8 * hour;

type IsOver = (state: State, alert: Alert, subject: readonly string[], now: EpochMs) => boolean;

function siteIsOver(isOver: (site: SiteState) => boolean): IsOver {
  return (state, { site }) => {
    const known = site === undefined ? undefined : state.sites.get(site);
    return known === undefined || isOver(known);
  };
}

/** Of something that happened nobody can say that it is over; it fades. */
function isNoteOver(_: State, { at }: Alert, __: readonly string[], now: EpochMs): boolean {
  return now - at >= noteMs;
}

/** The prefix of `foreign:ROUTER:PREFIX`; an IPv6 prefix has colons of its own. */
const prefixOf = (subject: readonly string[]): string => subject.slice(1).join(':');

/** By the first word of an alert's key: when what it says is no longer so. */
const ends: Readonly<Record<string, IsOver>> = {
  router: (state, { router = '' }) => state.routers[router]?.error === undefined,
  change: (state, { router = '' }) => state.routers[router]?.failure === undefined,
  diversion: (state, { site = '', reason }) => {
    const phase = state.sites.get(site)?.phase.name;
    // Of the sites of a wave nobody tells one by one that they are diverted after all.
    const isDiverted = phase === 'diverted' && reason !== 'proven';
    return phase === undefined || phase === 'serving' || isDiverted;
  },
  wave: ({ incidents }, { incident = '' }) => {
    const wave = incidents[incident];
    return wave === undefined || wave.closedAt !== undefined;
  },
  vantage: ({ vantages }, _, [name = '']) => vantages[name]?.isSilent !== true,
  relapse: siteIsOver(({ phase }) => phase.name === 'serving'),
  restore: siteIsOver(({ phase }) => phase.name !== 'restoring'),
  held: siteIsOver(({ heldBack }) => heldBack === undefined),
  vanished: siteIsOver(({ question }) => question === undefined),
  override: siteIsOver(({ override }) => override?.isReminded !== true),
  'long-notice': siteIsOver(({ isLongNoticeAlarmed }) => !isLongNoticeAlarmed),
  brake: (state, _, [name]) =>
    !Object.entries(state.brakes).some(([brake, { isActive }]) => brake === name && isActive),
  rule: (state, { site = '' }, [name = '']) => {
    const rule = state.sites.get(site)?.rules[name];
    return rule === undefined || (!rule.isFiring && rule.error === undefined);
  },
  foreign: (state, { router = '' }, subject) =>
    state.routers[router]?.foreign.some(({ prefix }) => prefix === prefixOf(subject)) !== true,
  unledgered: (state, { router = '' }, subject) => {
    const prefix = prefixOf(subject);
    const known = state.routers[router];
    return (
      known?.owned.some((route) => route.prefix === prefix) !== true ||
      known.ledger.includes(prefix)
    );
  },
  drill: (state, { router = '' }, _, now) => drillTrouble(state, router, now) === undefined,
  drift: isNoteOver,
  names: isNoteOver,
  'break-glass': ({ breakGlass }) => breakGlass === undefined,
};

/** True for a note of something that happened: when it happens again, that is news. */
export function isNote({ key }: Pick<Alert, 'key'>): boolean {
  const isOver = ends[key.split(':', 1).join('')];
  return isOver === undefined || isOver === isNoteOver;
}

/** The kinds of alert whose end is known here. */
export const alertKinds = Object.keys(ends);

/**
 * True when what an alert says is no longer so. The core says the end of most by itself; this ends the others,
 * and those whose end fell into a time when no controller ran.
 */
export function isAlertOver(state: State, alert: Alert, now: EpochMs): boolean {
  const [kind = '', ...subject] = alert.key.split(':');
  const isOver = ends[kind];
  return (isOver ?? isNoteOver)(state, alert, subject, now);
}
