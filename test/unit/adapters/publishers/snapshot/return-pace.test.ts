import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  defaultReturnPace,
  paceText,
} from '../../../../../src/adapters/publishers/snapshot/return-pace.ts';
import { minute, second } from '../../../../../src/lib/time.ts';

const folder = new URL(
  '../../../../../src/adapters/publishers/snapshot/templates/',
  import.meta.url,
);

interface Due {
  readonly at: number;
  readonly act: () => unknown;
}

/** A crowd of pages, each running the real script against one clock and one site that comes back at a time. */
class Crowd {
  readonly returns: number[] = [];
  readonly #script: ReturnType<typeof compileFunction>;
  readonly #siteBackAt: number;
  readonly #due: Due[][] = [];
  #now = 0;
  looks = 0;

  constructor(script: string, siteBackAt: number) {
    this.#siteBackAt = siteBackAt;
    this.#script = compileFunction(readFileSync(new URL(script, folder), 'utf8'), [
      'document',
      'location',
      'setTimeout',
      'fetch',
    ]);
  }

  /** Opens a page now or later; `mark` is what the notice plane adds to the answer to a form. */
  open(at: number, mark: object | null = null): void {
    this.#at(at, () => {
      const element = { dataset: {}, addEventListener: () => undefined };
      const document = {
        body: { dataset: { pace: paceText(defaultReturnPace) } },
        documentElement: { lang: 'en' },
        hidden: false,
        getElementById: () => element,
        querySelector: () => mark,
        addEventListener: () => undefined,
      };
      const location = {
        href: 'http://site/',
        pathname: '/',
        hash: '',
        replace: () => this.returns.push(this.#now),
      };
      const later = (act: () => unknown, ms: number): number => {
        this.#at(this.#now + ms, act);
        return 1;
      };
      Reflect.apply(this.#script, undefined, [document, location, later, () => this.#look()]);
    });
  }

  /** Lets time pass, a second at a time. */
  async run(durationMs: number): Promise<void> {
    for (let bucket = 0; bucket <= durationMs / second; bucket += 1) {
      const due = (this.#due[bucket] ?? []).sort((one, other) => one.at - other.at);
      for (const { at, act } of due) {
        this.#now = at;
        act();
      }
      // What the pages do with the answers they were given in this second.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The largest share of the crowd that came back in any 10 s. */
  worstShare(size: number): number {
    const sorted = this.returns.toSorted((one, other) => one - other);
    let first = 0;
    let most = 0;
    for (const [index, at] of sorted.entries()) {
      while (at - (sorted[first] ?? 0) > 10 * second) {
        first += 1;
      }
      most = Math.max(most, index - first + 1);
    }
    return most / size;
  }

  async #look(): Promise<{ readonly headers: Map<string, string>; readonly status: number }> {
    this.looks += 1;
    const isBack = this.#now >= this.#siteBackAt;
    return {
      headers: new Map(isBack ? [] : [['Detour-Notice', 'x']]),
      status: isBack ? 200 : 503,
    };
  }

  #at(at: number, act: () => unknown): void {
    // Never in the second that is being played: what is due in it has been taken out already.
    const bucket = Math.max(Math.floor(at / second), Math.floor(this.#now / second) + 1);
    this.#due[bucket] ??= [];
    this.#due[bucket]?.push({ at, act });
  }
}

const crowdSize = 10_000;
const allAtOnce = (): number => 1;
const overTenMinutes = (index: number): number => (index * 10 * minute) / crowdSize;

describe('a waiting crowd of 10,000', { timeout: 60_000 }, () => {
  it.each([
    ['return.js', 'all came at once and the site is back at once', allAtOnce, 2 * second],
    ['return.js', 'all came at once and the site is back later', allAtOnce, 5 * minute],
    ['return.js', 'they came one by one', overTenMinutes, 10 * minute],
    ['small.js', 'all came at once and the site is back at once', allAtOnce, 2 * second],
    ['small.js', 'they came one by one', overTenMinutes, 10 * minute],
  ])(
    'comes back by %s with at most a tenth in any 10 s when %s',
    async (script, _, cameAt, backAt) => {
      const crowd = new Crowd(script, backAt);
      for (let index = 0; index < crowdSize; index += 1) {
        crowd.open(cameAt(index));
      }

      await crowd.run(backAt + 4 * minute);

      expect(crowd.returns).toHaveLength(crowdSize);
      expect(crowd.worstShare(crowdSize)).toBeLessThanOrEqual(0.1);
    },
  );

  it.each(['return.js', 'small.js'])('stays with %s where a form was sent', async (script) => {
    const crowd = new Crowd(script, 2 * second);
    crowd.open(1, { isThere: true });

    await crowd.run(5 * minute);

    expect(crowd.looks).toBe(1);
    expect(crowd.returns).toEqual([]);
  });
});
