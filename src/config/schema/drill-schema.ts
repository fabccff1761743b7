import type { z } from 'zod';
import { address, count, says, strict, words } from './parts.ts';

/** Least and most of each field of a cron expression: minute, hour, day, month, weekday. */
const fieldLimits = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

function isField(text: string, [least, most]: readonly [number, number]): boolean {
  return text.split(',').every((part) => {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/([1-9]\d?))?$/.exec(part);
    const [, from = String(least), to = from] = match ?? [];
    return match !== null && Number(from) >= least && Number(to) <= most && +from <= +to;
  });
}

function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return (
    fields.length === fieldLimits.length &&
    fieldLimits.every((limits, index) => isField(fields[index] ?? '', limits))
  );
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** When and with which address a router is drilled. */
export const drillSchema = strict({
  address: address().meta({
    description:
      'A reserved address inside the estate that belongs to no site; the notice server must accept it.',
  }),
  port: count(1, 65_535)
    .default(80)
    .meta({ description: 'Port at which the notice is looked for, as visitors reach it.' }),
  schedule: words(100)
    .default('0 4 * * 1')
    .refine(
      isCron,
      says(
        'must be a cron expression of five fields in numbers: minute hour day month weekday',
        'write for example "0 4 * * 1": every Monday at 04:00',
      ),
    )
    .meta({ description: 'When, as a cron expression; at least weekly.' }),
  timeZone: words(100)
    .default('Asia/Seoul')
    .refine(isTimeZone, says('must be a time zone', 'write an IANA name such as Asia/Seoul'))
    .meta({ description: 'The time zone of the schedule.' }),
});

/** The drill of a router after reading. */
export type DrillInput = z.output<typeof drillSchema>;
