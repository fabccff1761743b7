import { type EpochMs, hour } from '../lib/time.ts';
import { advance } from './advance.ts';
import { onSourceLetIn } from './block-sources.ts';
import { expireGlass, mendGlass, onGlassBroken } from './break-glass.ts';
import { routersOrdered } from './change-pace.ts';
import type { Command } from './command.ts';
import { noticeOrder } from './diversion.ts';
import { onDrillFinished, tellStaleDrills } from './drill.ts';
import { neighboursOf } from './estate.ts';
import type { ControlEvent } from './event.ts';
import { foldProbe } from './fold-probe.ts';
import { endGoneRules, followRules, isRestless } from './follow-rules.ts';
import { forgetHealth } from './forget-health.ts';
import { leavingNames, returningNames, takenOver, withConfig } from './initial-state.ts';
import { dropGoneSites, withdrawLeftNotices } from './left-notices.ts';
import { onCommandFinished } from './on-command.ts';
import {
  expireOverride,
  onAcknowledged,
  onApproved,
  onBrakeReleased,
  onExpectedRecovery,
  onFreezeCleared,
  onFreezeSet,
  onMaintenanceEnded,
  onMaintenanceStarted,
  onOverrideCleared,
  onOverrideSet,
  republish,
} from './on-order.ts';
import { onReading, onUnreadable, sitesOn } from './on-routes.ts';
import { waitingToSee } from './passed-through.ts';
import { diversionOf } from './phase.ts';
import { onLapsed, onRouteLeaseFailed, onRouteLeaseRenewed } from './route-lease.ts';
import { settleBrakes, settleMassFailure, settleWarmUp } from './settle-brakes.ts';
import { settleUnconfirmed } from './settle-unconfirmed.ts';
import { tellSilentVantages } from './silent-vantages.ts';
import type { State } from './state.ts';
import { syncRouters } from './sync-routers.ts';
import { Turn } from './turn.ts';
import { closeAbandoned, followWave } from './wave.ts';

/** A site may change phase a few times in one turn (notice live, route already there); more is a bug. */
const mostMovesPerTurn = 200;

/** Closed incidents stay in the state this long; the store keeps them for good. */
const closedIncidentMs = hour;

/** Owner of the orders that the core gives itself. */
const self = 'detour';

function everySite(turn: Turn): readonly string[] {
  return turn.state.sites.names;
}

function onConfig(turn: Turn, event: Extract<ControlEvent, { type: 'config-applied' }>): void {
  const leaving = leavingNames(turn.state, event.config);
  const returning = returningNames(turn.state, event.config);
  const before = turn.state.config;
  turn.replace(withConfig(turn.state, event.config, turn.now));
  withdrawLeftNotices(turn, before);
  for (const site of everySite(turn)) {
    endGoneRules(turn, site, before.rules);
  }
  for (const site of returning) {
    if (turn.site(site)?.override?.owner === self) {
      onOverrideCleared(turn, { type: 'override-cleared', site, owner: self });
    }
  }
  for (const site of leaving) {
    onOverrideSet(turn, {
      type: 'override-set',
      site,
      action: 'restore',
      owner: self,
      reason: 'the site left the configuration',
      expiresAt: Number.MAX_SAFE_INTEGER,
    });
  }
  turn.audit(
    'config-applied',
    `${Object.keys(event.config.sites).length} sites, ${Object.keys(event.config.routers).length} routers, ${event.config.rules.length} rules`,
  );
  turn.isBrakeTouched = true;
}

function onTick(turn: Turn): readonly string[] {
  turn.isTick = true;
  dropGoneSites(turn);
  expireGlass(turn);
  tellStaleDrills(turn);
  tellSilentVantages(turn);
  const restless = everySite(turn).filter((name) => {
    const site = turn.site(name);
    return site !== undefined && isRestless(site);
  });
  for (const name of restless) {
    expireOverride(turn, name);
  }
  const old = Object.values(turn.state.incidents).filter(
    ({ closedAt }) => closedAt !== undefined && turn.now - closedAt > closedIncidentMs,
  );
  if (old.length > 0) {
    const kept = Object.entries(turn.state.incidents).filter(
      ([id]) => !old.some((one) => one.id === id),
    );
    turn.patch({ incidents: Object.fromEntries(kept) });
  }
  settleMassFailure(turn);
  turn.isBrakeTouched = true;
  return restless;
}

function onIsolation(
  turn: Turn,
  event: Extract<ControlEvent, { type: 'isolation-changed' }>,
): readonly string[] {
  if (event.isIsolated === turn.state.isolation.isIsolated) {
    return [];
  }
  const { isolation } = turn.state;
  turn.patch({ isolation: { ...isolation, isIsolated: event.isIsolated, since: turn.now } });
  turn.audit(event.isIsolated ? 'isolated' : 'isolation-over', event.detail);
  // What was seen while nothing could be seen must not speak once the uplink is back.
  for (const name of event.isIsolated ? [] : everySite(turn)) {
    forgetHealth(turn, name);
  }
  turn.isBrakeTouched = true;
  return everySite(turn);
}

/** True when another controller has led since this one last did: then what it left counts, not what we remember. */
function hasMissedTerms({ lastTerm }: State, term: number): boolean {
  return term - lastTerm > 1;
}

/** The notices that stand are on the other controller's disk; notice nodes that follow us now must get them from here. */
function publishStanding(turn: Turn): void {
  for (const name of everySite(turn)) {
    const phase = turn.site(name)?.phase;
    const diversion = phase === undefined ? undefined : diversionOf(phase);
    if (diversion !== undefined) {
      const order = noticeOrder(turn.state, name, diversion);
      turn.give({ type: 'publish-notice', id: turn.nextId(), order });
    }
  }
}

function onLease(
  turn: Turn,
  event: Extract<ControlEvent, { type: 'lease-changed' }>,
): readonly string[] {
  const { isLeader, term = turn.state.lastTerm, inherited } = event;
  if (isLeader === turn.state.isLeader) {
    return [];
  }
  if (isLeader) {
    mendGlass(turn, self, 'this controller leads again');
  }
  if (isLeader && inherited !== undefined && hasMissedTerms(turn.state, term)) {
    turn.replace(takenOver(turn.state, inherited, turn.now));
    publishStanding(turn);
  }
  turn.patch({ isLeader, lastTerm: term });
  for (const router of isLeader ? Object.keys(turn.state.routers) : []) {
    turn.give({ type: 'read-routes', router });
  }
  turn.audit(
    isLeader ? 'lease-gained' : 'lease-lost',
    isLeader ? 'this controller may act' : 'another controller may act; this one only watches',
  );
  turn.isBrakeTouched = true;
  return everySite(turn);
}

/** What may be diverted never follows DNS by itself: the difference is a question to a person. */
function onNamesCompared(
  turn: Turn,
  { site, isSame, detail }: Extract<ControlEvent, { type: 'names-compared' }>,
): void {
  const reason = isSame ? 'names-agree' : 'names-differ';
  turn.audit(reason, detail, { site });
  const text = `${site}: ${detail}`;
  const severity = isSame ? 'info' : 'warning';
  turn.alert({ key: `names:${site}`, severity, reason, site, text, isResolved: isSame });
}

function onReference(turn: Turn, isPass: boolean): void {
  if (isPass) {
    turn.patch({ isolation: { ...turn.state.isolation, lastReferencePassAt: turn.now } });
  }
}

function onNoted(turn: Turn, event: Extract<ControlEvent, { type: 'noted' }>): void {
  if (event.source !== undefined) {
    onSourceLetIn(turn, event.source, event.site);
  }
  turn.audit(event.reason, event.detail, {
    actor: event.owner,
    ...(event.site === undefined ? {} : { site: event.site }),
  });
}

function onProbe(
  turn: Turn,
  event: Extract<ControlEvent, { type: 'probe-finished' }>,
): readonly string[] {
  const before = turn.site(event.site)?.firstFailAt;
  foldProbe(turn, event);
  // Only a failure that begins can make it one too many; that there are fewer again is seen as time goes by.
  if (before === undefined && turn.site(event.site)?.firstFailAt !== undefined) {
    settleMassFailure(turn);
  }
  // Who waits to see it goes first: a failure may be of the way, and then the way is taken back before the site is judged.
  return [...waitingToSee(turn.state, event.site), event.site];
}

/** Events about what was seen; each returns the sites to look at. */
function takeObservation(turn: Turn, event: ControlEvent): readonly string[] | undefined {
  switch (event.type) {
    case 'probe-finished':
      return onProbe(turn, event);
    case 'reference-finished':
      onReference(turn, event.isPass);
      return everySite(turn).filter(
        (name) => turn.site(name)?.heldBack?.reason === 'awaiting-reference',
      );
    case 'isolation-changed':
      return onIsolation(turn, event);
    case 'routes-observed':
      onReading(turn, event.router, event.reading, 'routine');
      onLapsed(turn, event.router);
      return sitesOn(turn, event.router);
    case 'route-lease-renewed':
      onRouteLeaseRenewed(turn, event);
      return [];
    case 'route-lease-failed':
      onRouteLeaseFailed(turn, event);
      return [];
    case 'router-unreadable':
      onUnreadable(turn, event.router, event.message);
      return sitesOn(turn, event.router);
    case 'command-finished':
      return onCommandFinished(turn, event.id, event.outcome);
    case 'names-compared':
      onNamesCompared(turn, event);
      return [];
    case 'signal-received':
      turn.patchSite(event.site, {
        signals: { ...turn.site(event.site)?.signals, [event.signal]: event.isFiring },
      });
      return [event.site];
    case 'host-measured':
      turn.patchSite(event.site, { host: event.host, hostMeasuredAt: turn.now });
      return [event.site];
    case 'lease-changed':
      return onLease(turn, event);
    case 'tick':
      return onTick(turn);
    default:
      return undefined;
  }
}

/** Events that carry a person's will; each returns the sites to look at. */
function takeOrder(turn: Turn, event: ControlEvent): readonly string[] {
  switch (event.type) {
    case 'config-applied':
      onConfig(turn, event);
      return everySite(turn);
    case 'started':
      turn.audit(
        'started',
        'the controller started; nothing is changed before the warm-up is over',
      );
      turn.isBrakeTouched = true;
      return everySite(turn);
    case 'override-set':
      onOverrideSet(turn, event);
      return [event.site];
    case 'override-cleared':
      onOverrideCleared(turn, event);
      return [event.site];
    case 'diversion-approved':
      onApproved(turn, event);
      return [event.site];
    case 'freeze-set':
      onFreezeSet(turn, event);
      turn.isBrakeTouched = true;
      return everySite(turn);
    case 'freeze-cleared':
      onFreezeCleared(turn, event);
      turn.isBrakeTouched = true;
      return everySite(turn);
    case 'brake-released':
      onBrakeReleased(turn, event);
      return everySite(turn);
    case 'incident-acknowledged':
      return onAcknowledged(turn, event);
    case 'glass-broken':
      onGlassBroken(turn, event);
      return everySite(turn);
    case 'glass-mended':
      mendGlass(turn, event.owner, event.detail);
      return everySite(turn);
    default:
      return takePlan(turn, event);
  }
}

function takePlan(turn: Turn, event: ControlEvent): readonly string[] {
  switch (event.type) {
    case 'maintenance-started':
      onMaintenanceStarted(turn, event);
      return [event.site];
    case 'maintenance-ended':
      onMaintenanceEnded(turn, event);
      return [event.site];
    case 'expected-recovery-set':
      onExpectedRecovery(turn, event);
      return [event.site];
    case 'notice-changed':
      turn.audit('notice-changed', 'the words of the notice changed', {
        site: event.site,
        actor: event.owner,
      });
      republish(turn, event.site);
      return [event.site];
    case 'noted':
      onNoted(turn, event);
      return [];
    case 'drill-finished':
      onDrillFinished(turn, event);
      return sitesOn(turn, event.router);
    default:
      return [];
  }
}

/** Moves every affected site, and the neighbours of those that moved, until nothing moves any more. */
function settleSites(turn: Turn, affected: readonly string[]): void {
  const queue = [...affected];
  for (let moves = 0; queue.length > 0; ) {
    const name = queue.shift() ?? '';
    followRules(turn, name);
    turn.moved.delete(name);
    advance(turn, name);
    if (turn.moved.has(name)) {
      moves += 1;
      if (moves > mostMovesPerTurn + affected.length * 10) {
        throw new Error(`Site ${name} does not come to rest`);
      }
      const addresses = turn.state.config.sites[name]?.addresses ?? [];
      queue.push(name, ...neighboursOf(turn.state.config.sites, name, addresses));
    }
  }
}

/**
 * Decides what follows from one event. Pure: the same state, event and time give the same answer, always.
 * Commands are in the order in which they are to be carried out; `append-audit` entries are durable before any other runs.
 */
export function step(
  state: State,
  event: ControlEvent,
  now: EpochMs,
): { state: State; commands: readonly Command[] } {
  const turn = new Turn(state, now);
  const affected = takeObservation(turn, event) ?? takeOrder(turn, event);
  for (const router of routersOrdered(turn.state, event)) {
    turn.endWait(router);
  }
  settleWarmUp(turn);
  settleSites(turn, affected);
  if (event.type !== 'probe-finished' || turn.isBrakeTouched) {
    settleUnconfirmed(turn);
    syncRouters(turn);
  }
  if (turn.isBrakeTouched) {
    settleBrakes(turn);
  }
  if (turn.isTick) {
    closeAbandoned(turn);
    followWave(turn);
  }
  return turn.end();
}
