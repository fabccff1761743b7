/** One static route statement of a Junos configuration. */
export interface JunosRoute {
  readonly prefix: string;
  readonly nextHops: readonly string[];
  readonly tag?: number;
}

/** One line of `show system commit`. */
export interface CommitRecord {
  readonly user: string;
  readonly client: string;
  readonly date: string;
  /** Minutes, for a `commit confirmed`; stays in the history for good. */
  readonly minutes?: number;
}

interface Pending {
  readonly before: readonly JunosRoute[];
  readonly timer: NodeJS.Timeout;
  readonly persistId?: string;
}

export interface CommitOptions {
  readonly user: string;
  readonly client: 'cli' | 'netconf';
  readonly minutes?: number;
  readonly persistId?: string;
}

/** The configuration database of a Junos device: one committed, one shared candidate, one lock, one history. */
export class JunosStore {
  committed: readonly JunosRoute[] = [];
  candidate: readonly JunosRoute[] = [];
  history: readonly CommitRecord[] = [
    { user: 'admin', client: 'cli', date: '2026-11-01 08:00:00 UTC', minutes: 5 },
  ];
  /** Who has the exclusive candidate: the very session, and its user's name. */
  lock: { readonly session: object; readonly user: string } | undefined;
  readonly #minuteMs: number;
  #previous: readonly JunosRoute[] = [];
  #pending: Pending | undefined;
  #commits = 0;

  constructor(minuteMs: number) {
    this.#minuteMs = minuteMs;
  }

  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  get pendingId(): string | undefined {
    return this.#pending?.persistId;
  }

  get isModified(): boolean {
    return JSON.stringify(this.candidate) !== JSON.stringify(this.committed);
  }

  /** What an operator does by hand, committed at once. */
  byHand(change: (routes: readonly JunosRoute[]) => readonly JunosRoute[]): void {
    this.committed = change(this.committed);
    this.candidate = this.committed;
  }

  /** Commits the candidate; an earlier commit that waited is confirmed by that. */
  commit(options: CommitOptions): void {
    const { user, client, minutes, persistId } = options;
    clearTimeout(this.#pending?.timer);
    this.#pending = undefined;
    this.#previous = this.committed;
    this.committed = this.candidate;
    this.#note({ user, client, ...(minutes === undefined ? {} : { minutes }) });
    if (minutes !== undefined) {
      const timer = setTimeout(() => this.revert(), minutes * this.#minuteMs);
      timer.unref();
      this.#pending = {
        before: this.#previous,
        timer,
        ...(persistId === undefined ? {} : { persistId }),
      };
    }
  }

  /** Makes a commit that waits stay, without another commit. */
  confirm(): void {
    clearTimeout(this.#pending?.timer);
    this.#pending = undefined;
  }

  /** The device goes back by itself. */
  revert(): void {
    if (this.#pending === undefined) {
      return;
    }
    clearTimeout(this.#pending.timer);
    this.committed = this.#pending.before;
    this.candidate = this.committed;
    this.#pending = undefined;
    this.#note({ user: 'root', client: 'other' });
  }

  rollback(steps: number): void {
    this.candidate = steps === 0 ? this.committed : this.#previous;
  }

  /** A session that ends gives its lock back, and with it what it has not committed. */
  release(session: object): void {
    if (this.lock?.session === session) {
      this.lock = undefined;
      this.candidate = this.committed;
    }
  }

  set(prefix: string, nextHop: string, tag: number): void {
    const old = this.candidate.find((route) => route.prefix === prefix);
    const others = this.candidate.filter((route) => route.prefix !== prefix);
    const nextHops = [...new Set([...(old?.nextHops ?? []), nextHop])];
    this.candidate = [...others, { prefix, nextHops, tag }];
  }

  /** False when there is nothing of that kind to delete. */
  delete(prefix: string, nextHop?: string): boolean {
    const old = this.candidate.find((route) => route.prefix === prefix);
    if (old === undefined || (nextHop !== undefined && !old.nextHops.includes(nextHop))) {
      return false;
    }
    const rest = this.candidate.filter((route) => route.prefix !== prefix);
    this.candidate =
      nextHop === undefined
        ? rest
        : [...rest, { ...old, nextHops: old.nextHops.filter((hop) => hop !== nextHop) }];
    return true;
  }

  #note(record: Omit<CommitRecord, 'date'>): void {
    this.#commits += 1;
    const date = new Date(Date.UTC(2026, 10, 24, 10, 0, this.#commits));
    const words = `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    this.history = [{ ...record, date: words }, ...this.history].slice(0, 50);
  }
}
