import type { EpochMs } from './time.ts';

/** A step of the wall clock is taken over at this share of the time that passes. */
const pursuit = 0.1;

/**
 * Wall time in which a difference is a duration: it never goes back and never leaps.
 * Decisions compare moments ("120 s without a failure"), so a wall clock that somebody steps by a day must neither end
 * a hold-down early nor keep a site behind its notice for a day. The step is followed gently until both agree again.
 */
export class SteadyTime {
  readonly #wall: () => EpochMs;
  readonly #monotonicMs: () => number;
  #now: number;
  #readAtMs: number;

  constructor(wall: () => EpochMs, monotonicMs: () => number) {
    this.#wall = wall;
    this.#monotonicMs = monotonicMs;
    this.#now = wall();
    this.#readAtMs = monotonicMs();
  }

  now(): EpochMs {
    const atMs = this.#monotonicMs();
    const passedMs = atMs - this.#readAtMs;
    const mostMs = passedMs * pursuit;
    const apartMs = this.#wall() - (this.#now + passedMs);
    this.#readAtMs = atMs;
    this.#now += passedMs + Math.max(-mostMs, Math.min(mostMs, apartMs));
    return Math.round(this.#now);
  }
}
