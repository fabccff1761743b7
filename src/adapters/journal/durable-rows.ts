import { z } from 'zod';
import {
  type DurableChange,
  type DurableSite,
  type DurableState,
  emptyDurable,
} from '../../core/durable.ts';
import type { Incident } from '../../core/incident.ts';
import { DetourError, errorChain } from '../../lib/errors.ts';
import { controlSchemas, rowSchemas } from './durable-schema.ts';

/** One row as it lies in a journal: the value is JSON text. */
export interface DurableRow {
  readonly kind: string;
  readonly key: string;
  readonly value: string;
}

/** Folded rows while they are read; ends as a DurableState. */
interface Folding {
  readonly sites: [string, DurableSite][];
  readonly ledgers: [string, readonly string[]][];
  readonly incidents: [string, Incident][];
  control: Partial<DurableState>;
}

type Check = <T>(schema: z.ZodType<T>) => T;

/** The words of a schema's complaint in one line, such as `phase.name: Invalid input`. */
function complaint(error: unknown): string {
  return error instanceof z.ZodError
    ? error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`).join('; ')
    : errorChain(error);
}

function checkControl(key: string, check: Check): Partial<DurableState> {
  switch (key) {
    case 'releases':
      return { releases: check(controlSchemas.releases) };
    case 'freeze':
      return { freeze: check(controlSchemas.freeze) };
    case 'begunAt':
      return { begunAt: check(controlSchemas.begunAt) };
    case 'lastGeneration':
      return { lastGeneration: check(controlSchemas.lastGeneration) };
    case 'lastCommand':
      return { lastCommand: check(controlSchemas.lastCommand) };
    case 'lastTerm':
      return { lastTerm: check(controlSchemas.lastTerm) };
    default:
      throw new Error('no such control row is known');
  }
}

function fold(into: Folding, { kind, key, value }: DurableRow): void {
  const check: Check = (schema) => schema.parse(JSON.parse(value));
  switch (kind) {
    case 'site':
      into.sites.push([key, check(rowSchemas.site)]);
      break;
    case 'ledger':
      into.ledgers.push([key, check(rowSchemas.ledger)]);
      break;
    case 'incident':
      into.incidents.push([key, check(rowSchemas.incident)]);
      break;
    case 'control':
      into.control = { ...into.control, ...checkControl(key, check) };
      break;
    default:
      throw new Error('no such kind of row is known');
  }
}

/**
 * Puts the durable state together from the rows of a journal.
 * Throws DETOUR_JOURNAL_FAILED that names the first row that does not hold what it must.
 */
export function stateOfRows(rows: Iterable<DurableRow>, place: string): DurableState {
  const into: Folding = { sites: [], ledgers: [], incidents: [], control: {} };
  for (const row of rows) {
    try {
      fold(into, row);
    } catch (error) {
      throw new DetourError(
        `The row ${row.kind} "${row.key}" in ${place} is damaged: ${complaint(error)}`,
        { code: 'DETOUR_JOURNAL_FAILED', cause: error },
      );
    }
  }
  return {
    ...emptyDurable,
    ...into.control,
    sites: Object.fromEntries(into.sites),
    ledgers: Object.fromEntries(into.ledgers),
    incidents: Object.fromEntries(into.incidents),
  };
}

/**
 * The JSON text of a change, or undefined when it removes its row.
 * Throws DETOUR_JOURNAL_FAILED for a value that could not be read back: better no act now than no start later.
 */
export function rowValue(change: DurableChange, place: string): string | undefined {
  if (change.value === undefined) {
    return undefined;
  }
  const value = JSON.stringify(change.value);
  stateOfRows([{ kind: change.kind, key: change.key, value }], place);
  return value;
}
