import {
  type Route,
  type RoutePlan,
  type RouterReading,
  routeKey,
} from '../../src/core/route-plan.ts';
import { DetourError } from '../../src/lib/errors.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { RouteDriver, RouteLease, UnconfirmedChange } from '../../src/ports/route-driver.ts';
import { DeadMan } from './dead-man.ts';
import type { Random } from './random.ts';

/** What may go wrong on a router, each on its own. */
export interface RouterFaults {
  isHung: boolean;
  losesReplies: boolean;
  refuses: boolean;
  isSlow: boolean;
}

/** Who hears of what happens on a router, at that moment. */
export interface RouterEars {
  readonly onWrite: (router: SimulatedRouter, plan: RoutePlan) => void;
  readonly onLease: (router: SimulatedRouter, lease: RouteLease, before: readonly Route[]) => void;
  readonly onLapse: (
    router: SimulatedRouter,
    what: { readonly leased: readonly Route[]; readonly gone: readonly Route[] },
  ) => void;
  readonly onRemovedByHand: (router: SimulatedRouter, route: Route) => void;
}

/** A router that outlives every controller: its routes, its faults, and what is still on its way to it. */
export class SimulatedRouter {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: RouterFaults = {
    isHung: false,
    losesReplies: false,
    refuses: false,
    isSlow: false,
  };
  routes: Route[] = [];
  foreign: Route[] = [];
  /** The change that this device takes back by itself, if one stands: the plan backwards. */
  #pending: { readonly back: RoutePlan; readonly timer: Timer } | undefined;
  readonly deadMan: DeadMan;
  readonly #ears: RouterEars;

  constructor(options: {
    readonly name: string;
    readonly clock: Clock;
    readonly random: Random;
    readonly ears: RouterEars;
  }) {
    this.name = options.name;
    this.clock = options.clock;
    this.random = options.random;
    this.#ears = options.ears;
    this.deadMan = new DeadMan(this.clock, (leased) => this.#takeBack(leased));
  }

  get isFaultless(): boolean {
    return Object.values(this.faults).every((isThere) => !isThere);
  }

  reading(): RouterReading {
    return {
      owned: this.routes.map((route) => ({ ...route, isInstalled: true })),
      foreign: this.foreign,
      ...(this.#pending === undefined ? {} : { isUnconfirmed: true as const }),
      ...this.deadMan.reading(),
    };
  }

  onWrite(plan: RoutePlan): void {
    this.#ears.onWrite(this, plan);
  }

  /** Takes a lease; false while the caller does not know of a lapse. */
  lease(lease: RouteLease): boolean {
    const before = this.routes;
    const isTaken = this.deadMan.take(lease);
    if (isTaken) {
      this.#ears.onLease(this, lease, before);
    }
    return isTaken;
  }

  /** Takes a change and goes back by itself in time; false while an earlier one still waits. */
  takeForNow(plan: RoutePlan, undoAfterMs: number): boolean {
    if (this.#pending !== undefined) {
      return false;
    }
    const back = { remove: plan.add, add: plan.remove, unchanged: [] };
    this.take(plan);
    const timer = this.clock.setTimer(undoAfterMs, () => {
      this.goBack();
    });
    this.#pending = { back, timer };
    return true;
  }

  /** Keeps the pending change; false when there is none any more. */
  keep(): boolean {
    const was = this.#pending;
    was?.timer.cancel();
    this.#pending = undefined;
    return was !== undefined;
  }

  goBack(): void {
    const was = this.#pending;
    if (was !== undefined) {
      was.timer.cancel();
      this.#pending = undefined;
      this.take(was.back);
    }
  }

  /** What the device does with lines that have reached it: nobody can call them back. */
  take(plan: RoutePlan): void {
    const gone = new Set(plan.remove.map(({ prefix }) => prefix));
    const added = new Set(plan.add.map(({ prefix }) => prefix));
    this.routes = [
      ...this.routes.filter(({ prefix }) => !gone.has(prefix) && !added.has(prefix)),
      ...plan.add,
    ];
  }

  /** Somebody who is not Detour takes these routes off. */
  removeByHand(routes: readonly Route[]): void {
    this.routes = this.routes.filter((route) => !routes.includes(route));
    for (const route of routes) {
      this.#ears.onRemovedByHand(this, route);
    }
  }

  #takeBack(leased: readonly Route[]): void {
    const keys = new Set(leased.map(routeKey));
    const gone = this.routes.filter((route) => keys.has(routeKey(route)));
    this.routes = this.routes.filter((route) => !gone.includes(route));
    this.#ears.onLapse(this, { leased, gone });
  }
}

/** One controller's session with a router; when the controller is killed the session never answers again. */
export class SimulatedDriver implements RouteDriver {
  readonly applyUnconfirmed?: NonNullable<RouteDriver['applyUnconfirmed']>;
  readonly #router: SimulatedRouter;
  readonly #isAlive: () => boolean;
  readonly #awake: () => Promise<void>;
  #isBusy = false;

  constructor(
    router: SimulatedRouter,
    owner: {
      readonly isAlive: () => boolean;
      readonly awake: () => Promise<void>;
      /** True for a device that takes back by itself what nobody confirms. */
      readonly undoes: boolean;
    },
  ) {
    this.#router = router;
    this.#isAlive = owner.isAlive;
    this.#awake = owner.awake;
    if (owner.undoes) {
      this.applyUnconfirmed = (plan, undoAfterMs, signal): Promise<UnconfirmedChange> =>
        this.#alone(() => this.#applyForNow(plan, undoAfterMs, signal));
    }
  }

  async leaseRoutes(lease: RouteLease, signal: AbortSignal): Promise<void> {
    await this.#alone(async () => {
      let isTaken = false;
      await this.#send(signal, () => {
        isTaken = this.#router.lease(lease);
      });
      if (!isTaken) {
        throw new DetourError('The lease before has lapsed', {
          code: 'DETOUR_ROUTE_LEASE_LAPSED',
          retryable: true,
        });
      }
    });
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    return await this.#alone(async () => {
      await this.#travel(signal);
      return this.#router.reading();
    });
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    await this.#alone(() => this.#applyAlone(plan, signal));
  }

  /** A device has one session: two operations at once are a broken promise. */
  async #alone<Result>(act: () => Promise<Result>): Promise<Result> {
    if (this.#isBusy) {
      throw new Error(`two operations at once on ${this.#router.name}`);
    }
    this.#isBusy = true;
    try {
      return await act();
    } finally {
      this.#isBusy = false;
    }
  }

  async #applyForNow(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange> {
    let isTaken = false;
    await this.#deliver(plan, signal, () => {
      isTaken = this.#router.takeForNow(plan, undoAfterMs);
    });
    if (!isTaken) {
      throw new DetourError('A change waits already', { code: 'DETOUR_ROUTER_LOCKED' });
    }
    return {
      undoAfterMs,
      confirm: (end): Promise<void> =>
        this.#alone(async () => {
          await this.#travel(end);
          if (!this.#router.keep()) {
            throw new DetourError('Gone back', { code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
          }
          await this.#travel(end);
        }),
      cancel: (end): Promise<void> =>
        this.#alone(async () => {
          await this.#travel(end);
          this.#router.goBack();
        }),
    };
  }

  async #applyAlone(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    await this.#deliver(plan, signal, () => {
      this.#router.take(plan);
    });
  }

  async #deliver(plan: RoutePlan, signal: AbortSignal, take: () => void): Promise<void> {
    if (!this.#isAlive()) {
      await forever();
    }
    this.#router.onWrite(plan);
    await this.#send(signal, take);
  }

  async #send(signal: AbortSignal, take: () => void): Promise<void> {
    const { faults, clock, random } = this.#router;
    if (!this.#isAlive()) {
      await forever();
    }
    if (faults.refuses) {
      await this.#travel(signal);
      throw new DetourError('The router refused', { code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
    }
    // The lines are on the wire: they arrive, now or late, whatever becomes of the controller.
    const delayMs = faults.isSlow ? random.between(100, 40_000) : random.between(1, 80);
    const arrived = Promise.withResolvers<void>();
    clock.setTimer(delayMs, () => {
      take();
      arrived.resolve();
    });
    if (faults.losesReplies) {
      await forever(signal);
    }
    await Promise.race([arrived.promise, forever(signal)]);
    await this.#awake();
    if (!this.#isAlive()) {
      await forever();
    }
  }

  lines(plan: RoutePlan): readonly string[] {
    return [
      ...plan.remove.map(({ prefix }) => `no ${prefix}`),
      ...plan.add.map(({ prefix }) => prefix),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #travel(signal: AbortSignal): Promise<void> {
    const { clock, random, faults } = this.#router;
    if (faults.isHung) {
      await forever(signal);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.setTimer(random.between(1, 60), () => {
      resolve();
    });
    await Promise.race([promise, forever(signal)]);
    await this.#awake();
    if (!this.#isAlive()) {
      await forever();
    }
  }
}

/** A promise that only the end of a signal ends. */
function forever(signal?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    });
  });
}
