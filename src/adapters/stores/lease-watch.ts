/** A lease as it lies in a store. Every grant and every renewal is a new version; versions have no gap. */
export interface LeaseRecord {
  readonly version: number;
  readonly holder: string;
  /** Grows with every change of holder. */
  readonly token: number;
  /** How long the holder means to keep it without a renewal. */
  readonly ttlMs: number;
  readonly isReleased: boolean;
}

export interface LeaseBid {
  readonly holder: string;
  readonly ttlMs: number;
}

/**
 * Decides who may write the next version of a lease, with no clock but our own monotonic one:
 * a lease that we have not seen change for its whole time may be taken. Clocks of other machines may be wrong by any amount.
 * Stores then write the version if nobody else has, which settles races.
 */
export class LeaseWatch {
  readonly #monotonicMs: () => number;
  readonly #seen = new Map<string, { readonly version: number; readonly since: number }>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** The version to write, or undefined while another may hold the lease. Call it after the head was read, never before. */
  next(name: string, head: LeaseRecord | undefined, bid: LeaseBid): LeaseRecord | undefined {
    const { holder, ttlMs } = bid;
    const version = (head?.version ?? 0) + 1;
    const isOurs = head?.holder === holder && !head.isReleased;
    if (!isOurs && head !== undefined && !head.isReleased && !this.#isStill(name, head)) {
      return undefined;
    }
    const token = isOurs ? head.token : (head?.token ?? 0) + 1;
    return { version, holder, token, ttlMs, isReleased: false };
  }

  /** The version that gives the lease up, or undefined when this holder does not have it. */
  release(head: LeaseRecord | undefined, holder: string): LeaseRecord | undefined {
    return head === undefined || head.holder !== holder || head.isReleased
      ? undefined
      : { ...head, version: head.version + 1, isReleased: true };
  }

  /** True when this version has been the newest for its whole time, as far as we saw. */
  #isStill(name: string, { version, ttlMs }: LeaseRecord): boolean {
    const now = this.#monotonicMs();
    const seen = this.#seen.get(name);
    if (seen?.version !== version) {
      this.#seen.set(name, { version, since: now });
      return false;
    }
    return now - seen.since >= ttlMs;
  }
}
