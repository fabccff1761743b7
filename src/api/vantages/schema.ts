import { z } from 'zod';
import { phaseNames } from '../../core/phase.ts';
import { probeOutcomes, probeReasons } from '../../core/probe-result.ts';
import { probeTypes } from '../../core/site.ts';
import { nameField, timeField } from '../http/fields.ts';

/** Most results in one report: they fit into the largest body with room to spare. */
export const maxResults = 100;

/** A result older than this says nothing about now. */
export const maxResultAgeMs = 60_000;

export const vantageParams = z.strictObject({ vantage: nameField });

const ms = z.number().min(0).max(86_400_000);

const resultSchema = z.strictObject({
  site: nameField,
  probe: nameField,
  address: z.string().max(45),
  path: z.enum(['address', 'origin']),
  ageMs: z
    .number()
    .min(0)
    .max(maxResultAgeMs)
    .describe('How long ago the probe began: the clocks of two machines are never compared.'),
  outcome: z.enum(probeOutcomes),
  reason: z.enum(probeReasons),
  latencyMs: ms,
  phases: z.strictObject({
    connectMs: ms.exactOptional(),
    tlsMs: ms.exactOptional(),
    firstByteMs: ms.exactOptional(),
    transferMs: ms.exactOptional(),
  }),
  status: z.int().min(100).max(999).exactOptional(),
  certificateDaysLeft: z.number().exactOptional(),
  marker: z
    .strictObject({ site: nameField, generation: z.int().min(0) })
    .exactOptional()
    .describe('Set when the answer carried our own marker.'),
  detail: z.string().max(300).exactOptional(),
});
export type VantageResult = z.infer<typeof resultSchema>;

export const reportInputSchema = z.strictObject({
  results: z.array(resultSchema).max(maxResults),
});

export const reportTakenSchema = z
  .object({
    taken: z.number().int(),
    ignored: z.number().int().describe('Results about a site, probe or address that is unknown.'),
  })
  .meta({ id: 'ReportTaken', description: 'What became of a report.' });

const probeSpecSchema = z.object({
  name: z.string(),
  type: z.enum(probeTypes),
  url: z.string().exactOptional(),
  port: z.number().exactOptional(),
  intervalMs: z.number(),
  suspectIntervalMs: z.number(),
  divertedIntervalMs: z.number(),
  timeoutMs: z.number(),
  rise: z.number(),
  fall: z.number(),
  expect: z.object({
    status: z.array(z.tuple([z.number(), z.number()])),
    body: z.string().exactOptional(),
  }),
});

const assignedSiteSchema = z.object({
  name: z.string(),
  addresses: z.array(z.string()),
  probes: z.array(probeSpecSchema),
  originAddress: z
    .string()
    .nullable()
    .describe('Where the origin is reached while the site is diverted, from anywhere.'),
  phase: z.enum(phaseNames),
  isBehindNotice: z
    .boolean()
    .describe('Whether visitors of its diverted addresses get the notice.'),
  divertedAddresses: z.array(z.string()),
});
export type AssignedSite = z.infer<typeof assignedSiteSchema>;

export const assignmentSchema = z
  .object({
    vantage: z.string(),
    isLeader: z.boolean().describe('Only the phases of the leader are those that routers show.'),
    markerKey: z.string().nullable().describe('Public key of the marker on our notices, PEM.'),
    sites: z.array(assignedSiteSchema),
  })
  .meta({ id: 'Assignment', description: 'What a vantage is to probe, and over which path now.' });
export type Assignment = z.infer<typeof assignmentSchema>;

export const vantageListSchema = z
  .object({
    vantages: z.array(
      z.object({
        name: z.string(),
        isOwn: z.boolean().describe('Whether the controller itself probes from there.'),
        isSilent: z
          .boolean()
          .describe(
            'Whether it has sent no result for so long that nothing it saw counts any more.',
          ),
        lastReportAt: timeField.nullable().describe('Of this controller; null when none came yet.'),
      }),
    ),
  })
  .meta({ id: 'VantageList', description: 'The places that probes run from.' });
