import { second } from '../lib/time.ts';
import type { SiteAccount } from './site-account.ts';

/** Counts the sites that visitors come to in this second and the last: those that share what there is. */
export class ActiveSites {
  #second = -1;
  #now = 0;
  #before = 0;

  /** Counts a site, once a second. */
  see(account: SiteAccount, nowMs: number): void {
    this.#roll(nowMs);
    if (account.seenSecond !== this.#second) {
      account.seenSecond = this.#second;
      this.#now += 1;
    }
  }

  /** At least 1. */
  count(nowMs: number): number {
    this.#roll(nowMs);
    return Math.max(1, this.#now, this.#before);
  }

  #roll(nowMs: number): void {
    const current = Math.floor(nowMs / second);
    if (current !== this.#second) {
      this.#before = current === this.#second + 1 ? this.#now : 0;
      this.#now = 0;
      this.#second = current;
    }
  }
}
