import { errorCode } from '../../lib/errors.ts';
import type { EpochMs } from '../../lib/time.ts';
import type { DocumentKind, Lease, ListOptions, Store, Stored } from '../../ports/store.ts';

/** A store that tells after each act whether it could be reached. */
export class WatchedStore implements Store {
  readonly #store: Store;
  readonly #onAct: (error?: unknown) => void;

  /** `onAct` hears after each act: nothing when it was answered, else why it could not be reached. */
  constructor(store: Store, onAct: (error?: unknown) => void) {
    this.#store = store;
    this.#onAct = onAct;
  }

  get(kind: DocumentKind, id: string): Promise<Stored | undefined> {
    return this.#watch(this.#store.get(kind, id));
  }

  list(kind: DocumentKind, options: ListOptions): Promise<readonly Stored[]> {
    return this.#watch(this.#store.list(kind, options));
  }

  put(kind: DocumentKind, id: string, value: unknown, expectedVersion?: number): Promise<Stored> {
    return this.#watch(this.#store.put(kind, id, value, expectedVersion));
  }

  remove(kind: DocumentKind, id: string): Promise<boolean> {
    return this.#watch(this.#store.remove(kind, id));
  }

  prune(kind: DocumentKind, before: EpochMs): Promise<number> {
    return this.#watch(this.#store.prune(kind, before));
  }

  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    return this.#watch(this.#store.acquireLease(name, holder, ttlMs));
  }

  releaseLease(name: string, holder: string): Promise<void> {
    return this.#watch(this.#store.releaseLease(name, holder));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]();
  }

  async #watch<T>(act: Promise<T>): Promise<T> {
    try {
      const result = await act;
      this.#onAct();
      return result;
    } catch (error) {
      this.#onAct(errorCode(error) === 'DETOUR_STORE_UNAVAILABLE' ? error : undefined);
      throw error;
    }
  }
}
