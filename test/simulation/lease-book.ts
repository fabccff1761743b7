import type { AuditEntry } from '../../src/core/command.ts';
import type { Route, RoutePlan } from '../../src/core/route-plan.ts';
import type { CoreConfig } from '../../src/core/state.ts';
import { hostPrefix } from '../../src/lib/ip.ts';
import { second } from '../../src/lib/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RouteLease } from '../../src/ports/route-driver.ts';
import { attemptPauseMs } from './dead-man.ts';
import type { Random } from './random.ts';
import type { RouterEars, SimulatedRouter } from './simulated-router.ts';

/** A line that was sent arrives after 40 s at most; the timer that ran out before comes back to it. */
const lateMs = 40 * second + attemptPauseMs;

/**
 * By then a process that has just begun knows its routers: an operation on a hung one is given up after 30 s, and a change that
 * the process before left unconfirmed goes back after 40 s, before which the router is not believed.
 */
const settleMs = 50 * second;

/** A look each second whether a lease is due, and what is before it in the queue of the router. */
const queueMs = 6 * second;

/** What the book knows of one router. */
interface Page {
  /** The last lease that arrived. */
  told?: { readonly atMs: number; readonly forMs: number; readonly routes: number };
  /** When a controller that may act was last there. */
  actingAtMs: number;
  /** Since when a controller has been acting and nothing was wrong with the router. */
  calmSinceMs: number | undefined;
  /** What took a route off, for prefixes that nobody has added since. */
  readonly goneBy: Map<string, 'hand' | 'lapse'>;
  /** Sites whose routes were taken back, and of which nothing was decided yet. */
  readonly lapsedSites: Set<string>;
}

export interface LeaseBookOptions {
  readonly config: () => CoreConfig;
  readonly clock: Clock;
  readonly say: (text: string) => void;
  /** Hears of each promise that was broken. */
  readonly onBroken: (promise: string) => void;
}

/** How the sites and routers of a seed end with their controller. */
export function withLeases(config: CoreConfig, random: Random): CoreConfig {
  const sites = Object.entries(config.sites).map(([name, spec]) => [
    name,
    random.oneIn(3) ? spec : { ...spec, onDeath: 'fall-back' as const },
  ]);
  const routers = Object.entries(config.routers).map(([name, spec]) => [
    name,
    { ...spec, canLease: true },
  ]);
  return {
    ...config,
    sites: Object.fromEntries(sites),
    routers: Object.fromEntries(routers),
    guards: {
      ...config.guards,
      // What falls back must first have been diverted: these brakes have seeds of their own.
      maxActive: { count: sites.length, share: 1 },
      massFailure: { ...config.guards.massFailure, minSites: sites.length + 1 },
      routeLeaseMs: random.between(15, 60) * second,
    },
  };
}

/**
 * Judges by its own book what becomes of routes that are to end with their controller: it knows when a controller was
 * there, what every router was told and when, and who took a route off, and nothing of the core.
 */
export class LeaseBook {
  readonly #options: LeaseBookOptions;
  readonly #pages = new Map<string, Page>();
  /** Sites that fell back and have not been diverted since. */
  readonly #fallen = new Set<string>();
  #lapses = 0;
  #anew = 0;

  constructor(options: LeaseBookOptions) {
    this.#options = options;
  }

  /** How often a router took back a route that stood. */
  get lapses(): number {
    return this.#lapses;
  }

  /** How often a site that fell back was diverted and proven again. */
  get anew(): number {
    return this.#anew;
  }

  /** What the book hears of the routers; changes are heard by somebody else as well. */
  ears(onWrite: RouterEars['onWrite']): RouterEars {
    return {
      onWrite: (router, plan): void => {
        this.#onWrite(router, plan);
        onWrite(router, plan);
      },
      onLease: (router, lease, before): void => this.#onLease(router, lease, before),
      onLapse: (router, what): void => this.#onLapse(router, what),
      onRemovedByHand: ({ name }, { prefix }): void => {
        this.#page(name).goneBy.set(prefix, 'hand');
      },
    };
  }

  /** A process begins: it has yet to read its routers. */
  booted(): void {
    for (const page of this.#pages.values()) {
      page.calmSinceMs = undefined;
    }
  }

  /** Looks at the routers as they stand now. */
  look(routers: readonly SimulatedRouter[], isActing: boolean): void {
    for (const router of routers) {
      this.#lookAt(router, isActing);
    }
  }

  /** Follows what is decided: what a router took back by itself is never laid at a person's door, and the other way round. */
  follow({ site, router, reason, text }: AuditEntry): void {
    if (site === undefined) {
      return;
    }
    if (reason === 'route-lease-lapsed') {
      const told = [...this.#pages].find(
        ([name, page]) => text.includes(`${name} took them back`) && page.lapsedSites.has(site),
      );
      told?.[1].lapsedSites.delete(site);
      this.#fallen.add(site);
      this.#insist(told !== undefined, `${site} is decided about afresh only after a lapse`);
    } else if (reason === 'proven') {
      this.#anew += this.#fallen.delete(site) ? 1 : 0;
    } else if (reason === 'drift-repaired' || reason === 'route-vanished-again') {
      const addresses = this.#options.config().sites[site]?.addresses ?? [];
      const { goneBy } = this.#page(router ?? '');
      this.#insist(
        !addresses.every((address) => goneBy.get(hostPrefix(address)) === 'lapse'),
        `nobody is asked about the route of ${site}, which ${router} took back by itself`,
      );
    }
  }

  /** What is to end with its controller never stands without its end. */
  #onWrite({ name, deadMan }: SimulatedRouter, { add }: RoutePlan): void {
    for (const route of add) {
      this.#page(name).goneBy.delete(route.prefix);
      this.#insist(
        !this.#endsWithUs(route) || deadMan.holds(route),
        `${route.prefix} is put on ${name} only when ${name} is going to take it back by itself`,
      );
    }
  }

  #onLease(
    { name, routes: after }: SimulatedRouter,
    { routes, forMs }: RouteLease,
    before: readonly Route[],
  ): void {
    this.#options.say(`${name}: takes a lease of ${routes.length} for ${forMs} ms`);
    const atMs = this.#options.clock.monotonicMs();
    this.#page(name).told = { atMs, forMs, routes: routes.length };
    this.#insist(after === before, `a renewal moves no route, and brings none back on ${name}`);
  }

  #onLapse(
    { name }: SimulatedRouter,
    { leased, gone }: { readonly leased: readonly Route[]; readonly gone: readonly Route[] },
  ): void {
    const page = this.#page(name);
    this.#lapses += gone.length;
    for (const site of leased.flatMap((route) => this.#owners(route))) {
      page.lapsedSites.add(site);
    }
    for (const { prefix } of gone) {
      this.#options.say(`${name}: takes ${prefix} back by itself`);
      page.goneBy.set(prefix, 'lapse');
    }
    const nowMs = this.#options.clock.monotonicMs();
    const calmMs = nowMs - (page.calmSinceMs ?? nowMs);
    this.#insist(
      gone.length === 0 || calmMs <= (page.told?.forMs ?? 0) + settleMs,
      `${name} takes nothing back while its controller is there and can reach it`,
    );
  }

  #lookAt({ name, routes, isFaultless }: SimulatedRouter, isActing: boolean): void {
    const page = this.#page(name);
    const nowMs = this.#options.clock.monotonicMs();
    page.actingAtMs = isActing ? nowMs : page.actingAtMs;
    page.calmSinceMs = isActing && isFaultless ? (page.calmSinceMs ?? nowMs) : undefined;
    const left = routes.find((route) => this.#endsWithUs(route));
    if (left === undefined) {
      return;
    }
    const { routeLeaseMs } = this.#options.config().guards;
    this.#insist(
      nowMs - page.actingAtMs <= routeLeaseMs + lateMs,
      `${left.prefix} never outlives its controller on ${name} by more than the lease`,
    );
    const { told } = page;
    const isCalm = nowMs - (page.calmSinceMs ?? nowMs) > settleMs;
    this.#insist(
      !isCalm || told === undefined || nowMs - told.atMs <= told.forMs / 3 + queueMs,
      `the lease on ${name} is renewed when a third of it is over`,
    );
  }

  #insist(isKept: boolean, promise: string): void {
    if (!isKept) {
      this.#options.onBroken(promise);
    }
  }

  #page(router: string): Page {
    const page = this.#pages.get(router) ?? {
      actingAtMs: 0,
      calmSinceMs: undefined,
      goneBy: new Map(),
      lapsedSites: new Set(),
    };
    this.#pages.set(router, page);
    return page;
  }

  #owners({ prefix }: Route): readonly string[] {
    return Object.values(this.#options.config().sites)
      .filter(({ addresses }) => addresses.some((address) => hostPrefix(address) === prefix))
      .map(({ name }) => name);
  }

  /** True for a route that no site wants to keep without a controller. */
  #endsWithUs(route: Route): boolean {
    const { sites } = this.#options.config();
    const owners = this.#owners(route);
    return owners.length > 0 && owners.every((name) => sites[name]?.onDeath === 'fall-back');
  }
}
