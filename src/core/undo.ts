import { minute, second } from '../lib/time.ts';
import { coveredBy } from './covered-by.ts';
import { neighboursOf } from './estate.ts';
import { isPartlyInstalled } from './installation.ts';
import { isPassedThrough, notePathMoved } from './passed-through.ts';
import { type Diversion, diversionOf, type Phase } from './phase.ts';
import type { Reason } from './reason.ts';
import { areRoutesGone, readRoutersOnce } from './routes-gone.ts';
import type { Turn } from './turn.ts';

type Diverting = Extract<Phase, { name: 'diverting' }>;

/** Pause before a notice that could not be published is tried again. */
export const publishRetryMs = 10 * second;

/** Pause before a diversion is tried again whose routes stood, if only in part: each try moves visitors there and back. */
export const routeRetryMs = minute;

/** How long a diversion that was taken back is not begun again: an order or a window knows no hold-down. */
function retryPauseMs(reason: Reason, { installedAt }: Diversion): number {
  if (reason === 'notice-failed') {
    return publishRetryMs;
  }
  const isTrouble = reason === 'route-failed' || reason === 'proof-failed';
  return isTrouble && installedAt !== undefined ? routeRetryMs : 0;
}

/** Takes a diversion back: first the routes, then the notice. */
export function undo(
  turn: Turn,
  name: string,
  phase: Diverting,
  why: { reason: Reason; text: string },
): void {
  const isOver = why.reason === 'failure-cleared' || why.reason === 'restore-ordered';
  turn.alert({
    key: `diversion:${name}`,
    severity: isOver ? 'info' : 'critical',
    reason: why.reason,
    site: name,
    text: `Diversion of ${name} taken back: ${why.text}`,
    isResolved: isOver,
  });
  // Half a diversion has moved traffic too: what follows an undo depends on it.
  const installedAt =
    phase.diversion.installedAt ??
    (isPartlyInstalled(turn.state, name, phase.diversion) ? turn.now : undefined);
  const diversion = { ...phase.diversion, ...(installedAt === undefined ? {} : { installedAt }) };
  turn.enter(name, { ...phase, diversion, stage: 'undoing' }, why.reason, why.text);
}

/** Withdraws the notices of a diversion: the site's own and those of the neighbours it took along, not those with a diversion of their own. */
export function withdrawNotices(turn: Turn, name: string, diversion: Diversion): void {
  const neighbours = neighboursOf(turn.state.config.sites, name, diversion.addresses);
  const taken = neighbours.filter((neighbour) => {
    const phase = turn.site(neighbour)?.phase;
    const own = phase === undefined ? undefined : diversionOf(phase);
    // Another diversion that stands keeps them where they are.
    return own === undefined
      ? !isPassedThrough(turn.state, neighbour)
      : own.by === 'neighbour' && coveredBy(turn.state, neighbour) === undefined;
  });
  for (const site of [name, ...taken]) {
    turn.give({ type: 'withdraw-notice', site, generation: diversion.generation });
  }
}

/** Moves the taking back of a diversion on: when its routes are gone, its notice goes too. */
export function advanceUndoing(turn: Turn, name: string, phase: Diverting): void {
  readRoutersOnce(turn, name);
  const site = turn.site(name);
  if (site === undefined) {
    return;
  }
  if (areRoutesGone(turn.state, name, phase.diversion.addresses, site.stageSince)) {
    withdrawNotices(turn, name, phase.diversion);
    notePathMoved(turn, name, phase.diversion);
    const holdDownMs = Math.max(site.holdDownMs, turn.state.config.guards.holdDown.initialMs);
    turn.patchSite(name, { holdDownMs, pathChangedAt: turn.now, isApproved: false });
    // What stopped before any route moved may be tried again at once; what was proven wrong may not.
    if (site.reason !== 'failure-cleared' && phase.diversion.installedAt !== undefined) {
      turn.patchSite(name, { holdDownUntil: turn.now + holdDownMs });
    }
    const next: Phase =
      site.firstFailAt === undefined
        ? { name: 'serving' }
        : { name: 'suspect', firstFailAt: site.firstFailAt };
    turn.enter(name, next, 'undone', 'no route of the diversion is left');
    const pauseMs = retryPauseMs(site.reason, phase.diversion);
    if (pauseMs > 0) {
      turn.patchSite(name, { retryAt: turn.now + pauseMs });
    }
  }
}
