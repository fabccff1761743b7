import { formatDuration } from '../lib/duration.ts';
import { minute, second } from '../lib/time.ts';
import { cleanTimeMs } from './clean-time.ts';
import { coveredBy } from './covered-by.ts';
import { beginDiversion, handedOn } from './diversion.ts';
import { forgetHealth } from './forget-health.ts';
import { closeIncident } from './incidents.ts';
import { isPassedThrough, notePathMoved } from './passed-through.ts';
import { estateHindrance } from './permits.ts';
import type { Diversion, Phase } from './phase.ts';
import type { Reason } from './reason.ts';
import { areRoutesGone, readRoutersOnce } from './routes-gone.ts';
import type { SiteState, State } from './state.ts';
import { takeAlong } from './taken-along.ts';
import type { Turn } from './turn.ts';
import { withdrawNotices } from './undo.ts';
import { isUpEverywhere, siteVerdict, speakingViews } from './verdict.ts';
import { isInWave } from './wave.ts';

type Restoring = Extract<Phase, { name: 'restoring' }>;

/** Pause between two looks through the data path while a restore is not proven. */
const proofRetryMs = 5 * second;

/** A restore that is not proven in this time is reported; it goes on being tried. */
const restorePatienceMs = minute;

interface RestoreOrder {
  readonly reason: Reason;
  readonly text: string;
  readonly isTrial?: boolean;
}

/** Decides a restore: the routes go first, the notice stays until they are gone. */
export function beginRestore(
  turn: Turn,
  name: string,
  diversion: Diversion,
  order: RestoreOrder,
): void {
  const isTrial = order.isTrial ?? false;
  turn.enter(
    name,
    { name: 'restoring', diversion, stage: 'removing', isTrial },
    order.reason,
    order.text,
  );
}

function isRestoreOrdered(site: SiteState): boolean {
  return site.override?.action === 'restore';
}

/** True when the site fails again while its route is back: then visitors are better off with the notice. */
function hasRelapsed(state: State, name: string, phase: Restoring, now: number): boolean {
  const site = state.sites.get(name);
  if (site === undefined || isRestoreOrdered(site) || estateHindrance(state, now) !== undefined) {
    return false;
  }
  return phase.isTrial ? site.firstFailAt !== undefined : siteVerdict(state, name, now) === 'down';
}

/** People must hear that their repair does not hold where visitors come in. */
function tellRelapse(turn: Turn, name: string, relapses: number): void {
  const wait = formatDuration(cleanTimeMs(turn.state.config.guards, { relapses }));
  turn.alert({
    key: `relapse:${name}`,
    severity: 'warning',
    reason: 'origin-relapsed',
    site: name,
    text: `${name} failed again as soon as its route was back${relapses === 1 ? '' : `, ${relapses} times by now`}; the next restore waits for ${wait} without a failure`,
    isResolved: false,
  });
}

function divertAgain(turn: Turn, name: string, { diversion, isTrial }: Restoring): void {
  const relapses = (diversion.relapses ?? 0) + (isTrial ? 0 : 1);
  if (!isTrial) {
    tellRelapse(turn, name, relapses);
  }
  beginDiversion(turn, name, {
    by: diversion.by,
    cause: diversion.cause,
    severity: 'critical',
    addresses: diversion.addresses,
    ...handedOn(diversion),
    trials: diversion.trials + (isTrial ? 1 : 0),
    ...(relapses === 0 ? {} : { relapses }),
    reason: isTrial ? 'trial-failed' : 'origin-relapsed',
    text: isTrial ? 'the trial withdrawal found the site still failing' : 'the site fails again',
    ...(diversion.rule === undefined ? {} : { rule: diversion.rule }),
  });
}

/** True when enough probes have passed over the restored path; a person's order does not wait for them. */
function isSeenPassing(turn: Turn, name: string, phase: Restoring): boolean {
  const site = turn.site(name);
  if (site === undefined || isRestoreOrdered(site)) {
    return true;
  }
  if (phase.isTrial) {
    return isUpEverywhere(turn.state, name, turn.now);
  }
  return speakingViews(turn.state, name, turn.now).every((views) =>
    views.every(({ health }) => health.passes > 0),
  );
}

function nextHoldDown(turn: Turn, site: SiteState, diversion: Diversion): Partial<SiteState> {
  const { initialMs, maxMs } = turn.state.config.guards.holdDown;
  // Only automation can flap: what a person diverted or restored does not bind it afterwards.
  if ((diversion.by !== 'rule' && diversion.by !== 'approval') || isRestoreOrdered(site)) {
    return {};
  }
  const hasRelapsedSoon =
    site.lastRestoredAt !== undefined &&
    diversion.decidedAt - site.lastRestoredAt < 2 * Math.max(site.holdDownMs, initialMs);
  const holdDownMs = hasRelapsedSoon ? Math.min(maxMs, site.holdDownMs * 2) : initialMs;
  return holdDownMs === 0 ? { holdDownMs } : { holdDownMs, holdDownUntil: turn.now + holdDownMs };
}

function finishRestore(turn: Turn, name: string, site: SiteState, diversion: Diversion): void {
  withdrawNotices(turn, name, diversion);
  turn.patchSite(name, {
    ...nextHoldDown(turn, site, diversion),
    lastRestoredAt: turn.now,
    isApproved: false,
    isLongNoticeAlarmed: false,
  });
  turn.clearSite(name, ['expectedRecoveryAt']);
  // A diversion that was told of before its site joined a wave is ended as it began.
  if (!isInWave(turn.state, name) || diversion.incident !== site.incident) {
    turn.alert({
      key: `diversion:${name}`,
      severity: 'info',
      reason: 'restored',
      site: name,
      text: `${name} is restored: its own origin answers again`,
      isResolved: true,
    });
  }
  turn.enter(name, { name: 'serving' }, 'restored', 'the origin answers at its own address again');
  closeIncident(turn, name);
}

function proveRestore(turn: Turn, name: string, phase: Restoring): void {
  const id = turn.nextId();
  const { addresses, generation } = phase.diversion;
  turn.give({ type: 'prove', id, site: name, addresses, generation, expect: 'origin' });
  turn.patchSite(name, { waitingFor: [id], isUnderWay: true });
}

function advanceProof(turn: Turn, name: string, phase: Restoring, site: SiteState): void {
  // A neighbour's standing route may be missing for the moment: its notice must answer when it is put back.
  const cover = coveredBy(turn.state, name);
  if (cover !== undefined && !isPassedThrough(turn.state, name)) {
    takeAlong(turn, name, cover);
    return;
  }
  if (hasRelapsed(turn.state, name, phase, turn.now)) {
    divertAgain(turn, name, phase);
    return;
  }
  if (!site.isUnderWay) {
    if (turn.now >= (site.retryAt ?? 0)) {
      proveRestore(turn, name, phase);
    }
    return;
  }
  if (site.waitingFor.length === 0 && isSeenPassing(turn, name, phase)) {
    finishRestore(turn, name, site, phase.diversion);
  }
}

/** Automation took the routes away because it asks a person: nothing is proven, and nothing more is done before the answer. */
function holdForAnswer(turn: Turn, name: string, phase: Restoring, question: string): void {
  withdrawNotices(turn, name, phase.diversion);
  notePathMoved(turn, name, phase.diversion);
  forgetHealth(turn, name);
  turn.enter(name, { name: 'held', on: 'origin' }, 'hold-ordered', question);
}

/** The routes of a restore are gone, or stand for a neighbour alone. */
function leaveNotice(turn: Turn, name: string, phase: Restoring): void {
  const question = turn.site(name)?.question;
  if (question !== undefined) {
    holdForAnswer(turn, name, phase, question.text);
    return;
  }
  const cover = coveredBy(turn.state, name);
  if (cover !== undefined && !isPassedThrough(turn.state, name)) {
    takeAlong(turn, name, cover);
    return;
  }
  if (cover !== undefined) {
    // Its visitors still come to the notice host, which passes them through once there is no notice for them.
    withdrawNotices(turn, name, phase.diversion);
  }
  notePathMoved(turn, name, phase.diversion);
  forgetHealth(turn, name);
  const text =
    cover === undefined
      ? 'the routers show no route of the diversion'
      : `its visitors are passed through, as ${cover} on the same address is diverted`;
  turn.enter(name, { ...phase, stage: 'proving' }, 'route-removed', text);
}

/** Moves a restore on by as many stages as its facts allow. */
export function advanceRestoring(turn: Turn, name: string, phase: Restoring): void {
  if (phase.stage === 'removing') {
    readRoutersOnce(turn, name);
  }
  const site = turn.site(name);
  if (site === undefined) {
    return;
  }
  if (phase.stage === 'proving') {
    advanceProof(turn, name, phase, site);
    return;
  }
  if (areRoutesGone(turn.state, name, phase.diversion.addresses, site.stageSince)) {
    leaveNotice(turn, name, phase);
    return;
  }
  if (turn.now - site.stageSince > restorePatienceMs && site.retryAt === undefined) {
    turn.patchSite(name, { retryAt: turn.now });
    turn.alert({
      key: `restore:${name}`,
      severity: 'critical',
      reason: 'route-unknown',
      site: name,
      text: `The routes of ${name} could not be read back as removed within ${restorePatienceMs / 1000} s; Detour goes on trying`,
      isResolved: false,
    });
  }
}

/** Notes that a look through the data path did not prove the restore; it is tried again. */
export function onRestoreUnproven(turn: Turn, name: string, code: string, message: string): void {
  const site = turn.site(name);
  if (site === undefined) {
    return;
  }
  // A person may restore a site that answers nothing: then the absence of our notice is the whole proof.
  if (code === 'DETOUR_PROOF_UNANSWERED' && isRestoreOrdered(site)) {
    return;
  }
  turn.patchSite(name, {
    isUnderWay: false,
    retryAt: turn.now + proofRetryMs,
    trouble: message,
  });
  if (site.trouble === message) {
    return;
  }
  turn.audit('restore-proof-failed', message, { site: name });
  turn.alert({
    key: `restore:${name}`,
    severity: 'warning',
    reason: 'restore-proof-failed',
    site: name,
    text: `The restore of ${name} is not proven: ${message}`,
    isResolved: false,
  });
}
