import { isoTime } from '../lib/iso-time.ts';
import { releasableBrakes } from './brake.ts';
import { noticeOrder } from './diversion.ts';
import type { ControlEvent } from './event.ts';
import { diversionOf } from './phase.ts';
import type { Turn } from './turn.ts';
import { openWave } from './wave.ts';

type Order<Type extends ControlEvent['type']> = Extract<ControlEvent, { type: Type }>;

/** Takes in a person's override: from this moment no automation acts against it. */
export function onOverrideSet(turn: Turn, event: Order<'override-set'>): void {
  const longest = turn.now + turn.state.config.guards.override.maxMs;
  const expiresAt = Math.min(event.expiresAt, longest);
  turn.patchSite(event.site, {
    override: {
      action: event.action,
      owner: event.owner,
      reason: event.reason,
      setAt: turn.now,
      expiresAt,
      isReminded: false,
    },
    // The later word counts: what was approved before is not done once this order has ended.
    isApproved: false,
  });
  turn.clearSite(event.site, ['question', 'heldBack', 'retryAt']);
  turn.audit('override-set', `${event.action} until ${isoTime(expiresAt)}: ${event.reason}`, {
    site: event.site,
    actor: event.owner,
  });
}

export function onOverrideCleared(turn: Turn, event: Order<'override-cleared'>): void {
  turn.clearSite(event.site, ['override', 'question']);
  turn.audit('override-cleared', 'back to automation', { site: event.site, actor: event.owner });
}

/** Ends overrides whose time is up, and reminds of those that end soon. */
export function expireOverride(turn: Turn, name: string): void {
  const override = turn.site(name)?.override;
  if (override === undefined) {
    return;
  }
  const key = `override:${name}`;
  if (turn.now >= override.expiresAt) {
    turn.clearSite(name, ['override']);
    turn.audit('override-expired', `${override.action} by ${override.owner} has ended`, {
      site: name,
    });
    const text = `The override ${override.action} of ${name} has ended; automation decides again`;
    turn.alert({
      key,
      severity: 'info',
      reason: 'override-expired',
      site: name,
      text,
      isResolved: true,
    });
    return;
  }
  const { remindMs } = turn.state.config.guards.override;
  const isShort = override.expiresAt - override.setAt <= remindMs;
  if (!override.isReminded && !isShort && override.expiresAt - turn.now <= remindMs) {
    turn.patchSite(name, { override: { ...override, isReminded: true } });
    turn.audit('override-ending', `${override.action} ends at ${isoTime(override.expiresAt)}`, {
      site: name,
    });
    const text = `The override ${override.action} of ${name} by ${override.owner} ends at ${isoTime(override.expiresAt)}`;
    turn.alert({
      key,
      severity: 'info',
      reason: 'override-ending',
      site: name,
      text,
      isResolved: false,
    });
  }
}

export function onApproved(turn: Turn, event: Order<'diversion-approved'>): void {
  turn.patchSite(event.site, { isApproved: true });
  turn.audit('approved-by-person', event.reason, { site: event.site, actor: event.owner });
}

export function onFreezeSet(turn: Turn, event: Order<'freeze-set'>): void {
  const { owner, reason } = event;
  turn.patch({ freeze: { owner, reason, setAt: turn.now } });
  turn.audit('freeze-set', reason, { actor: owner });
}

export function onFreezeCleared(turn: Turn, event: Order<'freeze-cleared'>): void {
  const { freeze: _, ...rest } = turn.state;
  turn.replace(rest);
  turn.audit('freeze-cleared', 'automation may act again', { actor: event.owner });
}

/** Lets the sites that a brake holds now through, until the release ends. */
export function onBrakeReleased(turn: Turn, event: Order<'brake-released'>): void {
  if (!releasableBrakes.includes(event.brake)) {
    return;
  }
  const brake = turn.state.brakes[event.brake];
  const { owner, reason, until } = event;
  const release = { owner, reason, until, sites: brake.holding };
  turn.patch({ brakes: { ...turn.state.brakes, [event.brake]: { ...brake, release } } });
  const text = `${event.brake} released for ${brake.holding.length} sites until ${isoTime(until)}: ${reason}`;
  const wave = event.brake === 'mass-failure' ? openWave(turn.state)?.id : undefined;
  const incident = wave === undefined ? {} : { incident: wave };
  turn.audit('brake-released', text, { actor: owner, ...incident });
}

/** A person knows of the incident: its sites need not wait for the hold-down. */
export function onAcknowledged(
  turn: Turn,
  event: Order<'incident-acknowledged'>,
): readonly string[] {
  const incident = turn.state.incidents[event.incident];
  if (incident === undefined) {
    return [];
  }
  turn.patchIncident(event.incident, { acknowledgedBy: event.owner });
  for (const site of incident.sites) {
    turn.clearSite(site, ['holdDownUntil']);
  }
  turn.audit('incident-acknowledged', `incident ${event.incident} acknowledged`, {
    actor: event.owner,
    incident: event.incident,
    ...(incident.isWave === true ? {} : { site: incident.sites[0] ?? '' }),
  });
  return incident.sites;
}

export function onMaintenanceStarted(turn: Turn, event: Order<'maintenance-started'>): void {
  const { id, reason, isDiverting, endsAt } = event;
  turn.patchSite(event.site, {
    maintenance: { id, reason, isDiverting, endsAt, startedAt: turn.now },
  });
  turn.audit('maintenance-began', reason, { site: event.site });
}

export function onMaintenanceEnded(turn: Turn, event: Order<'maintenance-ended'>): void {
  if (turn.site(event.site)?.maintenance?.id === event.id) {
    turn.clearSite(event.site, ['maintenance']);
    turn.audit('maintenance-over', 'the window has ended', { site: event.site });
  }
}

/** Publishes a standing notice again because its words or its expected recovery changed. */
export function republish(turn: Turn, name: string): void {
  const phase = turn.site(name)?.phase;
  const diversion = phase === undefined ? undefined : diversionOf(phase);
  if (diversion !== undefined && phase?.name !== 'restoring') {
    turn.give({
      type: 'publish-notice',
      id: turn.nextId(),
      order: noticeOrder(turn.state, name, diversion),
    });
  }
}

export function onExpectedRecovery(turn: Turn, event: Order<'expected-recovery-set'>): void {
  if (event.at === undefined) {
    turn.clearSite(event.site, ['expectedRecoveryAt']);
  } else {
    turn.patchSite(event.site, { expectedRecoveryAt: event.at });
  }
  const text =
    event.at === undefined ? 'no expected recovery' : `expected recovery ${isoTime(event.at)}`;
  turn.audit('notice-changed', text, { site: event.site, actor: event.owner });
  republish(turn, event.site);
}
