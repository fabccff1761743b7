import { formatDuration } from '../lib/duration.ts';
import { DetourError, errorCode } from '../lib/errors.ts';
import { minute, second } from '../lib/time.ts';
import type { Clock } from '../ports/clock.ts';

/** A router that refused our login is left alone for this long; twice as long at each further refusal. */
export const firstLoginPauseMs = 30 * second;

/** Three tries in a quarter of an hour: fewer than what locks an account on most RADIUS and TACACS+ servers. */
export const longestLoginPauseMs = 5 * minute;

interface Refusal {
  readonly error: unknown;
  readonly times: number;
  readonly untilMs: number;
}

/**
 * Keeps a router that refused our login from being asked every few seconds: each try with a wrong password counts towards
 * the lock of the account, and fills the log of the router and of its RADIUS or TACACS+ server.
 */
export class LoginPause {
  readonly #router: string;
  readonly #clock: Clock;
  #refusal: Refusal | undefined;

  constructor(router: string, clock: Clock) {
    this.#router = router;
    this.#clock = clock;
  }

  /** Throws while the router is to be left alone. */
  check(): void {
    const refusal = this.#refusal;
    if (refusal === undefined || this.#clock.monotonicMs() >= refusal.untilMs) {
      return;
    }
    const times = refusal.times === 1 ? 'once' : `${refusal.times} times in a row`;
    const pause = formatDuration(pauseMs(refusal.times));
    throw new DetourError(
      `The login on ${this.#router} was refused ${times}; it is tried every ${pause} at most, lest the account be locked ("detour routers ${this.#router}" tries it now)`,
      { code: 'DETOUR_TRANSPORT_AUTH_FAILED', cause: refusal.error },
    );
  }

  /** Lets the next operation try: a person asks, and may have mended it. */
  lift(): void {
    if (this.#refusal !== undefined) {
      this.#refusal = { ...this.#refusal, untilMs: 0 };
    }
  }

  /** Takes in that the router did as it was told, so it let us in. */
  onWell(): void {
    this.#refusal = undefined;
  }

  /** Takes in that an operation failed; only a refused login makes it wait. */
  onFailed(error: unknown): void {
    if (errorCode(error) === 'DETOUR_TRANSPORT_AUTH_FAILED') {
      const times = (this.#refusal?.times ?? 0) + 1;
      this.#refusal = { error, times, untilMs: this.#clock.monotonicMs() + pauseMs(times) };
    }
  }
}

function pauseMs(times: number): number {
  return Math.min(longestLoginPauseMs, firstLoginPauseMs * 2 ** (times - 1));
}
