import { second } from '../lib/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { RouterRunner } from './router-runner.ts';

/** So often it is looked whether a lease is due: nothing is sent where none is. */
const lookEveryMs = second;

/** Has every router told in time how long its routes are to stand without us, for the sites that fall back. */
export class RouteLeaseKeeper {
  readonly #clock: Clock;
  readonly #runners: ReadonlyMap<string, Pick<RouterRunner, 'isLeaseDue' | 'renewLease'>>;
  readonly #underWay = new Set<string>();
  #timer: Timer | undefined;

  constructor(
    clock: Clock,
    runners: ReadonlyMap<string, Pick<RouterRunner, 'isLeaseDue' | 'renewLease'>>,
  ) {
    this.#clock = clock;
    this.#runners = runners;
  }

  start(): void {
    this.#timer = this.#clock.setTimer(lookEveryMs, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    for (const [name, runner] of this.#runners) {
      if (!this.#underWay.has(name) && runner.isLeaseDue()) {
        this.#underWay.add(name);
        void runner.renewLease().finally(() => this.#underWay.delete(name));
      }
    }
  }
}
