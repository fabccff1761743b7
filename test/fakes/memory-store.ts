import { conflict, encodeValue } from '../../src/adapters/stores/document-value.ts';
import { type LeaseRecord, LeaseWatch } from '../../src/adapters/stores/lease-watch.ts';
import { DetourError } from '../../src/lib/errors.ts';
import type { EpochMs } from '../../src/lib/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DocumentKind, Lease, ListOptions, Store, Stored } from '../../src/ports/store.ts';

interface MemoryDocument {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: EpochMs;
  readonly text: string;
}

/** What several memory stores share, as controllers share one database. */
export class SharedMemory {
  readonly documents = new Map<string, MemoryDocument>();
  readonly leases = new Map<string, LeaseRecord>();
  /** False: every call is refused, as by a store that is down. */
  isUp = true;
}

/** A store in memory, for tests about something else than the store. */
export class MemoryStore implements Store {
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly #watch: LeaseWatch;
  readonly shared: SharedMemory;

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>, shared = new SharedMemory()) {
    this.#clock = clock;
    this.#watch = new LeaseWatch(() => clock.monotonicMs());
    this.shared = shared;
  }

  get(kind: DocumentKind, id: string): Promise<Stored | undefined> {
    return this.#act(() =>
      typeof id === 'string' ? this.#stored(this.shared.documents.get(`${kind} ${id}`)) : undefined,
    );
  }

  list(kind: DocumentKind, { limit }: ListOptions): Promise<readonly Stored[]> {
    return this.#act(() =>
      [...this.shared.documents]
        .filter(([key]) => key.startsWith(`${kind} `))
        .map(([, document]) => document)
        .sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1))
        .slice(0, limit)
        .flatMap((document) => this.#stored(document) ?? []),
    );
  }

  put(kind: DocumentKind, id: string, value: unknown, expectedVersion?: number): Promise<Stored> {
    return this.#act(() => {
      const text = encodeValue(kind, id, value);
      const found = this.shared.documents.get(`${kind} ${id}`)?.version ?? 0;
      if (expectedVersion !== undefined && expectedVersion !== found) {
        throw conflict(kind, id, expectedVersion);
      }
      const document = { id, version: found + 1, updatedAt: this.#clock.now(), text };
      this.shared.documents.set(`${kind} ${id}`, document);
      return { id, version: found + 1, updatedAt: document.updatedAt, value: JSON.parse(text) };
    });
  }

  remove(kind: DocumentKind, id: string): Promise<boolean> {
    return this.#act(() => this.shared.documents.delete(`${kind} ${id}`));
  }

  prune(kind: DocumentKind, before: EpochMs): Promise<number> {
    return this.#act(() => {
      const old = [...this.shared.documents].filter(
        ([key, { updatedAt }]) => key.startsWith(`${kind} `) && updatedAt < before,
      );
      for (const [key] of old) {
        this.shared.documents.delete(key);
      }
      return old.length;
    });
  }

  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    return this.#act(() => {
      const next = this.#watch.next(name, this.shared.leases.get(name), { holder, ttlMs });
      if (next !== undefined) {
        this.shared.leases.set(name, next);
      }
      return next === undefined ? undefined : { holder, token: next.token };
    });
  }

  releaseLease(name: string, holder: string): Promise<void> {
    return this.#act(() => {
      const next = this.#watch.release(this.shared.leases.get(name), holder);
      if (next !== undefined) {
        this.shared.leases.set(name, next);
      }
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #act<T>(act: () => T): Promise<T> {
    if (!this.shared.isUp) {
      throw new DetourError('Could not reach the store memory', {
        code: 'DETOUR_STORE_UNAVAILABLE',
        retryable: true,
      });
    }
    return await Promise.resolve(act());
  }

  #stored(document: MemoryDocument | undefined): Stored | undefined {
    if (document === undefined) {
      return undefined;
    }
    const { text, ...rest } = document;
    return { ...rest, value: JSON.parse(text) };
  }
}
