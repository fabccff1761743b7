import type { Route, RouterReading } from '../../src/core/route-plan.ts';
import { second } from '../../src/lib/time.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { RouteLease } from '../../src/ports/route-driver.ts';

/** As the timers of real routers do: so often, and with this pause in between. */
const attempts = 7;
export const attemptPauseMs = 10 * second;

/** What a router does by itself about the routes that nobody renews, and what it tells of it. */
export class DeadMan {
  readonly #clock: Clock;
  readonly #takeBack: (routes: readonly Route[]) => void;
  #lease: { readonly routes: readonly Route[]; readonly timer: Timer } | undefined;
  #lapsed: { readonly routes: readonly Route[]; timer: Timer } | undefined;

  constructor(clock: Clock, takeBack: (routes: readonly Route[]) => void) {
    this.#clock = clock;
    this.#takeBack = takeBack;
  }

  /** Takes a lease in place of the one before; false while the caller has not read that the one before ran out. */
  take({ routes, forMs, isLapseKnown }: RouteLease): boolean {
    if (this.#lapsed !== undefined && !isLapseKnown) {
      return false;
    }
    this.#lapsed?.timer.cancel();
    this.#lapsed = undefined;
    this.#lease?.timer.cancel();
    const end = (): void => this.#lapse(routes);
    this.#lease =
      routes.length === 0 ? undefined : { routes, timer: this.#clock.setTimer(forMs, end) };
    return true;
  }

  /** True while the router is going to take this route back. */
  holds({ prefix, nextHop }: Route): boolean {
    return (
      this.#lease?.routes.some((one) => one.prefix === prefix && one.nextHop === nextHop) === true
    );
  }

  reading(): Pick<RouterReading, 'holdsLease' | 'lapsed'> {
    return {
      ...(this.#lease === undefined ? {} : { holdsLease: true as const }),
      ...(this.#lapsed === undefined
        ? {}
        : { lapsed: this.#lapsed.routes.map(({ prefix }) => prefix) }),
    };
  }

  #lapse(routes: readonly Route[]): void {
    this.#lease = undefined;
    this.#attempt(routes, attempts);
  }

  #attempt(routes: readonly Route[], left: number): void {
    this.#takeBack(routes);
    const again = (): void => {
      if (left > 1) {
        this.#attempt(routes, left - 1);
      }
    };
    this.#lapsed = { routes, timer: this.#clock.setTimer(attemptPauseMs, again) };
  }
}
