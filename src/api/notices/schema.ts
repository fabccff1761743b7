import { z } from 'zod';
import {
  logoSchema,
  maxLogoBytes,
  maxUploadedLogoBytes,
  noticeTextSchema,
} from '../../config/notice-text-schema.ts';
import { noticeKinds } from '../../core/notice-kind.ts';
import { timeField, timeInput } from '../http/fields.ts';

export const noticeInputSchema = noticeTextSchema
  .omit({ expectedRecoveryAt: true })
  .extend({
    expectedRecoveryAt: timeInput.nullable().exactOptional(),
    logo: logoSchema(maxUploadedLogoBytes)
      .exactOptional()
      .describe(
        `PNG, JPEG or WebP as a data: URL, at most ${maxUploadedLogoBytes} bytes; above ${maxLogoBytes} a small rendition is made and kept.`,
      ),
  })
  .describe('Replaces all words of the notice; what is left out is taken from the cause.');
export type NoticeInput = z.infer<typeof noticeInputSchema>;

export const noticeViewSchema = z
  .object({
    site: z.string(),
    status: z.number().int().describe('HTTP status of the notice.'),
    cause: z
      .string()
      .nullable()
      .describe('Kind of failure that picks the words; null while serving.'),
    since: timeField.nullable(),
    expectedRecoveryAt: timeField.nullable(),
    message: z.record(z.string(), z.string()).nullable(),
    contact: z.string().nullable(),
    links: z.array(z.object({ url: z.string(), label: z.record(z.string(), z.string()) })),
    logo: z.string().nullable(),
  })
  .meta({ id: 'Notice', description: 'What visitors of a site read while it is diverted.' });
export type NoticeView = z.infer<typeof noticeViewSchema>;

/** Words without a site: those that a mass incident shares. */
export const sharedTextSchema = noticeViewSchema
  .omit({ site: true, status: true, cause: true, since: true })
  .meta({ id: 'MassNotice', description: 'Words that all notices of a mass incident share.' });
export type SharedText = z.infer<typeof sharedTextSchema>;

export const noticeHistorySchema = z
  .object({
    versions: z.array(
      z.object({
        version: z.number().int().positive(),
        at: timeField,
        author: z.string(),
        message: z.record(z.string(), z.string()).nullable(),
        contact: z.string().nullable(),
        links: z.array(z.object({ url: z.string(), label: z.record(z.string(), z.string()) })),
        logo: z.string().nullable(),
        expectedRecoveryAt: timeField.nullable(),
      }),
    ),
  })
  .meta({ id: 'NoticeHistory', description: 'The last 30 words of a notice, newest first.' });
export type NoticeHistoryView = z.infer<typeof noticeHistorySchema>;

export const rollbackSchema = z.strictObject({
  version: z
    .number()
    .int()
    .positive()
    .describe('A version of the history; its words become the newest.'),
});

export const previewQuery = z.strictObject({
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language such as ko or en')
    .max(35)
    .default('ko'),
  format: z.enum(['html', 'json', 'text']).default('html'),
  template: z
    .enum(noticeKinds)
    .optional()
    .describe('Kind of notice; left out, the one that stands, or an outage.'),
});
