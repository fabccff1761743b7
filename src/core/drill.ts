import { formatDuration } from '../lib/duration.ts';
import { day, type EpochMs } from '../lib/time.ts';
import type { ControlEvent } from './event.ts';
import type { Hindrance } from './permits.ts';
import type { Site } from './site.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/** Drills are weekly; one that is a day late is missing. */
export const drillValidMs = 8 * day;

/** How the last drill of a router ended. */
export interface DrillState {
  readonly at: EpochMs;
  readonly isPassed: boolean;
  readonly detail: string;
}

/** Why a router must not be trusted with automatic diversions: its drill failed, or it has had none for too long. */
export function drillTrouble(state: State, router: string, now: EpochMs): string | undefined {
  if (state.config.routers[router]?.isDrilled !== true) {
    return undefined;
  }
  const last = state.routers[router]?.drill;
  if (last?.isPassed === false) {
    return `the last drill of ${router} failed: ${last.detail}`;
  }
  // One that was never drilled has the time of a drill to get one.
  const age = now - (last?.at ?? state.startedAt);
  if (age <= drillValidMs) {
    return undefined;
  }
  return last === undefined
    ? `${router} has had no drill yet`
    : `the last drill of ${router} was ${formatDuration(Math.floor(age / day) * day)} ago`;
}

/** Holds automation back from the routers whose drill failed or is missing; a person's order passes. */
export function drillHindrance(state: State, site: Site, now: EpochMs): Hindrance | undefined {
  for (const router of site.routers) {
    const detail = drillTrouble(state, router, now);
    if (detail !== undefined) {
      return { reason: 'brake-drill', detail };
    }
  }
  return undefined;
}

/** Takes in how a drill ended, now or as the store remembers it. */
export function onDrillFinished(
  turn: Turn,
  event: Extract<ControlEvent, { type: 'drill-finished' }>,
): void {
  const { router, at, isPassed, detail, isRemembered } = event;
  const before = turn.state.routers[router]?.drill;
  if (before !== undefined && before.at >= at) {
    return;
  }
  turn.patchRouter(router, { drill: { at, isPassed, detail } });
  if (isRemembered === true) {
    return;
  }
  const reason = isPassed ? 'drill-passed' : 'drill-failed';
  const text = isPassed
    ? `The drill of ${router} passed: ${detail}`
    : `The drill of ${router} failed, and nothing is diverted there automatically until one passes: ${detail}`;
  turn.audit(reason, text, { router, actor: event.owner });
  turn.alert({
    key: `drill:${router}`,
    severity: isPassed ? 'info' : 'critical',
    reason,
    router,
    text,
    isResolved: isPassed,
  });
}

/** Says once, as time goes by, that a router has had no drill for too long. */
export function tellStaleDrills(turn: Turn): void {
  for (const [router, { drill, isDrillTold = false }] of Object.entries(turn.state.routers)) {
    const isFailed = drill?.isPassed === false;
    const trouble = isFailed ? undefined : drillTrouble(turn.state, router, turn.now);
    const isStale = trouble !== undefined;
    if (isStale !== isDrillTold) {
      turn.patchRouter(router, { isDrillTold: isStale });
    }
    if (isStale && !isDrillTold) {
      const text = `Nothing is diverted automatically on ${router} until a drill passes: ${trouble}`;
      turn.audit('drill-stale', text, { router });
      turn.alert({
        key: `drill:${router}`,
        severity: 'critical',
        reason: 'drill-stale',
        router,
        text,
        isResolved: false,
      });
    }
  }
}
