import { createPublicKey } from 'node:crypto';
import { openSystemClock } from '../../adapters/clock/system-clock.ts';
import { openProbers } from '../../adapters/probers/registry.ts';
import type { Assignment } from '../../api/vantages/schema.ts';
import { type FinishedProbe, ProbeScheduler } from '../../controller/probe-scheduler.ts';
import { StallWatch } from '../../controller/stall-watch.ts';
import type { Log } from '../../lib/log.ts';
import { second } from '../../lib/time.ts';
import type { Timer } from '../../ports/clock.ts';
import { userAgent } from '../version.ts';
import { ControllerLink } from './controller-link.ts';
import { vantageState } from './vantage-state.ts';

/** A change of phase, and with it of pace and path, is heard of within this time. */
const askEveryMs = second;

export interface VantageOptions {
  readonly name: string;
  /** Every controller: each must know what is seen, as any may come to lead. */
  readonly urls: readonly string[];
  readonly tokenFile: string;
  readonly log: Log;
}

/** Probes from another place what a controller tells, and reports what it sees to all of them. */
export class Vantage implements AsyncDisposable {
  readonly #options: VantageOptions;
  readonly #clock = openSystemClock();
  readonly #stalls = new StallWatch({ clock: this.#clock });
  readonly #links: readonly ControllerLink[];
  #scheduler: ProbeScheduler | undefined;
  #markerKey: string | null | undefined;
  #last: Assignment | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: VantageOptions) {
    const { name: vantage, urls, tokenFile, log } = options;
    this.#options = options;
    const clock = this.#clock;
    this.#links = urls.map((url) => new ControllerLink({ vantage, url, tokenFile, clock, log }));
  }

  /** Begins; resolves after the first answer, or when no controller gave one. */
  async start(): Promise<void> {
    this.#stalls.start();
    await this.#ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#stalls.stop();
    for (const link of this.#links) {
      link.stop();
    }
    await this.#scheduler?.stop();
  }

  async #ask(): Promise<void> {
    const answers = await Promise.all(this.#links.map((link) => link.assignment()));
    const known = answers.filter((answer) => answer !== undefined);
    // A controller that stands by does not know the phases of the sites; without a leader the last word stands.
    const assignment = known.find(({ isLeader }) => isLeader) ?? this.#last ?? known[0];
    if (this.#isStopped) {
      return;
    }
    if (assignment !== undefined && assignment !== this.#last) {
      this.#last = assignment;
      await this.#follow(assignment);
    }
    this.#timer = this.#clock.setTimer(askEveryMs, () => {
      void this.#ask();
    });
  }

  async #follow(assignment: Assignment): Promise<void> {
    if (this.#scheduler === undefined || this.#markerKey !== assignment.markerKey) {
      await this.#scheduler?.stop();
      this.#markerKey = assignment.markerKey;
      this.#scheduler = this.#openScheduler(assignment.markerKey);
      this.#options.log.info(
        { sites: assignment.sites.length },
        'Probes what the controller tells',
      );
    }
    this.#scheduler.apply(vantageState(assignment, this.#clock.now()));
  }

  #openScheduler(markerKey: string | null): ProbeScheduler {
    const clock = this.#clock;
    const key = markerKey === null ? {} : { markerKey: createPublicKey(markerKey) };
    return new ProbeScheduler({
      clock,
      probers: openProbers({ clock, userAgent, ...key }),
      stalls: this.#stalls,
      random: Math.random,
      onResult: (finished): void => this.#report(finished),
    });
  }

  #report(finished: FinishedProbe): void {
    const ageMs = this.#clock.now() - finished.result.startedAt;
    const startedAtMs = this.#clock.monotonicMs() - Math.max(0, ageMs);
    for (const link of this.#links) {
      link.send({ finished, startedAtMs });
    }
  }
}
