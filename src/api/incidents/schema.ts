import { z } from 'zod';
import { reasons } from '../../core/reason.ts';
import { severities } from '../../core/rule.ts';
import { timeField, toldField } from '../http/fields.ts';

/** Most incidents in one answer. */
export const maxIncidents = 500;

export const incidentParams = z.strictObject({
  id: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be the id of an incident')
    .describe('Id of the incident.'),
});

export const incidentQuery = z.strictObject({
  site: z.string().max(63).optional().describe('Only incidents of this site.'),
  open: z.enum(['true', 'false']).optional().describe('Only open, or only closed ones.'),
  limit: z.coerce.number().int().min(1).max(maxIncidents).default(100),
});

/** POST without anything to say: no body, or an empty object. */
export const emptyBody = z.strictObject({}).nullish();

export const incidentViewSchema = z
  .object({
    id: z.string(),
    sites: z.array(z.string()),
    cause: z.string(),
    severity: z.enum(severities),
    openedAt: timeField,
    closedAt: timeField.nullable(),
    acknowledgedBy: z.string().nullable(),
    isWave: z
      .boolean()
      .describe('True when sites that failed together share it; it ends with the last of them.'),
    timeline: z
      .array(
        z.object({ at: timeField, reason: z.enum(reasons), text: z.string(), told: toldField }),
      )
      .describe('Oldest first.'),
  })
  .meta({ id: 'Incident', description: 'What happened to one site, or to several at once.' });
export type IncidentView = z.infer<typeof incidentViewSchema>;

export const transcriptSchema = z
  .object({
    at: timeField,
    router: z.string(),
    operation: z.string().describe('`apply`, `confirm`, `cancel`, or a `read` that failed.'),
    result: z.string().describe('`ok`, or the code of what went wrong.'),
    text: z.string().describe('Lines that were sent begin with `>>>`; secrets are hidden.'),
  })
  .meta({ id: 'Transcript', description: 'What a router was told and what it answered.' });

export const incidentStorySchema = incidentViewSchema
  .extend({
    transcripts: z
      .array(transcriptSchema)
      .describe('Oldest first; the first ten and the last ten when there were more.'),
  })
  .meta({ id: 'IncidentStory', description: 'One incident, with what routers were told.' });
export type IncidentStory = z.infer<typeof incidentStorySchema>;

export const incidentListSchema = z
  .object({ incidents: z.array(incidentViewSchema) })
  .meta({ id: 'IncidentList', description: 'Incidents, newest first.' });
