import { z } from 'zod';
import { timeField } from '../http/fields.ts';

const readinessSchema = z.object({
  sites: z.int(),
  notReady: z.int().describe('Sites that would get a wrong certificate, or no notice.'),
  named: z.array(z.string()).describe('Some of them.'),
  certificateEndsAt: timeField.nullable().describe('When the first of its certificates ends.'),
});

export const noticeNodeSchema = z
  .object({
    name: z.string(),
    isUp: z.boolean().describe('It follows the controller now.'),
    isCurrent: z.boolean().describe('It has taken the snapshot that is handed out now.'),
    lastSeenAt: timeField.nullable(),
    version: z.string().nullable(),
    generation: z.int().nullable().describe('Of the snapshot that it serves.'),
    writtenAt: timeField.nullable().describe('When that snapshot was written.'),
    problem: z.string().nullable().describe('Why it does not serve what it was given last.'),
    sessions: z.int().nullable(),
    ladder: z.enum(['full', 'small', 'close']).nullable(),
    readiness: readinessSchema
      .nullable()
      .describe('What its visitors would be shown; null while it did not say.'),
  })
  .meta({ id: 'NoticeNode', description: 'A notice node on another host, as last heard of.' });
export type NoticeNode = z.infer<typeof noticeNodeSchema>;

export const noticeNodeListSchema = z.object({ nodes: z.array(noticeNodeSchema) });
