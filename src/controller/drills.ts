import { drillSiteName } from '../core/drill-site.ts';
import type { ControlEvent } from '../core/event.ts';
import { estateHindrance, type Hindrance } from '../core/permits.ts';
import type { State } from '../core/state.ts';
import { DetourError, errorChain } from '../lib/errors.ts';
import { hostPrefix } from '../lib/ip.ts';
import type { Log } from '../lib/log.ts';
import { type EpochMs, minute } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Calendar, CalendarJob } from '../ports/calendar.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { pause } from './deadline.ts';

/** Either half of a drill: publishing, installing and proof take 60 s at the very most. */
export const halfMs = 90_000;

/** Pause between two looks at the state. */
const lookEveryMs = 100;

/** What a drill orders ends by itself after this long, whatever becomes of the drill. */
const orderMs = 10 * minute;

/** As many drills as are kept in one listing: half a year of ten routers. */
const maxHistory = 300;

/** How often drills that were cut off are looked for. */
const checkMs = minute;

const reasonOf = (router: string): string => `drill of ${router}`;

/** The drill of one router as it is configured. */
export interface DrillPlan {
  readonly router: string;
  readonly address: string;
  readonly schedule: string;
  readonly timeZone: string;
}

/** What a drill did and how it went. */
export interface DrillRecord {
  readonly router: string;
  readonly address: string;
  readonly owner: string;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly isPassed: boolean;
  readonly steps: readonly DrillStep[];
}

export interface DrillStep {
  readonly step: 'divert' | 'restore';
  readonly isPassed: boolean;
  readonly tookMs: number;
  readonly detail: string;
}

export interface DrillsOptions {
  readonly plans: () => readonly DrillPlan[];
  readonly store: Pick<Store, 'list' | 'put'>;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly state: () => State;
  readonly submit: (event: ControlEvent) => Promise<State>;
  readonly parse: (value: unknown) => DrillRecord | undefined;
  readonly metrics: Pick<ControlMetrics, 'drills' | 'drillLastSuccess'>;
  readonly log: Log;
}

/** Diverts the reserved address of a router, sees its notice through the data path, restores it, and remembers how that went. */
export class Drills {
  readonly #options: DrillsOptions;
  readonly #jobs: CalendarJob[] = [];
  readonly #running = new Map<string, Promise<DrillRecord>>();
  #isStopped = false;
  #timer: Timer | undefined;

  constructor(options: DrillsOptions) {
    this.#options = options;
  }

  /** Learns of earlier drills, plans the next ones, and ends those that a crash cut off. */
  async start(): Promise<void> {
    await this.load();
    this.plan();
    await this.#endCutOff();
    this.#watch();
  }

  #watch(): void {
    this.#timer = this.#options.clock.setTimer(checkMs, () => {
      this.#endCutOff().catch((error: unknown) => {
        this.#options.log.error({ err: errorChain(error) }, 'A cut-off drill could not be ended');
      });
      this.#watch();
    });
  }

  /** Nothing probes a drill address, so nothing else would restore what a crash or another leader left diverted. */
  async #endCutOff(): Promise<void> {
    const { plans, state } = this.#options;
    for (const { router } of state().isLeader ? plans() : []) {
      const { override, phase } = state().sites.get(drillSiteName(router)) ?? {};
      const isByPerson = override !== undefined && override.reason !== reasonOf(router);
      const isMoved = phase !== undefined && phase.name !== 'serving';
      if (isMoved && !isByPerson && override?.action !== 'restore' && !this.#running.has(router)) {
        await this.#order(router, 'restore', 'detour');
      }
    }
  }

  /** Takes the configured schedules in place of those before. */
  plan(): void {
    for (const job of this.#jobs.splice(0)) {
      job.stop();
    }
    const { calendar, log, plans } = this.#options;
    for (const { router, schedule, timeZone } of plans()) {
      const job = calendar.every(schedule, timeZone, () => {
        this.run(router, 'detour').catch((error: unknown) => {
          log.warn({ router, err: errorChain(error) }, 'A drill could not be held');
        });
      });
      this.#jobs.push(job);
    }
  }

  /** Tells the core how the last drills went. A store that is away costs nothing until they are stale. */
  async load(): Promise<void> {
    const newest = new Map<string, DrillRecord>();
    for (const record of (await this.#stored()).toReversed()) {
      newest.set(record.router, record);
    }
    for (const record of newest.values()) {
      await this.#tell(record, true);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const job of this.#jobs.splice(0)) {
      job.stop();
    }
  }

  /** True when this router has an address for drills. */
  isPlanned(router: string): boolean {
    return this.#options.plans().some((plan) => plan.router === router);
  }

  /** Newest first. */
  async history(router: string): Promise<readonly DrillRecord[]> {
    return (await this.#stored()).filter((record) => record.router === router);
  }

  /** Why no drill may be held now: it writes, so what stops automation stops it. */
  hindrance(): Hindrance | undefined {
    const { clock, state } = this.#options;
    return estateHindrance(state(), clock.now());
  }

  /** Holds a drill, or waits for the one under way. Rejects with DETOUR_GUARD_REFUSED when none may be held. */
  run(router: string, owner: string): Promise<DrillRecord> {
    const running = this.#running.get(router) ?? this.#run(router, owner);
    this.#running.set(router, running);
    const forget = (): void => void this.#running.delete(router);
    running.then(forget, forget);
    return running;
  }

  async #run(router: string, owner: string): Promise<DrillRecord> {
    const plan = this.#options.plans().find((one) => one.router === router);
    const hindrance = this.hindrance();
    if (plan === undefined || hindrance !== undefined) {
      const why = hindrance?.detail ?? 'its configuration has no drill';
      throw new DetourError(`No drill of ${router} now: ${why}`, { code: 'DETOUR_GUARD_REFUSED' });
    }
    const { clock } = this.#options;
    const startedAt = clock.now();
    const diverted = await this.#half(plan, 'divert', owner);
    const restored = await this.#half(plan, 'restore', owner);
    await this.#options.submit({ type: 'override-cleared', site: drillSiteName(router), owner });
    const steps = [diverted, restored];
    const isPassed = steps.every((step) => step.isPassed);
    const { address } = plan;
    const record = { router, address, owner, startedAt, endedAt: clock.now(), isPassed, steps };
    await this.#remember(record);
    return record;
  }

  async #half(plan: DrillPlan, step: 'divert' | 'restore', owner: string): Promise<DrillStep> {
    const { clock } = this.#options;
    const begunMs = clock.monotonicMs();
    await this.#order(plan.router, step, owner);
    const isThere = await this.#wait(() => this.#isDone(plan, step));
    const tookMs = clock.monotonicMs() - begunMs;
    const done =
      step === 'divert'
        ? `${plan.address} showed its notice through the data path`
        : `the route for ${plan.address} is gone, and so is its notice`;
    return { step, isPassed: isThere, tookMs, detail: isThere ? done : this.#trouble(plan.router) };
  }

  #isDone({ router, address }: DrillPlan, step: 'divert' | 'restore'): boolean | 'failed' {
    const phase = this.#options.state().sites.get(drillSiteName(router))?.phase;
    if (step === 'divert') {
      const isUndoing = phase?.name === 'diverting' && phase.stage === 'undoing';
      return isUndoing ? 'failed' : phase?.name === 'diverted';
    }
    const owned = this.#options.state().routers[router]?.owned ?? [];
    const isGone = !owned.some(({ prefix }) => prefix === hostPrefix(address));
    return phase?.name === 'serving' && isGone;
  }

  async #wait(isDone: () => boolean | 'failed'): Promise<boolean> {
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + halfMs;
    while (clock.monotonicMs() < endMs && !this.#isStopped) {
      const answer = isDone();
      if (answer !== false) {
        return answer === true;
      }
      await pause(clock, lookEveryMs);
    }
    return false;
  }

  async #order(router: string, action: 'divert' | 'restore', owner: string): Promise<void> {
    const { clock, submit } = this.#options;
    await submit({
      type: 'override-set',
      site: drillSiteName(router),
      action,
      owner,
      reason: reasonOf(router),
      expiresAt: clock.now() + orderMs,
    });
  }

  /** The last words of the incident say what went wrong; a router's own error says it better. */
  #trouble(router: string): string {
    const { incidents, routers, sites } = this.#options.state();
    const incident = incidents[sites.get(drillSiteName(router))?.incident ?? ''];
    return (
      routers[router]?.error ??
      routers[router]?.failure?.message ??
      incident?.timeline.at(-1)?.text ??
      `it was not done within ${halfMs / 1000} s`
    );
  }

  async #remember(record: DrillRecord): Promise<void> {
    const { log, metrics, store } = this.#options;
    const { router, isPassed, startedAt, endedAt } = record;
    metrics.drills.inc({ router, result: isPassed ? 'passed' : 'failed' });
    await this.#tell(record, false);
    try {
      await store.put('drill', `${router}-${startedAt}`, record);
    } catch (error) {
      log.error({ router, err: errorChain(error) }, 'A drill stands in no history');
    }
    log.info({ router, isPassed, tookMs: endedAt - startedAt }, 'A drill was held');
  }

  async #tell(record: DrillRecord, isRemembered: boolean): Promise<void> {
    const { metrics, submit } = this.#options;
    const { router, owner, endedAt: at, isPassed, steps } = record;
    if (isPassed) {
      metrics.drillLastSuccess.set({ router }, at / 1000);
    }
    const failed = steps.find((step) => !step.isPassed);
    const took = steps.map(({ step, tookMs }) => `${step} ${(tookMs / 1000).toFixed(1)} s`);
    const detail = failed === undefined ? took.join(', ') : `${failed.step}: ${failed.detail}`;
    await submit({
      type: 'drill-finished',
      router,
      owner,
      at,
      isPassed,
      detail,
      ...(isRemembered ? { isRemembered: true } : {}),
    });
  }

  async #stored(): Promise<readonly DrillRecord[]> {
    const { log, parse, store } = this.#options;
    try {
      const documents = await store.list('drill', { limit: maxHistory });
      return documents.flatMap(({ value }) => parse(value) ?? []);
    } catch (error) {
      log.warn({ err: errorChain(error) }, 'Earlier drills could not be read');
      return [];
    }
  }
}
