import { z } from 'zod';
import { probeTypes, siteModes } from '../../core/site.ts';
import { hour, second } from '../../lib/time.ts';
import { nameField } from '../http/fields.ts';
import {
  addressField,
  durationField,
  hostnameField,
  labelsField,
  patternField,
  statusRangesField,
  titleField,
} from './input-fields.ts';

const interval = durationField(second, hour);

export const probeInputSchema = z.strictObject({
  name: nameField,
  type: z.enum(probeTypes),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional()
    .describe('For http and https.'),
  port: z.int().min(1).max(65_535).optional().describe('For tcp.'),
  interval: interval.default('10s'),
  suspectInterval: interval.default('2s').describe('Pace while the site is suspect.'),
  divertedInterval: interval.default('5s').describe('Pace while the site is diverted.'),
  timeout: durationField(100, 60 * second).default('3s'),
  rise: z.int().min(1).max(100).default(5),
  fall: z.int().min(1).max(100).default(3),
  expect: z
    .strictObject({ status: statusRangesField.default(['200-399']), body: patternField.optional() })
    .default({ status: ['200-399'] }),
});
export type ProbeInput = z.infer<typeof probeInputSchema>;

export const siteInputSchema = z
  .strictObject({
    title: titleField.default({}),
    hostnames: z.array(hostnameField).min(1).max(200),
    addresses: z
      .array(addressField)
      .min(1)
      .max(64)
      .optional()
      .describe('Resolved from the hostnames and pinned when left out.'),
    routers: z.array(nameField).min(1).max(32),
    mode: z.enum(siteModes).default('observe'),
    origin: z
      .strictObject({ address: addressField.optional(), sourceAddress: addressField.optional() })
      .optional()
      .describe('A path that still reaches the true origin while diverted.'),
    probes: z.array(probeInputSchema).min(1).max(20),
    labels: labelsField.default({}),
    sharedAddress: z
      .union([z.enum(['any', 'all']), z.strictObject({ share: z.number().gt(0).max(1) })])
      .default('all')
      .describe(
        'How many sites of a shared address must be down before it may be moved by itself.',
      ),
    noticeStatus: z.union([z.literal(503), z.literal(200)]).default(503),
  })
  .describe('A site, in the shape of the configuration file.');
export type SiteInput = z.infer<typeof siteInputSchema>;
