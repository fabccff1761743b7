import { second } from '../../src/lib/time.ts';

/** What one vantage has told about one site, counted apart from the core. */
interface Testimony {
  passes: number;
  fails: number;
  isDown: boolean;
  lastAtMs: number;
}

/**
 * After three slow intervals and a time-out (33 s here) without a word a vantage says nothing about now. The witness's
 * clock is not the core's, which follows a step of the wall clock: what lies between these two, either may have right.
 */
const surelyStaleMs = 40 * second;
const surelyFreshMs = 30 * second;

/**
 * Sees what the vantages tell and what is decided, and judges by its own book: the thresholds are written down here
 * again, so that an error in the core's arithmetic cannot excuse itself.
 */
export class Witness {
  readonly #rise = 5;
  readonly #fall = 3;
  /** 10 s, less what the clock may gain while it follows a step of the wall clock. */
  readonly #perMs = 9 * second;
  readonly #told = new Map<string, Map<string, Testimony>>();
  #begunAtMs: readonly number[] = [];

  /** Hears a conclusive result. */
  hear(site: string, vantage: string, isPass: boolean, atMs: number): void {
    const views = this.#told.get(site) ?? new Map<string, Testimony>();
    this.#told.set(site, views);
    const view = views.get(vantage) ?? { passes: 0, fails: 0, isDown: false, lastAtMs: atMs };
    views.set(vantage, view);
    view.passes = isPass ? view.passes + 1 : 0;
    view.fails = isPass ? 0 : view.fails + 1;
    view.isDown = view.fails >= this.#fall || (view.isDown && view.passes < this.#rise);
    view.lastAtMs = atMs;
  }

  /** True when enough vantages, and more than half of all, have lately seen the site fail often enough in a row. */
  hasSeenDown(site: string, vantages: number, nowMs: number): boolean {
    const live = this.#live(site, nowMs);
    const down = live.filter(({ isDown }) => isDown).length;
    return live.length * 2 > vantages && down >= Math.max(1, (live.length * 2) / 3);
  }

  /** True when every vantage that has lately spoken saw the site pass often enough in a row. */
  hasSeenUp(site: string, vantages: number, nowMs: number): boolean {
    const speaking = this.#live(site, nowMs, surelyFreshMs);
    return (
      this.#live(site, nowMs).length * 2 > vantages &&
      speaking.every(({ passes }) => passes >= this.#rise)
    );
  }

  /** Notes that automation began a diversion; true when the one before is long enough ago. */
  begin(atMs: number): boolean {
    const recent = this.#begunAtMs.filter((at) => atMs - at < this.#perMs);
    this.#begunAtMs = [...recent, atMs];
    return recent.length === 0;
  }

  #live(site: string, nowMs: number, withinMs = surelyStaleMs): readonly Testimony[] {
    return [...(this.#told.get(site)?.values() ?? [])].filter(
      ({ lastAtMs }) => nowMs - lastAtMs <= withinMs,
    );
  }
}
