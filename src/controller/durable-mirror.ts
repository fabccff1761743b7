import type { DurableChange, DurableState } from '../core/durable.ts';
import { DetourError, errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store, Stored } from '../ports/store.ts';

/** More rows than one estate has: a row for each site, router and recent incident. */
const maxRows = 50_000;

/** Pause after the store could not be reached. */
const retryEveryMs = 2 * second;

export interface DurableMirrorOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Puts a state together from its rows; throws when a row does not hold what it must. */
  readonly parse: (rows: readonly DurableChange[]) => DurableState;
  /** True while this controller holds the lease. */
  readonly mayWrite: () => boolean;
  readonly log: Log;
}

function rowOf({ id, value }: Stored): DurableChange {
  const at = id.indexOf('/');
  const kind = (['site', 'ledger', 'incident', 'control'] as const).find(
    (known) => known === id.slice(0, at),
  );
  if (kind === undefined) {
    throw new DetourError(`The shared store holds a row of no known kind: ${id}`, {
      code: 'DETOUR_STORE_VALUE_REFUSED',
    });
  }
  return { kind, key: id.slice(at + 1), value };
}

/** Every row of a durable state. */
export function rowsOf(state: DurableState): readonly DurableChange[] {
  const { sites, ledgers, incidents, ...control } = state;
  const rows = (kind: DurableChange['kind'], values: object): readonly DurableChange[] =>
    Object.entries(values).map(([key, value]) => ({ kind, key, value }));
  return [
    ...rows('site', sites),
    ...rows('ledger', ledgers),
    ...rows('incident', incidents),
    ...rows('control', control),
  ];
}

/**
 * Copies what the leader makes durable into the shared store, for the controller that takes over from it.
 * The local journal stays the first place: no act waits for the copy. Writes carry the version they replace, so that a
 * leader of the past meets a conflict and stops instead of overwriting its successor.
 */
export class DurableMirror {
  readonly #options: DurableMirrorOptions;
  readonly #versions = new Map<string, number>();
  readonly #dirty = new Map<string, DurableChange>();
  #isLeading = false;
  #isWriting = false;
  #isPaused = false;
  #retry: Timer | undefined;

  constructor(options: DurableMirrorOptions) {
    this.#options = options;
  }

  /** Rows that the store does not have yet. */
  get backlog(): number {
    return this.#dirty.size;
  }

  /** What the leader before left, or undefined when there was none. Rejects with DETOUR_STORE_UNAVAILABLE. */
  async load(): Promise<DurableState | undefined> {
    const { store, parse } = this.#options;
    const found = await store.list('durable', { limit: maxRows });
    this.#versions.clear();
    for (const { id, version } of found) {
      this.#versions.set(id, version);
    }
    return found.length === 0 ? undefined : parse(found.map(rowOf));
  }

  /** Begins to copy, with the whole state first. */
  begin(state: DurableState): void {
    this.#isLeading = true;
    this.#dirty.clear();
    const kept = new Set(rowsOf(state).map(keyOf));
    const gone = [...this.#versions.keys()].filter((id) => !kept.has(id));
    this.note([
      ...rowsOf(state),
      ...gone.map((id) => ({ ...rowOf({ id, version: 0, updatedAt: 0, value: undefined }) })),
    ]);
  }

  /** Stops copying: another controller leads. */
  end(): void {
    this.#isLeading = false;
    this.#isPaused = false;
    this.#retry?.cancel();
    this.#dirty.clear();
  }

  /** Copies changes soon; a row that changes again before it was written is written once. */
  note(changes: readonly DurableChange[]): void {
    if (!this.#isLeading) {
      return;
    }
    for (const change of changes) {
      this.#dirty.set(keyOf(change), change);
    }
    void this.#write();
  }

  async #write(): Promise<void> {
    if (this.#isWriting) {
      return;
    }
    this.#isWriting = true;
    try {
      for (let next = this.#take(); next !== undefined; next = this.#take()) {
        await this.#writeRow(next);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  #take(): DurableChange | undefined {
    return this.#isLeading && !this.#isPaused ? this.#dirty.values().next().value : undefined;
  }

  async #writeRow(change: DurableChange): Promise<void> {
    const { store, log } = this.#options;
    const id = keyOf(change);
    try {
      if (change.value === undefined) {
        await store.remove('durable', id);
        this.#versions.delete(id);
      } else {
        const known = this.#versions.get(id) ?? 0;
        const { version } = await store.put('durable', id, change.value, known);
        this.#versions.set(id, version);
      }
      // A row that changed again meanwhile stays to be written.
      if (this.#dirty.get(id) === change) {
        this.#dirty.delete(id);
      }
    } catch (error) {
      log.warn({ row: id, err: errorChain(error) }, 'A row could not be copied to the store');
      await this.#onTrouble(id, error);
    }
  }

  async #onTrouble(id: string, error: unknown): Promise<void> {
    if (!this.#options.mayWrite()) {
      this.end();
      return;
    }
    // A write that timed out may have taken effect: then the version is ours after all.
    if (error instanceof DetourError && error.code === 'DETOUR_STORE_CONFLICT') {
      const found = await this.#options.store.get('durable', id).catch(() => undefined);
      this.#versions.set(id, found?.version ?? 0);
    }
    this.#isPaused = true;
    this.#retry = this.#options.clock.setTimer(retryEveryMs, () => {
      this.#isPaused = false;
      void this.#write();
    });
  }
}

const keyOf = ({ kind, key }: DurableChange): string => `${kind}/${key}`;
