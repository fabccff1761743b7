import { z } from 'zod';
import type { EpochMs } from '../../lib/time.ts';

/** The form of every name: site, router, probe. */
const nameForm = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The name of a site, router or brake in a path. */
export const nameField = z
  .string()
  .max(63)
  .regex(nameForm, 'must be lower-case letters, digits and dashes, at most 63 characters');

/** Characters that could forge a second line or reverse the order of an audit entry. */
const unsafeText = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** Longest reason a person may give. */
export const maxReasonLength = 500;

/** Why a person orders something: it stands in the audit, the incident and on the page. */
export const reasonField = z
  .string()
  .trim()
  .min(1, 'say why; the reason stands in the audit')
  .max(maxReasonLength)
  .refine((text) => !unsafeText.test(text), 'must be one line without control characters')
  .describe('Why, in one line; it stands in the audit.');

/** A moment that a client gives: RFC 3339 with a zone. */
export const timeInput = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-24T09:00:00+09:00' })
  .describe('RFC 3339 time with a zone.');

/** A sentence of Detour's own in each language of the page; what people, rules and routers said stays as it was said. */
export const toldField = z
  .object({ en: z.string(), ko: z.string() })
  .meta({ id: 'Told', description: 'The same sentence in each language of the page.' });

/** A moment in an answer: RFC 3339 in UTC. */
export const timeField = z.iso.datetime();

/** Writes a moment for an answer, to the millisecond. */
export function timeOf(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** Writes a moment that may be missing: null then. */
export function timeOrNull(at: EpochMs | undefined): string | null {
  return at === undefined ? null : timeOf(at);
}

/** Reads a record by a key that a client chose; never what every object inherits. */
export function own<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
