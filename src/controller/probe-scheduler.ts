import type { ProbePath, ProbeResult } from '../core/probe-result.ts';
import { countedPath, type State } from '../core/state.ts';
import { MinHeap } from '../lib/min-heap.ts';
import type { Timer } from '../ports/clock.ts';
import { type AttemptOptions, attemptProbe } from './probe-attempt.ts';
import { firstDelayMs, gapMs } from './probe-cadence.ts';
import { countProbe, forgetProbe, type ProbeMetrics } from './probe-meter.ts';
import { ProbeRoster, phaseOf } from './probe-roster.ts';
import type { ScheduledTarget } from './probe-targets.ts';
import { TwoLaneQueue } from './two-lane-queue.ts';

/** Most probes at once: well under the usual 1,024 descriptors of a process, and enough for 600 targets that answer nothing for 3 s every 10 s. */
export const defaultMaxConcurrent = 200;

/** A change of phase reaches the schedule within this time: to search 5,000 sites takes 1 ms, too much after each of 500 results a second. */
const reviewEveryMs = 50;

export interface FinishedProbe {
  readonly site: string;
  readonly probe: string;
  readonly address: string;
  readonly path: ProbePath;
  readonly result: ProbeResult;
}

export interface ProbeSchedulerOptions extends AttemptOptions {
  /** Random numbers of 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Hears of every finished probe, except of those nobody asks for any more. */
  readonly onResult: (finished: FinishedProbe) => void;
  readonly metrics?: ProbeMetrics;
  readonly maxConcurrent?: number;
}

/**
 * Probes every target at the pace that its site's phase asks for, never twice at once.
 * A moment that was missed is not made up for: the target is probed once, and goes on from there.
 */
export class ProbeScheduler {
  readonly #options: ProbeSchedulerOptions;
  readonly #maxConcurrent: number;
  readonly #roster: ProbeRoster;
  readonly #planned = new MinHeap<ScheduledTarget>((a, b) => a.dueAt < b.dueAt);
  readonly #queue = new TwoLaneQueue<ScheduledTarget>();
  readonly #running = new Set<Promise<void>>();
  #state: State | undefined;
  #wake: { readonly at: number; readonly timer: Timer } | undefined;
  #reviewTimer: Timer | undefined;
  #reviewedAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(options: ProbeSchedulerOptions) {
    const { metrics } = options;
    this.#options = options;
    this.#maxConcurrent = options.maxConcurrent ?? defaultMaxConcurrent;
    this.#roster = new ProbeRoster({
      place: (target): void => this.#place(target),
      cancel: (target): void => target.running?.abort(),
      drop: (target): void => this.#drop(target),
      forget: (site, probe): void => {
        if (metrics !== undefined) {
          forgetProbe(metrics, site, probe);
        }
      },
    });
  }

  /** Takes the state after an event into account: sites at once, phases within 50 ms. Cheap when neither changed. */
  apply(state: State): void {
    const before = this.#state;
    if (this.#isStopped || before === state) {
      return;
    }
    this.#state = state;
    if (before?.config.sites !== state.config.sites) {
      this.#roster.replaceSites(state);
    }
    if (before?.sites !== state.sites) {
      this.#reviewSoon(state);
    }
    this.#arm();
  }

  /** Probes every target of these sites as soon as there is room; one whose probe is under way is probed again when it ends. */
  probeNow(sites: readonly string[]): void {
    for (const site of sites) {
      for (const target of this.#roster.targetsOf(site)) {
        this.#hasten(target);
      }
    }
    this.#startWaiting();
    this.#arm();
  }

  /** Starts nothing more, cancels what is under way, and resolves when all of it has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.timer.cancel();
    this.#reviewTimer?.cancel();
    for (const target of this.#roster.targets()) {
      target.running?.abort();
    }
    await Promise.all(this.#running);
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }

  #reviewSoon(state: State): void {
    const waitMs = this.#reviewedAt + reviewEveryMs - this.#now();
    if (waitMs <= 0) {
      this.#reviewedAt = this.#now();
      this.#roster.review(state);
      return;
    }
    this.#reviewTimer ??= this.#options.clock.setTimer(waitMs, () => {
      this.#reviewTimer = undefined;
      this.#reviewSoon(this.#state ?? state);
      this.#arm();
    });
  }

  /** Finds the next start of a target that waits for one; what is queued or under way finds it afterwards. */
  #place(target: ScheduledTarget): void {
    if (target.standing !== 'new' && target.standing !== 'planned') {
      return;
    }
    const now = this.#now();
    const { key, intervalMs, lastStart, draw } = target;
    target.dueAt =
      lastStart === undefined
        ? now + firstDelayMs(key, intervalMs, this.#roster.size)
        : Math.max(now, lastStart + gapMs(intervalMs, draw));
    target.standing = 'planned';
    this.#planned.put(target);
  }

  #drop(target: ScheduledTarget): void {
    this.#planned.remove(target);
    this.#queue.delete(target);
    target.standing = 'gone';
    target.running?.abort();
  }

  #hasten(target: ScheduledTarget): void {
    if (target.standing === 'running') {
      target.isWantedAgain = true;
      return;
    }
    target.dueAt = Math.min(target.dueAt, this.#now());
    this.#enqueue(target, true);
  }

  #enqueue(target: ScheduledTarget, isUrgent: boolean): void {
    this.#planned.remove(target);
    target.standing = 'queued';
    this.#queue.add(target, isUrgent);
  }

  #arm(): void {
    const at = this.#planned.peek()?.dueAt;
    if (this.#isStopped || at === this.#wake?.at) {
      return;
    }
    this.#wake?.timer.cancel();
    this.#wake =
      at === undefined
        ? undefined
        : { at, timer: this.#options.clock.setTimer(at - this.#now(), () => this.#onWake()) };
  }

  #onWake(): void {
    this.#wake = undefined;
    const now = this.#now();
    for (
      let next = this.#planned.peek();
      next !== undefined && next.dueAt <= now;
      next = this.#planned.peek()
    ) {
      this.#take(next, now);
    }
    this.#startWaiting();
    this.#arm();
  }

  #take(target: ScheduledTarget, now: number): void {
    const isMissed = now - target.dueAt > target.intervalMs / 2;
    if (isMissed && !target.isPostponed) {
      // We stood still. Everything missed would start at once now, and stay in step from then on.
      target.isPostponed = true;
      target.dueAt = now + firstDelayMs(target.key, target.intervalMs, this.#roster.size);
      this.#planned.put(target);
    } else {
      this.#enqueue(target, false);
    }
  }

  #startWaiting(): void {
    while (!this.#isStopped && this.#running.size < this.#maxConcurrent) {
      const target = this.#queue.take();
      if (target === undefined) {
        return;
      }
      const run = this.#run(target).finally(() => {
        this.#running.delete(run);
        this.#startWaiting();
        this.#arm();
      });
      this.#running.add(run);
    }
  }

  async #run(target: ScheduledTarget): Promise<void> {
    const { metrics, onResult, random } = this.#options;
    const { site, spec, address } = target;
    const running = new AbortController();
    const startedAt = this.#now();
    metrics?.probeLag.observe(Math.max(0, startedAt - target.dueAt) / 1000);
    target.standing = 'running';
    target.running = running;
    target.isPostponed = false;
    target.lastStart = startedAt;
    target.draw = random();
    const path = this.#pathOf(target);
    const result = await attemptProbe(this.#options, target, path, running.signal);
    target.running = undefined;
    this.#planAgain(target);
    if (running.signal.aborted || this.#isStopped) {
      return;
    }
    if (metrics !== undefined) {
      countProbe(metrics, { site: site.name, probe: spec.name, result });
    }
    onResult({ site: site.name, probe: spec.name, address, path, result });
  }

  #planAgain(target: ScheduledTarget): void {
    if (target.standing === 'gone') {
      return;
    }
    target.standing = 'planned';
    if (target.isWantedAgain) {
      target.isWantedAgain = false;
      this.#hasten(target);
    } else {
      this.#place(target);
    }
  }

  #pathOf({ site, address }: ScheduledTarget): ProbePath {
    return this.#state === undefined
      ? 'address'
      : countedPath(phaseOf(this.#state, site.name), site, address);
  }
}
