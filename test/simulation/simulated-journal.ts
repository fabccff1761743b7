import { type DurableRow, rowValue, stateOfRows } from '../../src/adapters/journal/durable-rows.ts';
import type { AuditEntry } from '../../src/core/command.ts';
import type { DurableChange, DurableState } from '../../src/core/durable.ts';
import { DetourError } from '../../src/lib/errors.ts';
import type { AuditQuery, AuditRecord, Journal } from '../../src/ports/journal.ts';

/** A disk: what was committed is there after every crash, what was not is not. */
export class SimulatedJournal implements Journal {
  #parsed: DurableState | undefined;
  readonly #rows = new Map<string, DurableRow>();
  isFull = false;
  seq = 0;
  /** The last lines, for a trace. */
  readonly lines: string[] = [];

  /** What a start would find: parsed as strictly as the real journal does. */
  get durable(): DurableState {
    this.#parsed ??= stateOfRows(this.#rows.values(), 'the simulated journal');
    return this.#parsed;
  }

  load(): DurableState {
    return this.durable;
  }

  commit(changes: readonly DurableChange[], audit: readonly AuditEntry[]): readonly AuditRecord[] {
    if (this.isFull) {
      throw new DetourError('The journal could not be written', { code: 'DETOUR_JOURNAL_FAILED' });
    }
    for (const change of changes) {
      const { kind, key } = change;
      const value = rowValue(change, 'the simulated journal');
      if (value === undefined) {
        this.#rows.delete(`${kind} ${key}`);
      } else {
        this.#rows.set(`${kind} ${key}`, { kind, key, value });
      }
      this.#parsed = undefined;
    }
    return audit.map((entry) => {
      this.seq += 1;
      return { ...entry, seq: this.seq, previousHash: '', hash: '' };
    });
  }

  audit(_query: AuditQuery): readonly AuditRecord[] {
    return [];
  }

  verifyAudit(): undefined {
    return undefined;
  }

  [Symbol.dispose](): void {}
}
