import type { AuditEntry } from '../../src/core/command.ts';
import { type DurableChange, type DurableState, emptyDurable } from '../../src/core/durable.ts';
import { DetourError } from '../../src/lib/errors.ts';
import type { AuditQuery, AuditRecord, Journal } from '../../src/ports/journal.ts';

type Fold = (before: DurableState, change: DurableChange) => DurableState;

function withKey<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
  value: unknown,
): Readonly<Record<string, Value>> {
  const { [key]: _, ...rest } = record;
  // The simulation trusts the core to write what it reads back; the real journal parses.
  return value === undefined ? rest : { ...rest, [key]: structuredClone(value) as Value };
}

const folds: Readonly<Record<DurableChange['kind'], Fold>> = {
  site: (before, { key, value }) => ({ ...before, sites: withKey(before.sites, key, value) }),
  ledger: (before, { key, value }) => ({ ...before, ledgers: withKey(before.ledgers, key, value) }),
  incident: (before, { key, value }) => ({
    ...before,
    incidents: withKey(before.incidents, key, value),
  }),
  control: (before, { key, value }) => {
    const { [key as 'freeze']: _, ...rest } = before;
    return (
      value === undefined ? rest : { ...rest, [key]: structuredClone(value) }
    ) as DurableState;
  },
};

/** A disk: what was committed is there after every crash, what was not is not. */
export class SimulatedJournal implements Journal {
  durable: DurableState = emptyDurable;
  isFull = false;
  seq = 0;
  /** The last lines, for a trace. */
  readonly lines: string[] = [];

  load(): DurableState {
    return this.durable;
  }

  commit(changes: readonly DurableChange[], audit: readonly AuditEntry[]): readonly AuditRecord[] {
    if (this.isFull) {
      throw new DetourError('The journal could not be written', { code: 'DETOUR_JOURNAL_FAILED' });
    }
    for (const change of changes) {
      this.durable = folds[change.kind](this.durable, change);
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
