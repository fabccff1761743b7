import { z } from 'zod';
import { auditRecordSchema } from '../audit/schema.ts';
import { timeField } from '../http/fields.ts';

/** The data of one event of `GET /events`; the event's name is the kind again. */
export const newsSchema = z
  .object({
    kind: z.enum(['site', 'brake', 'incident', 'router', 'freeze', 'audit', 'config', 'reset']),
    key: z.string().describe('Name of the site, brake, incident or router.'),
    at: timeField,
    audit: auditRecordSchema.nullable(),
  })
  .meta({
    id: 'News',
    description:
      'One thing that changed. `reset` says that news were missed: read everything again.',
  });
export type News = z.infer<typeof newsSchema>;
