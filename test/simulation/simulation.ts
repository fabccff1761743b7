import { createHash, type Hash } from 'node:crypto';
import { openRouterLease } from '../../src/app/control/router-lease.ts';
import { CommandRunner } from '../../src/controller/command-runner.ts';
import { Controller } from '../../src/controller/controller.ts';
import { LeaseKeeper } from '../../src/controller/lease-keeper.ts';
import { Reconciler } from '../../src/controller/reconciler.ts';
import { RouteLeaseKeeper } from '../../src/controller/route-lease-keeper.ts';
import { RouterRunner } from '../../src/controller/router-runner.ts';
import { RunnerGuard } from '../../src/controller/runner-guard.ts';
import { brakeNames } from '../../src/core/brake.ts';
import type { ControlEvent } from '../../src/core/event.ts';
import { initialState, withDurable } from '../../src/core/initial-state.ts';
import { overrideActions } from '../../src/core/override.ts';
import { diversionOf } from '../../src/core/phase.ts';
import type { ProbeResult } from '../../src/core/probe-result.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import type { Site } from '../../src/core/site.ts';
import { type CoreConfig, countedPath, type State } from '../../src/core/state.ts';
import { isStillWanted } from '../../src/core/sync-routers.ts';
import { DetourError } from '../../src/lib/errors.ts';
import { hostPrefix } from '../../src/lib/ip.ts';
import { silentLog } from '../../src/lib/log.ts';
import { day, hour, minute, second } from '../../src/lib/time.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import type { DataPath } from '../../src/ports/data-path.ts';
import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../fakes/memory-store.ts';
import { BrokenPromise, checkRest, checkStep, checkTestimony, checkWrite } from './invariants.ts';
import { LeaseBook, withLeases } from './lease-book.ts';
import { PassageBook, passedBeside } from './passage-book.ts';
import { PausableClock } from './pausable-clock.ts';
import { quietPublisher } from './quiet-publisher.ts';
import { Random } from './random.ts';
import { Rival } from './rival.ts';
import { sampleConfig, withMail } from './sample-sites.ts';
import { SimulatedJournal } from './simulated-journal.ts';
import { SimulatedDriver, SimulatedRouter } from './simulated-router.ts';
import type { SimulationOptions, SimulationResult } from './simulation-result.ts';
import { Witness } from './witness.ts';

/** Everything that ends with kill -9. */
interface Boot {
  readonly controller: Controller;
  readonly reconciler: Reconciler;
  readonly clock: PausableClock;
  /** Its name among the controllers that share a lease. */
  readonly holder: string;
  readonly keeper: LeaseKeeper;
  readonly routeLeases: RouteLeaseKeeper;
  readonly runners: ReadonlyMap<string, RouterRunner>;
  readonly mayAct: () => boolean;
  isAlive: boolean;
}

const metrics = openControlMetrics();

/** Time without faults after which everything must be as desired: 60 s, and the time in which a route that was sent may still arrive. */
const restMs = 3 * minute;

/** The shipped core, runner and reconciler in a world that lies, hangs, crashes and forgets. */
export class Simulation {
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #journal = new SimulatedJournal();
  readonly #routers: readonly SimulatedRouter[];
  /** As it stands on disk. */
  #config: CoreConfig;
  readonly #options: SimulationOptions;
  readonly #notices = new Map<string, number>();
  readonly #healthy = new Set<string>();
  readonly #liars = new Set<string>();
  readonly #silent = new Set<string>();
  /** Sites whose mail fails, whatever their web does; only some are probed for it, and only for a while. */
  readonly #mailless = new Set<string>();
  /** Routers that take back by themselves what nobody confirms. */
  readonly #undoing = new Set<string>();
  readonly #hash: Hash = createHash('sha256');
  readonly #witness = new Witness();
  readonly #passages = new PassageBook();
  /** True where sites fall back when their controller dies. */
  readonly #endsWithUs: boolean;
  readonly #leases = new LeaseBook({
    config: () => this.#config,
    clock: this.#clock,
    say: (text) => this.#say(text),
    onBroken: (promise) => {
      this.#broken ??= new BrokenPromise(promise);
    },
  });
  readonly #memory = new SharedMemory();
  readonly #rival: Rival;
  /** True when several controllers share a store, and only the holder of its lease may act. */
  readonly #isShared: boolean;
  /** The clock of the process that runs now. */
  #own: PausableClock;
  #boot: Boot;
  #pauses = 0;
  #wakesAtMs = 0;
  /** The paused process does not go on: another is started then. */
  #isDead = false;
  #lastFullAtMs = Number.NEGATIVE_INFINITY;
  #steps = 0;
  #crashes = 0;
  #diversions = 0;
  #passagesSeen = 0;
  #isPublisherBroken = false;
  #isCut = false;
  #broken: unknown;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#isShared = this.#random.oneIn(2);
    this.#rival = new Rival(this.#clock, this.#memory);
    this.#config = sampleConfig(this.#random);
    // Drawn apart, so that a seed without leases plays as it ever did.
    const ends = new Random(options.seed + 1_000_003);
    this.#endsWithUs = options.leases ?? ends.oneIn(4);
    this.#config = this.#endsWithUs ? withLeases(this.#config, ends) : this.#config;
    for (const name of Object.keys(this.#config.sites)) {
      this.#healthy.add(name);
    }
    this.#routers = Object.keys(this.#config.routers).map(
      (name) =>
        new SimulatedRouter({
          name,
          clock: this.#clock,
          random: this.#random,
          ears: this.#leases.ears((router, plan) => this.#onWrite(router, plan)),
        }),
    );
    for (const { name } of this.#routers) {
      if (this.#random.oneIn(2)) {
        this.#undoing.add(name);
      }
    }
    this.#own = new PausableClock(this.#clock);
    this.#boot = this.#start();
  }

  /** Plays until the steps are used up, then lets the world come to rest. Throws the first broken promise. */
  async run(): Promise<SimulationResult> {
    while (this.#steps < this.#options.steps) {
      await this.#clock.advanceAsync(500);
      this.#wake();
      await this.#playRival();
      this.#probeAll();
      this.#trouble();
      this.#leases.look(this.#routers, !this.#own.isPaused && this.#boot.mayAct());
      this.#rethrow();
    }
    await this.#rest();
    return {
      seed: this.#options.seed,
      steps: this.#steps,
      hash: this.#hash.digest('hex'),
      crashes: this.#crashes,
      pauses: this.#pauses,
      rivalTerms: this.#rival.terms,
      diversions: this.#diversions,
      passages: this.#passagesSeen,
      lapses: this.#leases.lapses,
      anew: this.#leases.anew,
    };
  }

  #state(): State {
    return this.#boot.controller.state();
  }

  /** The state of the controller that runs now, for a look after a failure. */
  peek(): State {
    return this.#state();
  }

  #say(text: string): void {
    const line = `${(this.#clock.monotonicMs() / 1000).toFixed(1).padStart(9)}s ${text}`;
    this.#hash.update(line);
    this.#options.trace?.(line);
  }

  #rethrow(): void {
    if (this.#broken !== undefined) {
      throw this.#broken;
    }
  }

  #start(): Boot {
    const boot: { isAlive: boolean } = { isAlive: true };
    const clock = new PausableClock(this.#clock);
    this.#own = clock;
    const holder = `boot-${this.#crashes}`;
    const keeper = this.#keeper(clock, holder);
    const mayAct = (): boolean =>
      controller.state().isLeader && (!this.#isShared || keeper.mayAct());
    const runners = new Map<string, RouterRunner>();
    const submit = (event: ControlEvent): void => {
      controller.submit(event).catch(() => undefined);
    };
    const runner = new CommandRunner({
      blockSource: () => undefined,
      clock,
      routers: runners,
      publisher: this.#publisher(),
      dataPath: this.#dataPath(),
      alert: () => undefined,
      site: (name) => this.#config.sites[name],
      probeNow: () => undefined,
      recordIncident: () => undefined,
      submit,
      metrics,
      log: silentLog,
    });
    const controller = new Controller({
      initial: {
        ...withDurable(initialState(this.#config, clock.now()), this.#journal.load(), clock.now()),
        isLeader: !this.#isShared,
      },
      clock,
      journal: this.#journal,
      log: silentLog,
      run: (command) => {
        if (boot.isAlive) {
          runner.run(command);
        }
      },
      observe: (before, after, audit) => {
        this.#onStep(
          before,
          after,
          audit.map(({ seq }) => seq),
        );
        for (const entry of audit) {
          const { site: about, router, reason, text } = entry;
          this.#say(`${about ?? router ?? 'detour'}: ${reason}: ${text}`);
          this.#leases.follow(entry);
        }
      },
      onJournal: () => undefined,
    });
    const guard = new RunnerGuard({
      isIsolated: () => controller.state().isolation.isIsolated,
      sites: () => controller.state().config.sites,
      guards: () => controller.state().config.guards,
      monotonicMs: () => clock.monotonicMs(),
    });
    for (const router of this.#routers) {
      const driver = new SimulatedDriver(router, {
        isAlive: () => boot.isAlive,
        awake: () => clock.awake(),
        undoes: this.#undoing.has(router.name),
      });
      const around = { clock, controller, mayAct, term: () => undefined, submit };
      runners.set(
        router.name,
        new RouterRunner(router.name, {
          spec: () => this.#config.routers[router.name],
          driver,
          lease: openRouterLease(router.name, driver, around),
          clock,
          guard,
          mayAct,
          isStillWanted: (command) => isStillWanted(controller.state(), command, clock.now()),
          metrics,
          log: silentLog,
        }),
      );
    }
    const reconciler = new Reconciler({
      clock,
      read: (router) => {
        runner.readRouter(router);
      },
      isReadable: (router) => controller.state().routers[router]?.isReadable === true,
    });
    const routeLeases = new RouteLeaseKeeper(clock, runners);
    const parts = { controller, reconciler, clock, holder, keeper, routeLeases, runners, mayAct };
    const started: Boot = Object.assign(boot, parts);
    controller.submit({ type: 'started' }).catch(() => undefined);
    controller.start();
    if (this.#endsWithUs) {
      routeLeases.start();
    }
    reconciler.watch(this.#routers.map(({ name }) => name));
    if (this.#isShared) {
      keeper.start().catch(() => undefined);
    }
    return started;
  }

  #keeper(clock: PausableClock, holder: string): LeaseKeeper {
    const submit = (event: ControlEvent): Promise<State> => this.#boot.controller.submit(event);
    return new LeaseKeeper({
      store: new MemoryStore(clock, this.#memory),
      clock,
      holder,
      onGained: async (term): Promise<void> => {
        const inherited = this.#journal.load();
        await submit({ type: 'lease-changed', isLeader: true, term, inherited });
      },
      onLost: (): void => {
        submit({ type: 'lease-changed', isLeader: false }).catch(() => undefined);
      },
      onOther: (): void => undefined,
      log: silentLog,
    });
  }

  #kill(): void {
    this.#crashes += 1;
    this.#say('(killed and started again)');
    const ordered = this.#orders();
    this.#boot.isAlive = false;
    this.#boot.controller.stop();
    this.#boot.reconciler.stop();
    this.#boot.routeLeases.stop();
    // Nothing of a dead process runs on; its lease ends by itself.
    this.#own.pause();
    this.#boot = this.#start();
    this.#passages.booted(this.#clock.monotonicMs());
    this.#leases.booted();
    if (this.#orders() !== ordered) {
      this.#broken ??= new BrokenPromise(
        `every order survives a restart: ${ordered}, not ${this.#orders()}`,
      );
    }
  }

  /** What persons have ordered, in one line. */
  #orders(): string {
    const { sites, freeze } = this.#state();
    const overrides = sites
      .entries()
      .map(([name, { override }]) => `${name} ${override?.action} by ${override?.owner}`);
    return [...overrides, `freeze by ${freeze?.owner}`].join(', ');
  }

  /** The process stands still, for longer than a lease at times, and then goes on as if nothing had been. */
  #pause(): void {
    this.#pauses += 1;
    this.#say('(paused)');
    this.#own.pause();
    // Longer than a lease of routes, where there are any; some of these processes never wake, and others take their place.
    const mostSeconds = this.#endsWithUs ? 150 : 25;
    this.#wakesAtMs = this.#clock.monotonicMs() + this.#random.between(1, mostSeconds) * second;
    this.#isDead = this.#endsWithUs && this.#random.oneIn(2);
  }

  #wake(): void {
    if (this.#own.isPaused && this.#clock.monotonicMs() >= this.#wakesAtMs) {
      if (this.#isDead) {
        this.#kill();
        return;
      }
      this.#say('(goes on)');
      this.#own.resume();
    }
  }

  async #playRival(): Promise<void> {
    if (this.#isShared && (await this.#rival.play())) {
      this.#say('(the other controller leads)');
    }
  }

  #onStep(before: State, after: State, seqs: readonly number[]): void {
    this.#steps += 1;
    try {
      checkStep(before, after, this.#outside());
      // What happens on a full disk is as if it had never been: the witness has heard of things that the core has not.
      if (this.#clock.monotonicMs() - this.#lastFullAtMs > 2 * minute) {
        checkTestimony(before, after, this.#witness, this.#clock.monotonicMs());
      }
      for (const name of after.sites.names) {
        const broken = this.#passages.follow(
          name,
          before.sites.get(name),
          after,
          this.#clock.monotonicMs(),
        );
        if (broken !== undefined) {
          throw new BrokenPromise(broken);
        }
        if (
          after.sites.get(name)?.reason === 'proven' &&
          before.sites.get(name)?.reason !== 'proven'
        ) {
          this.#diversions += 1;
          const phase = after.sites.get(name)?.phase;
          const passed = phase === undefined ? [] : (diversionOf(phase)?.passed ?? []);
          this.#passagesSeen += passed.length > 0 ? 1 : 0;
        }
      }
      const last = seqs.at(-1);
      if (last !== undefined && last !== this.#journal.seq) {
        throw new BrokenPromise(`the audit has no gap: ${last} after ${this.#journal.seq}`);
      }
    } catch (error) {
      this.#broken ??= error;
    }
  }

  #outside(): Parameters<typeof checkStep>[2] {
    return { journal: this.#journal, notices: this.#notices, now: this.#own.now() };
  }

  #onWrite(router: SimulatedRouter, plan: RoutePlan): void {
    this.#say(
      `${router.name}: - ${plan.remove.map(({ prefix }) => prefix).join(' ')} + ${plan.add.map(({ prefix }) => prefix).join(' ')}`,
    );
    try {
      checkWrite(this.#state(), router.name, plan, this.#outside());
      if (this.#isShared && this.#rival.holder() !== this.#boot.holder) {
        throw new BrokenPromise(
          `only the holder of the lease writes to ${router.name}: that is ${this.#rival.holder()}`,
        );
      }
      const foreign = new Set(router.foreign.map(({ prefix }) => prefix));
      if (
        [...plan.add, ...plan.remove].some(({ prefix }) => foreign.has(prefix)) &&
        plan.add.length > 0
      ) {
        // A foreign route may appear between the last reading and the write; one that was read must be respected.
        const known = new Set(
          this.#state().routers[router.name]?.foreign.map(({ prefix }) => prefix),
        );
        if (plan.add.some(({ prefix }) => known.has(prefix))) {
          throw new BrokenPromise(`a foreign route is never overwritten on ${router.name}`);
        }
      }
    } catch (error) {
      this.#broken ??= error;
    }
  }

  #publisher(): NoticePublisher {
    return {
      ...quietPublisher,
      publish: async ({ site: name, generation }): Promise<void> => {
        this.#passages.expect(name, this.#wellNeighbours(name), this.#clock.monotonicMs());
        if (this.#isPublisherBroken) {
          throw new DetourError('The notice is not live', { code: 'DETOUR_NOTICE_NOT_LIVE' });
        }
        this.#notices.set(name, Math.max(generation, this.#notices.get(name) ?? 0));
      },
      awaitPassed: async (names): Promise<void> => {
        const lost = names.find((name) => !this.#isPassedOn(name));
        if (lost !== undefined) {
          throw new DetourError(`${lost} is not passed on`, { code: 'DETOUR_NOTICE_NOT_LIVE' });
        }
      },
      withdraw: async (name, generation): Promise<void> => {
        if ((this.#notices.get(name) ?? 0) <= generation) {
          this.#notices.set(name, 0);
        }
      },
    };
  }

  /** Who is passed through and well on the addresses of a site, by the book of the witness. */
  #wellNeighbours(name: string): readonly string[] {
    const nowMs = this.#clock.monotonicMs();
    return passedBeside(this.#config, name).filter(
      (neighbour) =>
        this.#state().sites.get(neighbour)?.phase.name === 'serving' &&
        this.#witness.hasSeenUp(neighbour, this.#config.vantages.length, nowMs),
    );
  }

  /** What a visitor gets whose site has no notice of its own and stands behind the notice host. */
  #isPassedOn(name: string): boolean {
    return this.#healthy.has(name) && this.#passages.isOpen(name);
  }

  #showsNotice({ name, origin }: Site): boolean {
    return origin?.passThrough === undefined || (this.#notices.get(name) ?? 0) > 0;
  }

  #isDiverted(spec: Site, address: string): boolean {
    return this.#routers.some(
      ({ name, routes }) =>
        spec.routers.includes(name) && routes.some(({ prefix }) => prefix === hostPrefix(address)),
    );
  }

  #dataPath(): DataPath {
    return {
      look: async ({ site: spec, address }) => {
        const isDiverted = this.#isDiverted(spec, address);
        if (isDiverted && (this.#showsNotice(spec) || !this.#isPassedOn(spec.name))) {
          const generation = this.#notices.get(spec.name) ?? 0;
          const marker = { site: spec.name, generation };
          return [{ marker, isAnswered: true, detail: 'our notice' }];
        }
        return this.#healthy.has(spec.name)
          ? [{ isAnswered: true, detail: 'the origin' }]
          : [{ isAnswered: false, detail: 'no answer' }];
      },
    };
  }

  #probeAll(): void {
    if (this.#journal.isFull) {
      this.#lastFullAtMs = this.#clock.monotonicMs();
    }
    if (this.#own.isPaused) {
      return;
    }
    for (const spec of Object.values(this.#config.sites)) {
      for (const vantage of this.#config.vantages) {
        if (!this.#silent.has(vantage) && this.#random.oneIn(3)) {
          for (const { name } of spec.probes) {
            this.#probe(spec, name, vantage);
          }
        }
      }
    }
    if (!this.#isCut) {
      this.#submit({ type: 'reference-finished', reference: 'gateway', isPass: true });
    }
    if (this.#isCut !== this.#state().isolation.isIsolated) {
      this.#submit({ type: 'isolation-changed', isIsolated: this.#isCut, detail: 'references' });
    }
  }

  #probe(spec: Site, probe: string, vantage: string): void {
    const phase = this.#state().sites.get(spec.name)?.phase;
    for (const address of phase === undefined ? [] : spec.addresses) {
      const path = phase === undefined ? 'address' : countedPath(phase, spec, address);
      const isBehind = path === 'address' && this.#isDiverted(spec, address);
      const isOwn = isBehind && this.#showsNotice(spec);
      const isWell = isBehind ? this.#isPassedOn(spec.name) : this.#healthy.has(spec.name);
      const isServed = probe === 'web' ? isWell : !this.#mailless.has(spec.name);
      const isFine = isServed && !this.#isCut && !this.#liars.has(vantage);
      if (probe === 'web' && path === 'address' && isFine) {
        this.#passages.answered(spec.name, this.#clock.monotonicMs());
      }
      const result: ProbeResult = isOwn
        ? {
            outcome: 'inconclusive',
            reason: 'own-notice',
            startedAt: this.#own.now(),
            latencyMs: 3,
            phases: {},
          }
        : {
            outcome: isFine ? 'pass' : 'fail',
            reason: isFine ? 'ok' : 'refused',
            startedAt: this.#own.now(),
            latencyMs: 3,
            phases: {},
          };
      this.#submit({
        type: 'probe-finished',
        site: spec.name,
        probe,
        address,
        vantage,
        path,
        result,
      });
    }
  }

  #submit(event: ControlEvent): void {
    if (this.#own.isPaused) {
      return;
    }
    this.#hear(event);
    this.#boot.controller.submit(event).catch((error: unknown) => {
      if (!(error instanceof DetourError)) {
        this.#broken ??= error;
      }
    });
    // One event in forty comes twice: replies are doubled, and nothing may mind.
    if (event.type === 'probe-finished' && this.#random.oneIn(40)) {
      this.#hear(event);
      this.#boot.controller.submit(event).catch(() => undefined);
    }
  }

  #hear(event: ControlEvent): void {
    const isOfWeb = event.type === 'probe-finished' && event.probe === 'web';
    if (isOfWeb && event.result.outcome !== 'inconclusive') {
      const isPass = event.result.outcome === 'pass';
      this.#witness.hear(event.site, event.vantage, isPass, this.#clock.monotonicMs());
    }
  }

  /** Something happens about every tenth half second. */
  #trouble(): void {
    if (!this.#random.oneIn(10)) {
      return;
    }
    const isAnyDiverted = this.#routers.some(({ routes }) => routes.length > 0);
    if (this.#endsWithUs && isAnyDiverted && this.#random.oneIn(8)) {
      this.#pause();
    }
    const names = Object.keys(this.#config.sites);
    const name = this.#random.pick(names) ?? '';
    const router = this.#random.pick(this.#routers);
    if (router === undefined) {
      return;
    }
    const happenings: readonly (() => void)[] = [
      (): void => this.#flip(this.#healthy, name),
      (): void => this.#flip(this.#healthy, name),
      (): void => this.#flip(this.#healthy, name),
      (): void => this.#flip(this.#healthy, name),
      (): void => this.#flip(this.#healthy, name),
      (): void => this.#flip(this.#healthy, name),
      (): void => void (this.#random.oneIn(4) ? this.#healthy.clear() : this.#healAll()),
      (): void => this.#passages.flip(name, this.#clock.monotonicMs()),
      (): void => this.#kill(),
      (): void => {
        router.faults.isHung = this.#random.oneIn(2);
      },
      (): void => {
        router.faults.losesReplies = this.#random.oneIn(2);
      },
      (): void => {
        router.faults.refuses = this.#random.oneIn(3);
      },
      (): void => {
        router.faults.isSlow = this.#random.oneIn(3);
      },
      (): void => {
        router.removeByHand(router.routes.slice(0, 1));
      },
      (): void => {
        router.removeByHand(router.routes);
      },
      (): void => this.#meddle(router, name),
      (): void => {
        // A route with our mark that no ledger knows: left by nobody knows whom.
        router.routes = [...router.routes, { prefix: '203.0.113.77/32', nextHop: '198.51.100.2' }];
      },
      (): void => {
        this.#journal.isFull = this.#random.oneIn(3);
      },
      (): void => {
        this.#isPublisherBroken = this.#random.oneIn(3);
      },
      (): void => {
        this.#isCut = this.#random.oneIn(3);
      },
      (): void => this.#flip(this.#liars, 'b'),
      (): void => this.#flip(this.#silent, this.#random.pick(['b', 'c']) ?? 'b'),
      (): void => this.#clock.stepWall(this.#random.between(-2_000, 2_000)),
      (): void => this.#clock.stepWall(this.#random.oneIn(2) ? day : -day),
      (): void => this.#pause(),
      (): void => {
        this.#rival.isKeen = this.#random.oneIn(2);
      },
      (): void => {
        this.#memory.isUp = !this.#random.oneIn(2);
      },
      (): void => this.#flip(this.#mailless, name),
      (): void => this.#reload(name, this.#random.oneIn(2)),
      (): void => this.#order(name),
      (): void => this.#order(name),
      (): void => this.#submit({ type: 'override-cleared', site: name, owner: 'kim' }),
      (): void =>
        this.#submit({ type: 'diversion-approved', site: name, owner: 'kim', reason: 'seen' }),
      (): void => this.#submit({ type: 'freeze-set', owner: 'kim', reason: 'work' }),
      (): void => this.#submit({ type: 'freeze-cleared', owner: 'kim' }),
      (): void => this.#release(),
    ];
    this.#random.pick(happenings)?.();
  }

  /** Another configuration is put in place: one site is probed for its mail as well, or no longer. */
  #reload(name: string, hasMail: boolean): void {
    const spec = this.#config.sites[name];
    if (spec === undefined) {
      return;
    }
    const sites = { ...this.#config.sites, [name]: withMail(spec, hasMail) };
    this.#config = { ...this.#config, sites };
    this.#submit({ type: 'config-applied', config: this.#config });
  }

  #healAll(): void {
    for (const name of Object.keys(this.#config.sites)) {
      this.#healthy.add(name);
    }
  }

  #flip(set: Set<string>, item: string): void {
    if (!set.delete(item)) {
      set.add(item);
    }
  }

  #meddle(router: SimulatedRouter, name: string): void {
    const prefix = hostPrefix(this.#config.sites[name]?.addresses[0] ?? '');
    router.foreign = router.foreign.length > 0 ? [] : [{ prefix, nextHop: '192.0.2.1' }];
  }

  #order(name: string): void {
    const action = this.#random.pick(overrideActions) ?? 'hold';
    this.#say(`* kim orders ${action} ${name}`);
    this.#submit({
      type: 'override-set',
      site: name,
      action,
      owner: 'kim',
      reason: 'practice',
      expiresAt: this.#own.now() + this.#random.between(5, 300) * second,
    });
  }

  #release(): void {
    const brake = this.#random.pick(brakeNames) ?? 'rate';
    this.#submit({
      type: 'brake-released',
      brake,
      owner: 'kim',
      reason: 'seen',
      until: this.#own.now() + minute,
    });
  }

  /** What the faults have left behind may make automation ask; a person lets it go on. */
  #answerQuestions(): void {
    for (const [site, { question }] of this.#state().sites.entries()) {
      if (question !== undefined) {
        this.#submit({ type: 'override-cleared', site, owner: 'kim' });
      }
    }
  }

  /** Ends every fault and order, and waits: what is left then is left for good. */
  async #rest(): Promise<void> {
    this.#say('(the faults end)');
    this.#own.resume();
    this.#rival.isKeen = false;
    this.#memory.isUp = true;
    this.#healAll();
    this.#passages.openAll();
    this.#liars.clear();
    // One of three vantages may be dead for good: the others are enough to bring every site home.
    for (const vantage of this.#random.oneIn(2) ? ['b', 'c'] : ['b']) {
      this.#silent.delete(vantage);
    }
    this.#isCut = false;
    this.#isPublisherBroken = false;
    this.#journal.isFull = false;
    for (const router of this.#routers) {
      Object.assign(router.faults, {
        isHung: false,
        losesReplies: false,
        refuses: false,
        isSlow: false,
      });
      router.foreign = [];
    }
    // Mail that fails for good is no longer asked for, and then it holds nobody.
    for (const name of Object.keys(this.#config.sites)) {
      this.#reload(name, !this.#mailless.has(name));
    }
    this.#submit({ type: 'freeze-cleared', owner: 'kim' });
    for (const name of Object.keys(this.#config.sites)) {
      this.#submit({ type: 'override-cleared', site: name, owner: 'kim' });
    }
    const until = this.#clock.monotonicMs() + restMs;
    while (
      this.#clock.monotonicMs() < until ||
      (this.#isMoving() && this.#clock.monotonicMs() < until + hour)
    ) {
      await this.#clock.advanceAsync(500);
      await this.#playRival();
      this.#probeAll();
      this.#answerQuestions();
      this.#leases.look(this.#routers, !this.#own.isPaused && this.#boot.mayAct());
      this.#rethrow();
    }
    const ledgers = this.#journal.durable.ledgers;
    checkRest(
      this.#state(),
      (name) => this.#routers.find((router) => router.name === name)?.routes ?? [],
      (name, prefix) => ledgers[name]?.includes(prefix) === true,
    );
  }

  /** Every site is well again: each must come home by itself, those without a way to their origin by trial withdrawals. */
  #isMoving(): boolean {
    return this.#state()
      .sites.values()
      .some(({ phase }) => phase.name !== 'serving');
  }
}
