import type { State } from '../core/state.ts';
import { changedNames } from '../core/table.ts';
import type { EpochMs } from '../lib/time.ts';
import type { AuditRecord } from '../ports/journal.ts';
import type { ControlNews } from './control.ts';

type Item = Omit<ControlNews, 'seq'>;

function changedKeys(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (before === after) {
    return [];
  }
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => before[key] !== after[key],
  );
}

/** What is worth telling listeners about the way from one state to the next. */
export function newsOf(
  before: State,
  after: State,
  audit: readonly AuditRecord[],
  at: EpochMs,
): readonly Item[] {
  const of = (kind: ControlNews['kind'], keys: readonly string[]): readonly Item[] =>
    keys.map((key) => ({ kind, key, at }));
  return [
    ...of('site', changedNames(before.sites, after.sites)),
    ...of('brake', changedKeys(before.brakes, after.brakes)),
    ...of('incident', changedKeys(before.incidents, after.incidents)),
    ...of('router', changedKeys(before.routers, after.routers)),
    ...of('freeze', before.freeze === after.freeze ? [] : ['freeze']),
    ...of('config', before.config === after.config ? [] : ['config']),
    ...audit.map(
      (record): Item => ({ kind: 'audit', key: record.reason, at: record.at, audit: record }),
    ),
  ];
}
