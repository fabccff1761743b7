import { second } from '../lib/time.ts';
import type { HostHelper, HostStatus } from '../ports/host-helper.ts';

/** A helper that hangs must not hold up a status or a new snapshot. */
const askWithinMs = second;

/** What the helper of this host says, for the notice process's own status; null when there is none. */
export class HostWatch {
  readonly #helper: HostHelper | undefined;

  constructor(helper: HostHelper | undefined) {
    this.#helper = helper;
  }

  /** Never rejects. */
  async status(): Promise<HostStatus | null> {
    return await this.#ask('status');
  }

  /** Resolves when the host takes every diverted address, or could not say so in time. Never rejects. */
  async follow(): Promise<HostStatus | null> {
    return await this.#ask('follow');
  }

  async #ask(what: 'status' | 'follow'): Promise<HostStatus | null> {
    try {
      return (await this.#helper?.[what](AbortSignal.timeout(askWithinMs))) ?? null;
    } catch {
      // No helper on this host, or one that hangs: the addresses may be taken by other means.
      return null;
    }
  }
}
