import { z } from 'zod';
import { reasons } from '../../core/reason.ts';
import { nameField, timeField, toldField } from '../http/fields.ts';

/** Most audit entries in one answer. */
export const maxAuditEntries = 1_000;

export const auditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(maxAuditEntries).default(100),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Only entries with a smaller number: the way to the next page.'),
  site: nameField.optional().describe('Only entries about this site.'),
});

export const auditRecordSchema = z
  .object({
    seq: z.number().int(),
    at: timeField,
    actor: z.string().describe('Name of a token, or detour itself.'),
    reason: z.enum(reasons),
    site: z.string().nullable(),
    router: z.string().nullable(),
    incident: z.string().nullable(),
    generation: z.number().int().nullable(),
    text: z.string().describe('As the chain holds it.'),
    told: toldField,
    previousHash: z.string(),
    hash: z.string().describe('SHA-256 over the entry, its number and the hash before it.'),
  })
  .meta({ id: 'AuditRecord', description: 'One line of the audit in its place in the chain.' });
export type AuditRecordView = z.infer<typeof auditRecordSchema>;

export const auditListSchema = z
  .object({ records: z.array(auditRecordSchema) })
  .meta({ id: 'AuditList', description: 'Audit entries, newest first.' });

export const auditVerdictSchema = z
  .object({
    isIntact: z.boolean(),
    verifiedAt: timeField,
    newest: z
      .object({ seq: z.number().int(), hash: z.string() })
      .nullable()
      .describe(
        'Write it down elsewhere: a chain shows edits, but only a witness shows a cut tail.',
      ),
    broken: z.object({ seq: z.number().int(), problem: z.string() }).nullable(),
  })
  .meta({ id: 'AuditVerdict', description: 'Whether the whole chain of the audit holds.' });
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;
