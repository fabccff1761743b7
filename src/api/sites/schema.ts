import { z } from 'zod';
import { verdicts } from '../../core/facts.ts';
import { overrideActions } from '../../core/override.ts';
import { phaseNames } from '../../core/phase.ts';
import { reasons } from '../../core/reason.ts';
import { siteModes } from '../../core/site.ts';
import { nameField, timeField, toldField } from '../http/fields.ts';

export const siteParams = z.strictObject({ site: nameField.describe('Name of the site.') });

export const overrideViewSchema = z
  .object({
    action: z.enum(overrideActions),
    reason: z.string(),
    owner: z.string().describe('Name of the token that gave the order.'),
    setAt: timeField,
    expiresAt: timeField,
  })
  .meta({
    id: 'Override',
    description: 'A person’s order about one site; it beats every rule and always ends.',
  });

export const heldBackViewSchema = z
  .object({ reason: z.enum(reasons), detail: z.string(), told: toldField, since: timeField })
  .meta({ id: 'HeldBack', description: 'What automation would do now but may not, and why.' });

export const activeMaintenanceViewSchema = z
  .object({
    id: z.string(),
    reason: z.string(),
    divert: z.boolean(),
    startedAt: timeField,
    endsAt: timeField,
  })
  .meta({ id: 'ActiveMaintenance', description: 'The planned window that covers the site now.' });

export const probeViewSchema = z
  .object({
    name: z.string(),
    type: z.string(),
    url: z.string().nullable(),
    port: z.number().nullable(),
    intervalMs: z.number(),
    timeoutMs: z.number(),
    rise: z.number(),
    fall: z.number(),
  })
  .meta({ id: 'Probe', description: 'One check of a site, tried against each of its addresses.' });

export const siteViewSchema = z
  .object({
    name: z.string(),
    title: z.record(z.string(), z.string()).describe('By language.'),
    hostnames: z.array(z.string()),
    addresses: z.array(z.string()),
    routers: z.array(z.string()).describe('Routers that carry its diversions.'),
    labels: z.record(z.string(), z.string()),
    probes: z.array(probeViewSchema),
    mode: z.enum(siteModes),
    owner: z.enum(['file', 'api']).describe('Sites from the file are read-only here.'),
    phase: z.enum(phaseNames),
    stage: z.string().nullable().describe('The step within diverting and restoring.'),
    visitorsSee: z.enum(['origin', 'notice', 'changing']),
    verdict: z.enum(verdicts),
    since: timeField.describe('Since when the site is in this phase.'),
    reason: z.enum(reasons).describe('Why it entered this phase.'),
    cause: z.string().nullable().describe('Kind of failure of the present diversion.'),
    incident: z.string().nullable(),
    generation: z.number().int().nullable().describe('Number of the present diversion.'),
    override: overrideViewSchema.nullable(),
    heldBack: heldBackViewSchema.nullable(),
    question: heldBackViewSchema
      .nullable()
      .describe('Automation stopped here and asks a person; an order or a release answers.'),
    maintenance: activeMaintenanceViewSchema.nullable(),
    expectedRecoveryAt: timeField.nullable(),
    neighbours: z
      .array(
        z.object({
          site: z.string(),
          addresses: z.array(z.string()),
          passedThrough: z
            .boolean()
            .describe('Its visitors are passed through to its own origin, and see no notice.'),
        }),
      )
      .describe(
        'Sites on the same addresses: a diversion takes them along, unless they are passed through.',
      ),
  })
  .meta({ id: 'Site', description: 'A registered site and where it stands.' });
export type SiteView = z.infer<typeof siteViewSchema>;

export const siteListSchema = z
  .object({ sites: z.array(siteViewSchema) })
  .meta({ id: 'SiteList', description: 'Sites by name.' });
export type SiteList = z.infer<typeof siteListSchema>;
