import type { BrakeName, BrakeState } from './brake.ts';
import { countFailures, isMassFailure } from './mass-failure.ts';
import {
  areAllWarm,
  notLeading,
  unreadRouters,
  warmUpDetail,
  warmUpPatienceMs,
} from './permits.ts';
import type { Turn } from './turn.ts';
import { openOrWidenWave, openWave } from './wave.ts';

const quietBrake: BrakeState = { isActive: false, detail: '', holding: [] };

/** Every brake at rest. */
export const quietBrakes: Readonly<Record<BrakeName, BrakeState>> = {
  'max-active': quietBrake,
  rate: quietBrake,
  'mass-failure': quietBrake,
  isolation: quietBrake,
  'warm-up': quietBrake,
  freeze: quietBrake,
  'not-leader': quietBrake,
};

/** Ends the warm-up once every router was read and every site's rounds are in, or have been waited for long enough. */
export function settleWarmUp(turn: Turn): void {
  const { state, now } = turn;
  if (state.isWarmedUp || unreadRouters(state, now).length > 0) {
    return;
  }
  const isPatienceOver = now - state.startedAt >= warmUpPatienceMs;
  if (isPatienceOver || areAllWarm(state)) {
    turn.patch({ isWarmedUp: true });
    turn.isBrakeTouched = true;
  }
}

function announce(turn: Turn, name: BrakeName, isActive: boolean, detail: string): void {
  const text = isActive
    ? `Brake ${name} holds automation back: ${detail}`
    : `Brake ${name} no longer holds automation back`;
  const wave = name === 'mass-failure' ? openWave(turn.state)?.id : undefined;
  const incident = wave === undefined ? {} : { incident: wave };
  turn.audit(isActive ? 'brake-engaged' : 'brake-cleared', text, incident);
  turn.alert({
    ...incident,
    key: `brake:${name}`,
    severity: isActive && name !== 'warm-up' && name !== 'rate' ? 'critical' : 'info',
    reason: isActive ? 'brake-engaged' : 'brake-cleared',
    text,
    isResolved: !isActive,
  });
}

function isSame(a: BrakeState, b: BrakeState): boolean {
  return (
    a.isActive === b.isActive &&
    a.detail === b.detail &&
    a.release === b.release &&
    a.holding.length === b.holding.length &&
    a.holding.every((name, index) => name === b.holding[index])
  );
}

/** Which sites each brake holds back now, and in whose words. */
interface Holding {
  readonly sites: readonly string[];
  /** What the first of them was told. */
  readonly detail: string;
}

const nobody: Holding = { sites: [], detail: '' };

/** One look at every site for all brakes: there may be thousands, and each decision asks. */
function holdings(turn: Turn): ReadonlyMap<string, Holding> {
  const found = new Map<string, { readonly sites: string[]; readonly detail: string }>();
  for (const [site, { heldBack }] of turn.state.sites.entries()) {
    if (heldBack !== undefined) {
      const holding = found.get(heldBack.reason) ?? { sites: [], detail: heldBack.detail };
      holding.sites.push(site);
      found.set(heldBack.reason, holding);
    }
  }
  return found;
}

interface Setting {
  readonly isActive: boolean;
  readonly detail: string;
  readonly holding: readonly string[];
}

function setBrake(turn: Turn, name: BrakeName, { isActive, detail, holding }: Setting): void {
  const before = turn.state.brakes[name];
  const isReleaseOver = before.release !== undefined && turn.now >= before.release.until;
  const release = isReleaseOver ? undefined : before.release;
  const after: BrakeState = {
    isActive,
    detail: isActive ? detail : '',
    holding,
    ...(isActive ? { since: before.isActive ? (before.since ?? turn.now) : turn.now } : {}),
    ...(release === undefined ? {} : { release }),
  };
  if (isSame(before, after)) {
    return;
  }
  turn.patch({ brakes: { ...turn.state.brakes, [name]: after } });
  if (isActive !== before.isActive) {
    announce(turn, name, isActive, detail);
  }
}

/**
 * Engages the mass-failure brake before any single decision can slip past it, and lets go when the failures are over.
 * Time alone never lets go: sites that stay down together wait for a person.
 */
export function settleMassFailure(turn: Turn): void {
  const brake = turn.state.brakes['mass-failure'];
  const together = countFailures(turn.state, turn.now);
  const isMass = isMassFailure(turn.state, together);
  if (!brake.isActive && isMass) {
    const detail = `${together.failing.length} of ${together.total} sites began to fail within ${turn.state.config.guards.massFailure.withinMs / 1000} s: a common cause is likelier than each its own`;
    openOrWidenWave(turn, together.failing);
    setBrake(turn, 'mass-failure', { isActive: true, detail, holding: brake.holding });
    return;
  }
  const stillFailing = turn.state.sites
    .values()
    .filter(
      ({ firstFailAt, phase }) => firstFailAt !== undefined && phase.name !== 'serving',
    ).length;
  const { minSites, share } = turn.state.config.guards.massFailure;
  if (
    brake.isActive &&
    !isMass &&
    (stillFailing < minSites || stillFailing < share * together.total)
  ) {
    setBrake(turn, 'mass-failure', { isActive: false, detail: '', holding: brake.holding });
  }
}

/** What the warm-up waits for; worked out once a second, as it asks every site. */
function warmUpWords({ state, now, isTick }: Turn): string {
  if (state.isWarmedUp) {
    return '';
  }
  const before = state.brakes['warm-up'];
  return before.isActive && !isTick ? before.detail : warmUpDetail(state, now);
}

/** Brings what the brakes show in line with what they hold; each change announces itself. */
export function settleBrakes(turn: Turn): void {
  const { state } = turn;
  const held = holdings(turn);
  const set = (name: BrakeName, isActive: boolean, detail: string): void => {
    const { sites: holding } = held.get(`brake-${name}`) ?? nobody;
    setBrake(turn, name, { isActive, detail, holding });
  };
  for (const name of ['max-active', 'rate'] as const) {
    const holding = held.get(`brake-${name}`);
    set(name, holding !== undefined, holding?.detail ?? '');
  }
  const mass = state.brakes['mass-failure'];
  set('mass-failure', mass.isActive, mass.detail);
  const uplink = 'no reference target answers: our own uplink is in doubt';
  set('isolation', state.isolation.isIsolated, uplink);
  set('warm-up', !state.isWarmedUp, state.isWarmedUp ? '' : warmUpWords(turn));
  set('freeze', state.freeze !== undefined, state.freeze?.reason ?? '');
  set('not-leader', !state.isLeader, notLeading.detail);
}
