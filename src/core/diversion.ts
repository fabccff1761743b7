import { type EpochMs, minute, second } from '../lib/time.ts';
import type { NoticeOrder } from './command.ts';
import { neighboursOf } from './estate.ts';
import { firingRule } from './hold-back.ts';
import { openIncident } from './incidents.ts';
import { installation } from './installation.ts';
import { healthyPassed, isPassedThrough, notePathMoved, passingStands } from './passed-through.ts';
import {
  estateHindrance,
  type Hindrance,
  isReleased,
  pinnedNeighbourHindrance,
} from './permits.ts';
import type { Diversion, DiversionOrigin, Phase } from './phase.ts';
import type { Reason } from './reason.ts';
import type { Severity } from './rule.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';
import { isAwaitingConfirmation } from './unconfirmed-change.ts';
import { advanceUndoing, undo } from './undo.ts';
import { isPassing } from './verdict.ts';
import { isInWave } from './wave.ts';

type Diverting = Extract<Phase, { name: 'diverting' }>;

/** A route that is not read back as installed in this time is taken back. Above the 30 s a router operation may take. */
export const installPatienceMs = minute;

/** A router may accept a route at once and resolve its next hop a little later. */
const notInstalledGraceMs = 5 * second;

/** How many beginnings the rate brake remembers. */
const rememberedBeginnings = 200;

export interface DiversionOrder {
  readonly by: DiversionOrigin;
  readonly cause: string;
  readonly severity: Severity;
  readonly addresses: readonly string[];
  readonly reason: Reason;
  readonly text: string;
  readonly rule?: string;
  readonly failureSeenAt?: EpochMs;
  readonly trials?: number;
  readonly relapses?: number;
  readonly isMass?: true;
  readonly isLetThrough?: true;
}

/** What a diversion hands on to the one that goes on with the same failure. */
export function handedOn(diversion: Diversion): Partial<DiversionOrder> {
  const { failureSeenAt, isMass, isLetThrough } = diversion;
  return {
    failureSeenAt,
    ...(isMass === undefined ? {} : { isMass }),
    ...(isLetThrough === undefined ? {} : { isLetThrough }),
  };
}

function isAboutFailure({ by }: Pick<Diversion, 'by'>): boolean {
  return by === 'rule' || by === 'approval';
}

/** Which brakes a person has let this diversion through. */
function consentOf(
  turn: Turn,
  name: string,
  order: DiversionOrder,
): Pick<Diversion, 'isMass' | 'isLetThrough'> {
  const isPassed = (brake: 'mass-failure' | 'max-active'): boolean =>
    isAboutFailure(order) && isReleased(turn.state, brake, name, turn.now);
  const isMass = order.isMass === true || isPassed('mass-failure');
  const isLetThrough = order.isLetThrough === true || isMass || isPassed('max-active');
  return {
    ...(isMass ? { isMass } : {}),
    ...(isLetThrough ? { isLetThrough } : {}),
  };
}

/** Decides a diversion: from here on it is an intent, and the notice comes first. */
export function beginDiversion(turn: Turn, name: string, order: DiversionOrder): void {
  const failureSeenAt = order.failureSeenAt ?? turn.site(name)?.firstFailAt ?? turn.now;
  const { cause, severity } = order;
  const incident = openIncident(turn, name, { cause, severity, openedAt: failureSeenAt });
  const diversion: Diversion = {
    generation: turn.nextGeneration(),
    addresses: order.addresses,
    by: order.by,
    cause,
    incident,
    failureSeenAt,
    decidedAt: turn.now,
    trials: order.trials ?? 0,
    ...(order.relapses === undefined ? {} : { relapses: order.relapses }),
    ...(order.rule === undefined ? {} : { rule: order.rule }),
    ...consentOf(turn, name, order),
  };
  if (turn.state.incidents[incident]?.isWave !== true) {
    turn.patchIncident(incident, { cause });
  }
  if (isAboutFailure(order)) {
    turn.patch({ begunAt: [...turn.state.begunAt, turn.now].slice(-rememberedBeginnings) });
  }
  turn.enter(name, { name: 'diverting', diversion, stage: 'publishing' }, order.reason, order.text);
}

/** An incident as visitors may know it: its id names a site, and who is hosted beside whom is nobody's business. */
function publicIncident({ sites }: State, name: string, { incident }: Diversion): string {
  const isOwn = sites.get(name)?.incident === incident;
  return isOwn ? incident : (/^i\d+/.exec(incident)?.[0] ?? '');
}

/** The facts of a site's notice under a diversion; a neighbour taken along is told that its address moves with another's. */
export function noticeOrder(state: State, name: string, diversion: Diversion): NoticeOrder {
  const expectedRecoveryAt = state.sites.get(name)?.expectedRecoveryAt;
  return {
    site: name,
    generation: diversion.generation,
    cause: diversion.cause,
    since: diversion.failureSeenAt,
    incident: publicIncident(state, name, diversion),
    ...(diversion.isMass === true ? { isMass: true } : {}),
    ...(expectedRecoveryAt === undefined ? {} : { expectedRecoveryAt }),
  };
}

/** Neighbours that a diversion takes along: they share an address and have no diversion of their own. */
export function takenAlong(state: State, name: string, diversion: Diversion): readonly string[] {
  return neighboursOf(state.config.sites, name, diversion.addresses).filter((neighbour) => {
    const phase = state.sites.get(neighbour)?.phase;
    const isOnOrigin = phase?.name === 'serving' || phase?.name === 'suspect';
    return isOnOrigin && !isPassedThrough(state, neighbour);
  });
}

function isByPerson(diversion: Diversion): boolean {
  return diversion.by === 'override';
}

function publish(turn: Turn, name: string, phase: Diverting): void {
  const { diversion } = phase;
  const passing = healthyPassed(turn.state, name, diversion.addresses);
  const ids = [name, ...takenAlong(turn.state, name, diversion)].map((member) => {
    const id = turn.nextId();
    const order = noticeOrder(turn.state, member, diversion);
    if (member === name) {
      const more = passing.length === 0 ? {} : { passing };
      turn.give({ type: 'publish-notice', id, order, ...more });
    } else {
      turn.give({ type: 'publish-notice', id, order: { ...order, cause: 'shared-address' } });
    }
    return id;
  });
  turn.patchSite(name, { waitingFor: ids, isUnderWay: true });
}

/** The order of a person about a neighbour that stands against this diversion, if there is one. */
function pinnedNeighbour(turn: Turn, name: string, diversion: Diversion): Hindrance | undefined {
  const spec = turn.state.config.sites[name];
  return spec === undefined
    ? undefined
    : pinnedNeighbourHindrance(turn.state, spec, diversion.addresses);
}

/** Why this diversion must go no further before any route moved: its failure is over, automation was stopped, or a person spoke for a neighbour. */
function isOvertaken(turn: Turn, name: string, diversion: Diversion): Reason | undefined {
  const pinned = pinnedNeighbour(turn, name, diversion);
  if (pinned !== undefined) {
    return pinned.reason;
  }
  if (isByPerson(diversion)) {
    return undefined;
  }
  const stop = estateHindrance(turn.state, turn.now);
  if (stop !== undefined) {
    return stop.reason;
  }
  return isAboutFailure(diversion) &&
    firingRule(turn, name) === undefined &&
    isPassing(turn.site(name))
    ? 'failure-cleared'
    : undefined;
}

function advancePublishing(turn: Turn, name: string, phase: Diverting): void {
  const site = turn.site(name);
  if (site === undefined) {
    return;
  }
  const overtaken = isOvertaken(turn, name, phase.diversion);
  if (!site.isUnderWay) {
    // After a start a half-done diversion waits here until the warm-up lets it be judged again.
    if (overtaken === 'failure-cleared') {
      undo(turn, name, phase, { reason: 'failure-cleared', text: 'the site answers again' });
    } else if (overtaken === undefined) {
      publish(turn, name, phase);
    }
    return;
  }
  if (site.waitingFor.length > 0) {
    return;
  }
  if (overtaken !== undefined) {
    undo(turn, name, phase, { reason: overtaken, text: 'stopped before any route moved' });
    return;
  }
  turn.enter(
    name,
    { ...phase, stage: 'installing' },
    'notice-live',
    'the notice answers for the site',
  );
}

function advanceInstalling(turn: Turn, name: string, phase: Diverting): void {
  const site = turn.site(name);
  const since = site?.stageSince ?? turn.now;
  const standing = installation(turn.state, name, phase.diversion);
  if (standing === 'installed') {
    const diversion = { ...phase.diversion, installedAt: turn.now };
    turn.patchSite(name, { pathChangedAt: turn.now });
    notePathMoved(turn, name, diversion);
    turn.enter(
      name,
      { ...phase, diversion, stage: 'proving' },
      'route-installed',
      'the router shows the route as installed',
    );
    return;
  }
  const pinned = standing === 'missing' ? pinnedNeighbour(turn, name, phase.diversion) : undefined;
  if (pinned !== undefined) {
    undo(turn, name, phase, { reason: pinned.reason, text: pinned.detail });
    return;
  }
  const refusal = (turn.state.config.sites[name]?.routers ?? [])
    .map((router) => ({ router, failure: turn.state.routers[router]?.failure }))
    .find(({ failure }) => failure?.code === 'DETOUR_GUARD_REFUSED' && failure.at >= since);
  if (refusal !== undefined) {
    const text = `${refusal.router}: ${refusal.failure?.message ?? ''}`;
    undo(turn, name, phase, { reason: 'route-failed', text });
    return;
  }
  const patienceMs = standing === 'accepted' ? notInstalledGraceMs : installPatienceMs;
  if (turn.now - since > patienceMs) {
    const text =
      standing === 'accepted'
        ? 'the router accepted the route but does not forward by it'
        : `not read back as installed within ${patienceMs / 1000} s`;
    undo(turn, name, phase, { reason: 'route-failed', text });
  }
}

function advanceProving(turn: Turn, name: string, phase: Diverting): void {
  const site = turn.site(name);
  if (site === undefined) {
    return;
  }
  if (!site.isUnderWay) {
    const { addresses, generation } = phase.diversion;
    const ids = [name, ...takenAlong(turn.state, name, phase.diversion)].map((member) => {
      const own = turn.state.config.sites[member]?.addresses ?? [];
      const shared = addresses.filter((address) => own.includes(address));
      const id = turn.nextId();
      turn.give({
        type: 'prove',
        id,
        site: member,
        addresses: shared,
        generation,
        expect: 'notice',
      });
      return id;
    });
    turn.patchSite(name, { waitingFor: ids, isUnderWay: true });
    return;
  }
  if (site.waitingFor.length > 0) {
    return;
  }
  const text = 'the notice came back through the data path';
  const passed = healthyPassed(turn.state, name, phase.diversion.addresses);
  if (passed.length > 0) {
    const diversion = { ...phase.diversion, passed };
    turn.enter(name, { ...phase, diversion, stage: 'passing' }, 'path-proven', text);
    return;
  }
  keep(turn, name, phase, { reason: 'path-proven', text });
}

/** Keeps a change that has proven its worth; devices that undo by themselves must be told. */
function keep(
  turn: Turn,
  name: string,
  phase: Diverting,
  { reason, text }: { readonly reason: Reason; readonly text: string },
): void {
  if (isAwaitingConfirmation(turn.state, name)) {
    turn.enter(name, { ...phase, stage: 'confirming' }, reason, text);
    return;
  }
  finishDiversion(turn, name, phase, text);
}

/** The notice is seen; the healthy neighbours on its addresses must be, too, or the diversion is not worth its price. */
function advancePassing(turn: Turn, name: string, phase: Diverting): void {
  const { passed = [] } = phase.diversion;
  if (turn.site(name)?.isUnderWay === false) {
    turn.give({ type: 'probe-now', sites: passed });
    turn.patchSite(name, { isUnderWay: true });
  }
  const { is, neighbour } = passingStands(turn.state, name, phase.diversion, turn.now);
  if (is === 'seen') {
    const text = `${passed.join(', ')} still answered, passed through the notice host`;
    keep(turn, name, phase, { reason: 'neighbours-answer', text });
  } else if (is === 'failed') {
    const text = `${neighbour}, which is well, did not answer when it was passed through the notice host`;
    undo(turn, name, phase, { reason: 'proof-failed', text });
  }
}

/** On devices that undo by themselves: the change is kept only now that it is proven. */
function advanceConfirming(turn: Turn, name: string, phase: Diverting): void {
  if (isAwaitingConfirmation(turn.state, name)) {
    return;
  }
  if (installation(turn.state, name, phase.diversion) === 'installed') {
    finishDiversion(turn, name, phase, 'the routers keep the proven change');
    return;
  }
  // After a start: the device has taken back what the process before had proven and not yet confirmed.
  turn.enter(name, { ...phase, stage: 'installing' }, 'notice-live', 'the route is to be set anew');
}

function finishDiversion(turn: Turn, name: string, phase: Diverting, text: string): void {
  const diversion = { ...phase.diversion, provenAt: turn.now };
  turn.enter(name, { name: 'diverted', diversion }, 'proven', text);
  if (isInWave(turn.state, name)) {
    return;
  }
  turn.alert({
    key: `diversion:${name}`,
    severity: 'warning',
    reason: 'proven',
    site: name,
    text: `${name} is diverted (${diversion.cause}) and its visitors see the notice`,
    isResolved: false,
  });
}

/** Moves a diversion on by as many stages as its facts allow. */
export function advanceDiverting(turn: Turn, name: string, phase: Diverting): void {
  switch (phase.stage) {
    case 'publishing':
      advancePublishing(turn, name, phase);
      break;
    case 'installing':
      advanceInstalling(turn, name, phase);
      break;
    case 'proving':
      advanceProving(turn, name, phase);
      break;
    case 'passing':
      advancePassing(turn, name, phase);
      break;
    case 'confirming':
      advanceConfirming(turn, name, phase);
      break;
    case 'undoing':
      advanceUndoing(turn, name, phase);
      break;
  }
}
