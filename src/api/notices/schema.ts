import { z } from 'zod';
import { noticeTextSchema } from '../../config/notice-text-schema.ts';
import { timeField, timeInput } from '../http/fields.ts';

export const noticeInputSchema = noticeTextSchema
  .omit({ expectedRecoveryAt: true })
  .extend({ expectedRecoveryAt: timeInput.nullable().exactOptional() })
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

export const previewQuery = z.strictObject({
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language such as ko or en')
    .max(35)
    .default('ko'),
  format: z.enum(['html', 'json', 'text']).default('html'),
});
