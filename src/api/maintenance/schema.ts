import { validate } from 'node-cron';
import { z } from 'zod';
import { nameField, reasonField, timeField, timeInput } from '../http/fields.ts';

/** Longest window, in seconds: seven days. What lasts longer is a change of registration, not a window. */
export const maxWindowSeconds = 7 * 24 * 3_600;

/** Most windows in the calendar. */
export const maxWindows = 1_000;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

const common = {
  sites: z.array(nameField).min(1).max(1_000),
  reason: reasonField,
  divert: z
    .boolean()
    .default(false)
    .describe('True: show the notice in the window. False: only keep automation still.'),
};

export const onceInputSchema = z.strictObject({
  ...common,
  startsAt: timeInput.optional().describe('Now unless said.'),
  endsAt: timeInput,
});

export const againInputSchema = z.strictObject({
  ...common,
  cron: z
    .string()
    .max(100)
    .regex(/^\S+(\s+\S+){4}$/, 'must have five fields: minute hour day month weekday')
    .refine((text) => validate(text), 'is not a cron expression'),
  durationSeconds: z.int().min(60).max(maxWindowSeconds),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'must be an IANA time zone such as Asia/Seoul')
    .describe('IANA name; `Asia/Seoul` for one.'),
});

export const maintenanceInputSchema = z
  .union([onceInputSchema, againInputSchema])
  .describe('Once (startsAt, endsAt), or again and again (cron, durationSeconds, timeZone).');
export type MaintenanceInput = z.infer<typeof maintenanceInputSchema>;

export const maintenanceParams = z.strictObject({
  id: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'must be the id of a window')
    .describe('Id of the window.'),
});

export const windowViewSchema = z
  .object({
    id: z.string(),
    sites: z.array(z.string()),
    reason: z.string(),
    divert: z.boolean(),
    owner: z.string(),
    startsAt: timeField.nullable(),
    endsAt: timeField.nullable(),
    cron: z.string().nullable(),
    durationSeconds: z.number().nullable(),
    timeZone: z.string().nullable(),
    isActive: z.boolean(),
    nextStartAt: timeField.nullable(),
  })
  .meta({ id: 'MaintenanceWindow', description: 'A planned window.' });
export type WindowView = z.infer<typeof windowViewSchema>;

export const windowListSchema = z
  .object({ windows: z.array(windowViewSchema) })
  .meta({ id: 'MaintenanceWindowList', description: 'Planned windows.' });
