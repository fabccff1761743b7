import { z } from 'zod';
import { parseAddress } from '../lib/ip.ts';
import { logPlaceSchema } from '../lib/part-log.ts';
import {
  type Manifest,
  maxSnapshotBlocks,
  type SiteRef,
  type SnapshotSite,
  type WholeSnapshot,
} from '../ports/snapshot.ts';
import { noticeLimitsSchema } from './limits-schema.ts';

/** What may stand in a header line as it is: visible ASCII and single spaces, so no line can be broken. */
const headerText = (max: number): z.ZodString =>
  z
    .string()
    .regex(/^[\x20-\x7e]*$/)
    .max(max);

const languageTag = z.string().regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/);
const sitePattern = /^[a-z0-9-]{1,63}$/;
const name = z.string().regex(sitePattern);
const time = z.number().int().nonnegative();

/** One body of at most 256 KiB, so that a socket's send buffer takes it whole; base64 is a third longer. */
const bodyBytes = z.string().max(350_000);

const body = z.strictObject({
  language: languageTag,
  format: z.enum(['html', 'json', 'text']),
  size: z.enum(['full', 'small']),
  contentType: headerText(200),
  identity: bodyBytes,
  gzip: bodyBytes.exactOptional(),
  br: bodyBytes.exactOptional(),
});

const notice = {
  generation: z.number().int().nonnegative(),
  marker: headerText(400),
  /** 503, or what the owner chose; never a redirect, nor a status that forbids a body. */
  status: z.union([z.literal(200), z.int().min(400).max(599)]),
  isSmallOnly: z.boolean(),
  contentSecurityPolicy: headerText(2_000),
  editions: z
    .array(z.strictObject({ until: time.exactOptional(), bodies: z.array(body).min(1).max(200) }))
    .min(1)
    .max(16),
};

const port = z.int().min(1).max(65_535);

const passThrough = z.strictObject({
  address: z.string().refine((text) => parseAddress(text) === text),
  http: port,
  https: port,
  proxyProtocol: z.boolean(),
});

const site = z.strictObject({
  name,
  hostnames: z.array(z.string().min(1).max(255)).max(1_000),
  addresses: z.array(z.string().max(45)).max(1_000),
  expectedRecoveryAt: time.exactOptional(),
  needsHttps: z.literal(true).exactOptional(),
  passThrough: passThrough.exactOptional(),
  ...notice,
});

const { editions: _, ...cardFields } = site.shape;
const siteCard = z.strictObject(cardFields);

/** More orders than the busiest authority lets anybody have open. */
const maxChallenges = 1_000;

const challenge = z.strictObject({
  token: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/),
  answer: headerText(500),
});

const maxSites = 20_000;

/** A site with a large logo in every edition and packing stays below. */
const maxPartBytes = 64 * 1024 * 1024;

const digestPattern = /^[A-Za-z0-9_-]{43}$/;

/** Name, generation, digest and length. */
const refKeys = 4;

const isWithin = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;

/** By hand: every node checks thousands of these for each notice, and a schema takes ten times as long. */
function isSiteRef(value: unknown): value is SiteRef {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const ref: Partial<Record<string, unknown>> = { ...value };
  return (
    typeof ref['name'] === 'string' &&
    sitePattern.test(ref['name']) &&
    isWithin(ref['generation'], 0, Number.MAX_SAFE_INTEGER) &&
    typeof ref['digest'] === 'string' &&
    digestPattern.test(ref['digest']) &&
    isWithin(ref['bytes'], 1, maxPartBytes) &&
    Object.keys(ref).length === refKeys
  );
}

const siteRef = z.custom<SiteRef>(
  isSiteRef,
  'a site is named by its name, generation, digest and length, and nothing else',
);

const common = {
  generation: z.number().int().nonnegative(),
  writtenAt: time,
  defaultLanguage: languageTag,
  limits: noticeLimitsSchema,
  challenges: z.array(challenge).max(maxChallenges).exactOptional(),
  blocked: z
    .array(z.strictObject({ source: z.string().max(50), until: time }))
    .max(maxSnapshotBlocks)
    .exactOptional(),
  neutral: z.strictObject(notice),
};

/** The shape of what is signed. Strict: a field that this version does not know is refused, not guessed at. */
const signedText = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal(2), ...common, sites: z.array(siteRef).max(maxSites) }),
  z.strictObject({ format: z.literal(1), ...common, sites: z.array(site).max(maxSites) }),
]);

/** The head of the file around what is signed. */
export const signedSnapshotSchema = z.strictObject({
  snapshot: z.string(),
  signature: z.string().max(200),
  /** Where the parts are; a list without any when they stand in the same file, as earlier versions wrote it. */
  parts: z.union([logPlaceSchema, z.array(z.never())]).exactOptional(),
});

/** What was read, or what is wrong with it and where. */
export type Parsed<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly problem: string; readonly value?: undefined };

function parsedBy<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  const parsed = schema.safeParse(value);
  return parsed.success ? { value: parsed.data } : { problem: z.prettifyError(parsed.error) };
}

/** Reads the parsed JSON of what is signed. */
export function parseSigned(value: unknown): Parsed<Manifest | WholeSnapshot> {
  return parsedBy(signedText, value);
}

/** Reads the parsed JSON of a site's part. */
export function parseSite(value: unknown): Parsed<SnapshotSite> {
  return parsedBy(site, value);
}

/** Reads the parsed JSON of a site's part without its pages. */
export function parseSiteCard(value: unknown): Parsed<Omit<SnapshotSite, 'editions'>> {
  return parsedBy(siteCard, value);
}
