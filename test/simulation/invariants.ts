import { desiredRoutes, isOrdered } from '../../src/core/desired-routes.ts';
import { isPassedThrough } from '../../src/core/passed-through.ts';
import { activeAutomatic, activeLimit } from '../../src/core/permits.ts';
import { diversionOf } from '../../src/core/phase.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import type { State } from '../../src/core/state.ts';
import { isUpEverywhere, siteVerdict } from '../../src/core/verdict.ts';
import { hostPrefix, hostPrefixAddress, prefixContains } from '../../src/lib/ip.ts';
import type { SimulatedJournal } from './simulated-journal.ts';
import type { Witness } from './witness.ts';

/** A broken promise: what the simulation looks for. */
export class BrokenPromise extends Error {}

function insist(isKept: boolean, promise: string): void {
  if (!isKept) {
    throw new BrokenPromise(promise);
  }
}

/** What is known outside the controller at the moment of a check. */
export interface Outside {
  readonly journal: SimulatedJournal;
  /** Generation of the notice that answers for each site; 0 for none. */
  readonly notices: ReadonlyMap<string, number>;
  readonly now: number;
}

function owners(state: State, prefix: string): readonly string[] {
  return Object.values(state.config.sites)
    .filter((site) => site.addresses.some((address) => hostPrefix(address) === prefix))
    .map(({ name }) => name);
}

function checkAdd(
  state: State,
  router: string,
  route: { prefix: string; nextHop: string },
  outside: Outside,
): void {
  const spec = state.config.routers[router];
  const address = hostPrefixAddress(route.prefix);
  insist(address !== undefined, `only host routes: ${route.prefix}`);
  insist(
    spec?.estate.some((prefix) => prefixContains(prefix, address ?? '')) === true,
    `only inside the estate: ${route.prefix} on ${router}`,
  );
  insist(route.nextHop === spec?.nextHop.ipv4, `only to the notice: ${route.nextHop}`);
  insist(
    outside.journal.durable.ledgers[router]?.includes(route.prefix) === true,
    `no write without a durable intent: ${route.prefix} on ${router}`,
  );
  const wanting = owners(state, route.prefix).filter((name) => {
    const phase = state.sites.get(name)?.phase;
    return phase !== undefined && diversionOf(phase)?.addresses.includes(address ?? '') === true;
  });
  const isStanding = (name: string): boolean => state.sites.get(name)?.phase.name !== 'diverting';
  // Who is passed through goes on seeing its origin behind the standing diversion of another, whose route is put right.
  const isServedBehind = (name: string): boolean =>
    isPassedThrough(state, name) && wanting.some((other) => other !== name && isStanding(other));
  for (const name of wanting) {
    insist(
      isServedBehind(name) || (outside.notices.get(name) ?? 0) > 0,
      `the notice of ${name} answers before its route moves`,
    );
  }
  for (const name of owners(state, route.prefix)) {
    const site = state.sites.get(name);
    const isPinned =
      !isServedBehind(name) &&
      (site?.override?.action === 'restore' ||
        (site?.phase.name === 'held' && site.phase.on === 'origin'));
    insist(!isPinned, `no write against the order of a person about ${name}`);
  }
}

/** Checks a plan in the moment in which its first byte goes out. */
export function checkWrite(state: State, router: string, plan: RoutePlan, outside: Outside): void {
  for (const route of plan.add) {
    checkAdd(state, router, route, outside);
  }
  for (const { prefix } of plan.remove) {
    insist(
      outside.journal.durable.ledgers[router]?.includes(prefix) === true,
      `only what stands in the ledger is removed: ${prefix} on ${router}`,
    );
  }
  const isAnyOrdered = state.sites.values().some(isOrdered);
  insist(state.isLeader, 'only the leader writes');
  insist(state.isWarmedUp || isAnyOrdered, 'nothing is changed before the warm-up is over');
  insist(state.freeze === undefined || isAnyOrdered, 'a freeze stops automation');
  insist(
    !state.isolation.isIsolated || isAnyOrdered,
    'an isolated controller writes nothing by itself',
  );
}

function checkPhaseChange(name: string, before: State, after: State, outside: Outside): void {
  const was = before.sites.get(name);
  const is = after.sites.get(name);
  if (was === undefined || is === undefined || was.phase === is.phase) {
    return;
  }
  if (
    is.reason === 'decided-by-rule' &&
    is.phase.name === 'diverting' &&
    is.phase.stage === 'publishing'
  ) {
    insist(
      siteVerdict(after, name, outside.now) === 'down',
      `only a verdict "down" diverts ${name}`,
    );
    const isLetThrough = Object.values(after.brakes).some(
      ({ release }) => release?.sites.includes(name) === true,
    );
    const count = activeAutomatic(after).length;
    insist(
      isLetThrough || count <= activeLimit(after) || is.phase.diversion.trials > 0,
      `at most ${activeLimit(after)} automatic diversions, not ${count}`,
    );
  }
  if (is.reason === 'clean-long-enough' && was.phase.name === 'recovering') {
    insist(
      isUpEverywhere(before, name, outside.now) || isUpEverywhere(after, name, outside.now),
      `only a site seen up everywhere is restored: ${name}`,
    );
  }
  if (is.reason === 'proven' && is.phase.name === 'diverted') {
    const { diversion } = is.phase;
    insist(
      outside.notices.get(name) === diversion.generation,
      `${name} is diverted only when its notice was seen`,
    );
    insist(
      diversion.installedAt !== undefined,
      `${name} is diverted only when its route was read back`,
    );
  }
}

/** Everything that happens to a site at one time is told in one place. */
function checkIncidents({ incidents }: State): void {
  const told = new Set<string>();
  for (const { id, sites, closedAt } of Object.values(incidents)) {
    for (const name of closedAt === undefined ? sites : []) {
      insist(!told.has(name), `${name} is in one open incident, not in ${id} too`);
      told.add(name);
    }
  }
}

/** Checks what one event led to. */
export function checkStep(before: State, after: State, outside: Outside): void {
  if (before.incidents !== after.incidents) {
    checkIncidents(after);
  }
  if (before.sites !== after.sites) {
    for (const name of after.sites.names) {
      checkPhaseChange(name, before, after, outside);
    }
  }
}

function isReleased(state: State, name: string): boolean {
  return Object.values(state.brakes).some(({ release }) => release?.sites.includes(name) === true);
}

/** Automatic diversions that visitors see or are about to, counted from the phases alone. */
function standingDiversions(state: State): number {
  return state.sites.values().filter(({ phase }) => {
    const by = diversionOf(phase)?.by;
    return (by === 'rule' || by === 'approval') && phase.name !== 'restoring';
  }).length;
}

function checkBegun(name: string, after: State, witness: Witness, nowMs: number): void {
  const vantages = after.config.vantages.length;
  const { count, share } = after.config.guards.maxActive;
  const most = Math.max(count, Math.floor(share * after.sites.names.length));
  insist(
    witness.hasSeenDown(name, vantages, nowMs),
    `${name} is diverted only when two thirds of the vantages saw it fail three times in a row`,
  );
  const isPaced = witness.begin(nowMs);
  if (!isReleased(after, name)) {
    insist(standingDiversions(after) <= most, `never more than ${most} automatic diversions`);
    insist(isPaced, `${name} is diverted less than 10 s after another`);
  }
}

/** Checks what automation decided against a witness of its own, who knows nothing of the core. */
export function checkTestimony(before: State, after: State, witness: Witness, nowMs: number): void {
  for (const [name, is] of before.sites === after.sites ? [] : after.sites.entries()) {
    const was = before.sites.get(name);
    if (was === undefined || was.phase === is.phase) {
      continue;
    }
    const isBegun = is.phase.name === 'diverting' && was.phase.name === 'suspect';
    if (isBegun && (is.reason === 'decided-by-rule' || is.reason === 'approved-by-person')) {
      checkBegun(name, after, witness, nowMs);
    }
    if (is.reason === 'clean-long-enough' && was.phase.name === 'recovering') {
      insist(
        witness.hasSeenUp(name, after.config.vantages.length, nowMs),
        `${name} is restored only when every vantage saw it pass five times in a row`,
      );
    }
  }
}

/** Checks that nothing is left over once the faults are gone, every site is well and the world is quiet. */
export function checkRest(
  state: State,
  routes: (router: string) => readonly { readonly prefix: string }[],
  isOurs: (router: string, prefix: string) => boolean,
): void {
  for (const name of Object.keys(state.config.routers)) {
    const have = routes(name)
      .filter(({ prefix }) => isOurs(name, prefix))
      .map(({ prefix }) => prefix)
      .sort();
    const want = desiredRoutes(state, name)
      .map(({ prefix }) => prefix)
      .sort();
    insist(
      JSON.stringify(have) === JSON.stringify(want),
      `at rest ${name} has exactly the desired routes: has ${have.join(' ') || 'none'}, should have ${want.join(' ') || 'none'}`,
    );
  }
  for (const [name, { phase }] of state.sites.entries()) {
    insist(
      phase.name === 'serving',
      `at rest ${name}, which is well, is back at its origin, not ${JSON.stringify(phase)}`,
    );
  }
}
