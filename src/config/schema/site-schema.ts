import { RE2JS } from 're2js';
import { z } from 'zod';
import {
  deathWishes,
  type OriginPath,
  type ProbeSpec,
  probeTypes,
  type SharedAddressPolicy,
  siteModes,
} from '../../core/site.ts';
import { hour, second } from '../../lib/time.ts';
import {
  address,
  byLanguage,
  count,
  duration,
  hostname,
  name,
  says,
  strict,
  words,
} from './parts.ts';

/** More checks on one site than this is a mistake: each costs its server a connection every few seconds. */
export const maxProbesPerSite = 20;

/** More addresses than this belong to several sites. */
export const maxAddressesPerSite = 64;

type StatusRange = readonly [number, number];

/** Reads `200` or `200-399`. */
function readStatusRange(text: string): StatusRange | undefined {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text.trim());
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  return match === null || to < from ? undefined : [from, to];
}

const statusSays = says(
  'must be an HTTP status, a range of them, or a list of these',
  'write 200, "200-399" or [200, "300-399"]',
);

const statusText = z.union([z.int(), z.string()]);

const status = z
  .union([statusText, z.array(statusText).min(1)], statusSays)
  .transform((value, context): readonly StatusRange[] => {
    const ranges = (Array.isArray(value) ? value : [value]).map((item) =>
      readStatusRange(String(item)),
    );
    if (ranges.includes(undefined)) {
      context.addIssue({ code: 'custom', message: statusSays });
    }
    return ranges.filter((range) => range !== undefined);
  });

/** What is wrong with an RE2 pattern, or undefined. RE2 takes linear time, so no page can stall the prober. */
export function patternProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error);
  }
}

const bodyPattern = z
  .string(says('must be a pattern', 'write an RE2 pattern in quotes'))
  .min(1, says('must be a pattern', 'write an RE2 pattern in quotes'))
  .max(1_000, says('must be a pattern of at most 1000 characters', 'look for less'))
  .superRefine((pattern, context) => {
    const problem = patternProblem(pattern);
    if (problem !== undefined) {
      context.addIssue({
        code: 'custom',
        message: says(
          `must be an RE2 pattern (${problem})`,
          'look-around and back-references do not exist in RE2',
        ),
      });
    }
  });

const expectSchema = strict({
  status: status
    .prefault('200-399')
    .meta({ description: 'HTTP status that passes: one, a range such as `"200-399"`, or a list.' }),
  body: bodyPattern
    .exactOptional()
    .meta({ description: 'RE2 pattern that the first 64 KiB of the body must contain.' }),
});

/** A probe passes long before a visitor gives up; a second between probes is the least a small server bears. */
const pace = (): z.ZodType<number, string> => duration(100, hour);

/** One check of a site as it is written. */
export const probeSchema = strict({
  name: z
    .string(says('must be the name of the probe', 'write a word such as web'))
    .regex(
      /^[a-z][a-z0-9_]{0,30}$/,
      says(
        'must be a name of lower-case letters, digits and _, begun by a letter',
        'rename it, such as web: rules say probes.web',
      ),
    )
    .meta({ description: 'Unique within the site; rules say `probes.<name>`.' }),
  type: z.enum(probeTypes).meta({ description: 'What is spoken to the server.' }),
  url: words(2_000).exactOptional().meta({
    description:
      'For `http` and `https`: host, port and path. The connection goes to the site’s address; the host is the Host header and SNI.',
  }),
  port: count(1, 65_535).exactOptional().meta({ description: 'For `tcp`: the port.' }),
  interval: pace().prefault('10s').meta({ description: 'Pace while the site serves.' }),
  suspectInterval: pace().exactOptional().meta({
    description: 'Pace while the site is suspect. Default: `2s`, or `interval` if that is shorter.',
  }),
  divertedInterval: pace().exactOptional().meta({
    description:
      'Pace while the site is diverted. Default: `5s`, or `interval` if that is shorter.',
  }),
  timeout: duration(50, 60 * second)
    .prefault('3s')
    .meta({ description: 'The whole probe may take this long.' }),
  rise: count(1, 100).default(5).meta({ description: 'Passes in a row that make it up.' }),
  fall: count(1, 100).default(3).meta({ description: 'Fails in a row that make it down.' }),
  expect: expectSchema.prefault({}).meta({ description: 'What an HTTP answer must look like.' }),
}).transform(
  ({ interval, suspectInterval, divertedInterval, timeout, ...rest }): ProbeSpec => ({
    ...rest,
    intervalMs: interval,
    suspectIntervalMs: suspectInterval ?? Math.min(2 * second, interval),
    divertedIntervalMs: divertedInterval ?? Math.min(5 * second, interval),
    timeoutMs: timeout,
  }),
);

const sharedSays = says('must be any, all or a share above 0 up to 1', 'write any, all or 0.6');

const sharedAddress = z
  .union([z.enum(['any', 'all']), z.number().gt(0).max(1)], sharedSays)
  .transform(
    (value): SharedAddressPolicy => (typeof value === 'number' ? { share: value } : value),
  );

const passThroughSchema = strict({
  address: address().exactOptional().meta({
    description:
      'Where the origin takes visitors while its address is diverted; never diverted itself. Default: `origin.address`.',
  }),
  http: count(1, 65_535)
    .default(80)
    .meta({ description: 'Its port for what came over plain HTTP.' }),
  https: count(1, 65_535).default(443).meta({ description: 'Its port for what came over TLS.' }),
  proxyProtocol: z.boolean().default(false).meta({
    description:
      'Begin each connection with the PROXY protocol (version 2), which names the visitor; the origin must expect it on these ports.',
  }),
});

const originSchema = strict({
  address: address()
    .exactOptional()
    .meta({ description: 'Another address of the origin; Host and SNI stay the site’s.' }),
  sourceAddress: address().exactOptional().meta({
    description: 'A local source address whose packets the routers send to the true origin.',
  }),
  passThrough: passThroughSchema.exactOptional().meta({
    description:
      'While another site of its addresses is diverted and this one is well, the notice host passes its visitors through to its origin, unread; without it, they see a notice as well.',
  }),
})
  .refine(
    (origin) => origin.address !== undefined || origin.sourceAddress !== undefined,
    says('must have address or sourceAddress', 'give one of them, or leave origin out'),
  )
  .transform(({ passThrough, ...origin }, context): OriginPath => {
    if (passThrough === undefined) {
      return origin;
    }
    const target = passThrough.address ?? origin.address;
    if (target === undefined) {
      const what = 'must have an address: to the notice host a diverted address is its own';
      context.addIssue({
        code: 'custom',
        path: ['passThrough'],
        message: says(what, 'give an address of the origin that is never diverted'),
      });
      return z.NEVER;
    }
    return { ...origin, passThrough: { ...passThrough, address: target } };
  });

/** One site as it is written in the file. */
export const siteSchema = strict({
  name: name().meta({ description: 'Unique; what metrics, incidents and the audit call it.' }),
  title: byLanguage(200)
    .exactOptional()
    .meta({ description: 'What visitors read, by language. Default: the name.' }),
  hostnames: z
    .array(hostname())
    .min(1, says('must name at least one hostname', 'add a hostname: notices answer by Host'))
    .meta({ description: 'Names that visitors use. Notices answer by Host and SNI.' }),
  addresses: z
    .array(address())
    .min(
      1,
      says(
        'must not be empty',
        'list an address, or leave addresses out to have them resolved and pinned',
      ),
    )
    .max(maxAddressesPerSite)
    .exactOptional()
    .meta({
      description:
        'Addresses that may be diverted. Left out: resolved from the hostnames once, shown, and pinned.',
    }),
  routers: z
    .array(name())
    .min(1, says('must name at least one router', 'add the name of a router from routers:'))
    .meta({ description: 'Routers that carry its diversions.' }),
  mode: z.enum(siteModes).default('observe').meta({
    description:
      'How far Detour may go without asking: `observe` only says what it would do, `confirm` asks first, `auto` acts.',
  }),
  origin: originSchema
    .exactOptional()
    .meta({ description: 'A path that still reaches the true origin while diverted.' }),
  probes: z
    .array(probeSchema)
    .min(
      1,
      says('must have at least one probe', 'add one: without it nothing is known of the site'),
    )
    .max(maxProbesPerSite)
    .meta({ description: 'How it is watched.' }),
  labels: z
    .record(
      z
        .string()
        .regex(
          /^[a-zA-Z_][a-zA-Z0-9_]*$/,
          says('must be a label name', 'use letters, digits and _'),
        ),
      words(200),
    )
    .default({})
    .meta({ description: 'Your own words, for rules (`site.labels.tier`).' }),
  sharedAddress: sharedAddress.prefault('all').meta({
    description:
      'When several sites live on one address: divert it when `any` of them, `all` of them, or a share such as `0.6` of them is down.',
  }),
  onDeath: z.enum(deathWishes).exactOptional().meta({
    description:
      'What becomes of its diversion when no controller is alive: it `stay`s, or its routers `fall-back` to the origin by themselves (`guards.routeLease`). Default: `guards.onDeath`.',
  }),
  noticeStatus: z
    .literal(
      [503, 200],
      says('must be 503 or 200', 'keep 503: a 200 puts the notice into search engines'),
    )
    .default(503)
    .meta({ description: 'HTTP status of the notice.' }),
});

/** One site after reading. */
export type SiteInput = z.output<typeof siteSchema>;
