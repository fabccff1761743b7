import { isDeepStrictEqual } from 'node:util';
import { openRouteDriver } from '../../adapters/routers/registry.ts';
import { ConversationRecord } from '../../adapters/transports/conversation-record.ts';
import { recordedTransport } from '../../adapters/transports/recorded.ts';
import { openTransport } from '../../adapters/transports/registry.ts';
import { readPassword } from '../../adapters/transports/secret-file.ts';
import type { TransportHooks } from '../../adapters/transports/transport-hooks.ts';
import type { RouterSettings, TransportSettings } from '../../config/settings.ts';
import type { Controller } from '../../controller/controller.ts';
import { RouteLeaseKeeper } from '../../controller/route-lease-keeper.ts';
import { RouterRunner, standstillMs } from '../../controller/router-runner.ts';
import { RunnerGuard } from '../../controller/runner-guard.ts';
import { StallWatch } from '../../controller/stall-watch.ts';
import { brokenGlass } from '../../core/break-glass.ts';
import type { RouterSpec } from '../../core/site.ts';
import { isStillWanted } from '../../core/sync-routers.ts';
import { touchedIncidents } from '../../core/touched-incidents.ts';
import type { Conversation } from '../../ports/conversation.ts';
import type { RouteDriver } from '../../ports/route-driver.ts';
import type { Transport } from '../../ports/transport.ts';
import { submitter } from './controller.ts';
import type { Ground } from './ground.ts';
import { oldAlgorithmsTeller } from './insecure-routers.ts';
import type { Leadership } from './leadership.ts';
import { openRouterLease } from './router-lease.ts';

/** What the driver of a running controller has around it. */
interface DriverSurroundings extends TransportHooks {
  readonly record?: ConversationRecord;
}

/** Opens the driver of one router; nothing is connected before it is first used. */
export function openDriver(
  { name, driver, transport, options, enablePasswordFile: enable }: RouterSettings,
  { record = new ConversationRecord(), ...hooks }: DriverSurroundings = {},
): RouteDriver {
  const open = (settings: TransportSettings): Transport =>
    recordedTransport(openTransport(settings, hooks), record);
  return openRouteDriver(driver, {
    router: name,
    transport: open(transport),
    options,
    ...(hooks.standstills === undefined ? {} : { standstills: hooks.standstills }),
    ...(enable === undefined ? {} : { enablePassword: () => readPassword(enable) }),
    ...(transport.type === 'grpc' ? { grpcPort: transport.port } : {}),
    ...(transport.type === 'local' || transport.type === 'grpc'
      ? {}
      : { atPort: (port: number): Transport => open({ ...transport, port }) }),
  });
}

/** True when one driver serves for both: next hop and estate are the core's, the rest is the driver's. */
function isSameDevice(one: RouterSettings, other: RouterSettings): boolean {
  const of = ({ driver, transport, options, enablePasswordFile }: RouterSettings): unknown => ({
    driver,
    transport,
    options,
    enablePasswordFile,
  });
  return isDeepStrictEqual(of(one), of(other));
}

function openGuard({ clock }: Ground, controller: Controller): RunnerGuard {
  return new RunnerGuard({
    isIsolated: () => controller.state().isolation.isIsolated,
    sites: () => controller.state().config.sites,
    guards: () => controller.state().config.guards,
    monotonicMs: () => clock.monotonicMs(),
  });
}

/** Every router with its driver and the one runner that may use it, all behind one guard. */
export class RouterFleet implements AsyncDisposable {
  readonly #ground: Ground;
  readonly #controller: Controller;
  readonly #leadership: Leadership;
  readonly #guard: RunnerGuard;
  readonly #drivers = new Map<string, RouteDriver>();
  readonly #runners = new Map<string, RouterRunner>();
  readonly #settings = new Map<string, RouterSettings>();
  /** By name, the runner on its way out: it ends what is under way first. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #stalls: StallWatch;
  readonly #leases: RouteLeaseKeeper;
  #standstills = 0;

  constructor(ground: Ground, controller: Controller, leadership: Leadership) {
    this.#ground = ground;
    this.#controller = controller;
    this.#leadership = leadership;
    this.#guard = openGuard(ground, controller);
    const { clock } = ground;
    const onStall = (lateMs: number): void => this.#wake(lateMs);
    this.#stalls = new StallWatch({ clock, limitMs: standstillMs, onStall });
    this.#stalls.start();
    this.#leases = new RouteLeaseKeeper(clock, this.#runners);
    this.#leases.start();
  }

  get drivers(): ReadonlyMap<string, RouteDriver> {
    return this.#drivers;
  }

  get runners(): ReadonlyMap<string, RouterRunner> {
    return this.#runners;
  }

  /**
   * Opens the routers that are new or are reached in another way, and returns their names; all others stay as they are.
   * Throws when one cannot be opened; then nothing has changed.
   */
  raise(wanted: readonly RouterSettings[]): readonly string[] {
    const changed = wanted.filter((router) => {
      const known = this.#settings.get(router.name);
      return known === undefined || !isSameDevice(known, router);
    });
    const standstills = (): number => this.#countStandstills();
    const opened = changed.map((router) => {
      const record = new ConversationRecord();
      const { log } = this.#ground;
      const onOldAlgorithms = oldAlgorithmsTeller(router, submitter(this.#controller, log), log);
      return {
        router,
        record,
        driver: openDriver(router, { record, onOldAlgorithms, standstills }),
      };
    });
    for (const { router, record, driver } of opened) {
      this.#leave(router.name);
      this.#settings.set(router.name, router);
      this.#drivers.set(router.name, driver);
      this.#runners.set(router.name, this.#openRunner(router.name, driver, record));
    }
    return changed.map(({ name }) => name);
  }

  /** Closes the routers that are not named. To be called when the core has let go of them. */
  retire(wanted: readonly RouterSettings[]): void {
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of this.#settings.keys()) {
      if (!names.has(name)) {
        this.#leave(name);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.retire([]);
    await Promise.all(this.#leaving.values());
    this.#stalls.stop();
    this.#leases.stop();
  }

  #countStandstills(): number {
    this.#stalls.look();
    return this.#standstills;
  }

  #wake(lateMs: number): void {
    this.#standstills += 1;
    this.#ground.log.warn(
      { lateMs },
      'This process stood still; every router is read before it is written to',
    );
    for (const runner of this.#runners.values()) {
      runner.giveUp();
    }
  }

  #leave(name: string): void {
    const runner = this.#runners.get(name);
    if (runner !== undefined) {
      this.#leaving.set(name, runner.close());
    }
    this.#settings.delete(name);
    this.#drivers.delete(name);
    this.#runners.delete(name);
  }

  /** By the lease, or by the word of a person while nobody can hold it; then the core wants nothing but orders. */
  #mayAct(): boolean {
    const state = this.#controller.state();
    return state.isLeader
      ? this.#leadership.mayAct()
      : brokenGlass(state, this.#ground.clock.now()) !== undefined;
  }

  /** A single controller needs none; orders of people by broken glass are not bound by it. */
  #term(): number | undefined {
    const { isLeader, lastTerm } = this.#controller.state();
    return this.#leadership.isShared && isLeader && lastTerm > 0 ? lastTerm : undefined;
  }

  #openRunner(name: string, driver: RouteDriver, conversation: Conversation): RouterRunner {
    const { clock, metrics, log, transcripts } = this.#ground;
    const controller = this.#controller;
    const after = this.#leaving.get(name);
    return new RouterRunner(name, {
      spec: (): RouterSpec | undefined => controller.state().config.routers[name],
      driver,
      clock,
      guard: this.#guard,
      mayAct: (): boolean => this.#mayAct(),
      term: (): number | undefined => this.#term(),
      lease: openRouterLease(name, driver, {
        clock,
        controller,
        mayAct: () => this.#mayAct(),
        term: () => this.#term(),
        submit: submitter(controller, log),
      }),
      isStillWanted: (command): boolean => isStillWanted(controller.state(), command, clock.now()),
      metrics,
      log,
      conversation,
      note: (said): void => transcripts.note(touchedIncidents(controller.state(), name), said),
      ...(after === undefined ? {} : { after }),
    });
  }
}
