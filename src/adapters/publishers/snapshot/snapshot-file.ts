import { sign, verify } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { writeAtomically } from '../../../lib/atomic-file.ts';
import { DetourError } from '../../../lib/errors.ts';
import { type LogPlace, logPlaceSchema, PartLogReader } from '../../../lib/part-log.ts';
import { PartLogWriter } from '../../../lib/part-log-writer.ts';
import { digestOf, parseHead, placeParts, readHead, readParts } from '../../../lib/parted-file.ts';
import type { EpochMs } from '../../../lib/time.ts';
import {
  type Manifest,
  type SignedSnapshot,
  type SiteRef,
  type Snapshot,
  type SnapshotSite,
  snapshotFile,
  snapshotKeyFile,
} from '../../../ports/snapshot.ts';
import type { SigningKey } from './signing-key.ts';

// Signing in the background: over megabytes it takes long enough to stall probes.
const signInBackground = promisify(
  (
    data: Buffer,
    key: SigningKey['privateKey'],
    done: (error: Error | null, signature: Buffer) => void,
  ) => sign(null, data, key, done),
);

/** Everything of a snapshot but the sites. */
export type SnapshotHead = Omit<Snapshot, 'sites'>;

/** A site as it stands in the snapshot: what the manifest says of it, and its bytes. */
export interface SitePart {
  readonly ref: SiteRef;
  readonly bytes: Buffer;
}

/** Makes a site's part of the snapshot, once for each time that it changes. */
export function sitePart(site: SnapshotSite): SitePart {
  const bytes = Buffer.from(JSON.stringify(site));
  const { name, generation } = site;
  return { ref: { name, generation, digest: digestOf(bytes), bytes: bytes.length }, bytes };
}

/** The snapshot in a hand-over folder, for the one who writes it: a signed head, and a log of the sites' parts. */
export class SnapshotFile {
  readonly #folder: string;
  readonly #privateKey: SigningKey['privateKey'];
  readonly #log: PartLogWriter;

  constructor(folder: string, { privateKey }: SigningKey) {
    this.#folder = folder;
    this.#privateKey = privateKey;
    this.#log = new PartLogWriter(folder);
  }

  /** Goes on with the log of a predecessor. */
  async adopt(place: LogPlace): Promise<void> {
    await this.#log.adopt(place);
  }

  /** Replaces the snapshot; what of it did not change is not written again. Rejects with DETOUR_NOTICE_PUBLISH_FAILED, retryable. */
  async write(head: SnapshotHead, sites: readonly SitePart[]): Promise<void> {
    const refs = sites.map(({ ref }) => ref);
    const manifest: Manifest = { format: 2, ...head, sites: refs };
    const snapshot = JSON.stringify(manifest);
    try {
      const signature = await signInBackground(Buffer.from(snapshot), this.#privateKey);
      const bytes = new Map(sites.map((site) => [site.ref.digest, site.bytes]));
      // First the parts, then what points to them: at no moment does a reader find a head without its parts.
      const { file, bytes: end } = await this.#log.hold(refs, (digest) => bytes.get(digest));
      const signed: SignedSnapshot = {
        snapshot,
        signature: signature.toString('base64'),
        parts: { file, bytes: end },
      };
      const text = Buffer.from(`${JSON.stringify(signed)}\n`);
      await writeAtomically(join(this.#folder, snapshotFile), [text], 0o644);
      await this.#log.sweep();
    } catch (error) {
      throw new DetourError(`Could not write the snapshot into ${this.#folder}`, {
        code: 'DETOUR_NOTICE_PUBLISH_FAILED',
        retryable: true,
        cause: error,
      });
    }
  }
}

/** Makes the hand-over folder and puts the public key there, readable by the notice plane. */
export async function prepareFolder(folder: string, key: SigningKey): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await writeAtomically(join(folder, snapshotKeyFile), [Buffer.from(key.publicPem)], 0o644);
  } catch (error) {
    throw new DetourError(`Could not prepare the hand-over folder ${folder}`, {
      code: 'DETOUR_NOTICE_PUBLISH_FAILED',
      cause: error,
    });
  }
}

/** What a publisher takes over from the snapshot of its predecessor. */
export interface Inheritance {
  /** The next write must have a greater one. */
  readonly generation: number;
  /** Sites whose notice of a diversion stands. */
  readonly active: readonly SnapshotSite[];
  /** The log of its parts. */
  readonly log?: LogPlace;
  /** Why nothing could be taken over, if there was something. */
  readonly problem?: string;
}

const body = z.strictObject({
  language: z.string(),
  format: z.enum(['html', 'json', 'text']),
  size: z.enum(['full', 'small']),
  contentType: z.string(),
  identity: z.string(),
  gzip: z.string().exactOptional(),
  br: z.string().exactOptional(),
});

/** One site of a snapshot; strict, so that nothing a later version added is lost unseen. */
export const siteSchema = z.strictObject({
  name: z.string(),
  hostnames: z.array(z.string()),
  addresses: z.array(z.string()),
  generation: z.int().nonnegative(),
  marker: z.string(),
  status: z.int(),
  expectedRecoveryAt: z.int().exactOptional(),
  isSmallOnly: z.boolean(),
  needsHttps: z.literal(true).exactOptional(),
  passThrough: z
    .strictObject({
      address: z.string(),
      http: z.int(),
      https: z.int(),
      proxyProtocol: z.boolean(),
    })
    .exactOptional(),
  contentSecurityPolicy: z.string(),
  editions: z.array(z.strictObject({ until: z.int().exactOptional(), bodies: z.array(body) })),
}) satisfies z.ZodType<SnapshotSite>;

const generation = z.int().nonnegative();

const snapshotSchema = z.discriminatedUnion('format', [
  z.object({
    format: z.literal(2),
    generation,
    sites: z.array(z.object({ name: z.string(), generation, digest: z.string(), bytes: z.int() })),
  }),
  z.object({ format: z.literal(1), generation, sites: z.array(siteSchema) }),
]);

const signedSchema = z.object({
  snapshot: z.string(),
  signature: z.string(),
  /** Of an earlier version, whose parts stand in the same file: an empty list. */
  parts: z.union([logPlaceSchema, z.array(z.never())]).optional(),
});

const isActive = (site: { readonly generation: number }): boolean => site.generation > 0;

/** A snapshot file whose head is open. */
interface Opened {
  readonly folder: string;
  readonly file: FileHandle;
  readonly partsAt: number;
  readonly log: LogPlace | undefined;
}

/** The standing notices of a snapshot. */
async function activeSites(
  { folder, file, partsAt, log }: Opened,
  refs: readonly SiteRef[],
): Promise<readonly SnapshotSite[]> {
  const active = refs.filter(isActive);
  const found =
    log === undefined
      ? readParts(
          file,
          placeParts(partsAt, refs).filter(({ ref }) => isActive(ref)),
        )
      : new PartLogReader(folder).find(log, active);
  const sites = new Map<string, SnapshotSite>();
  for await (const { ref, bytes } of found) {
    if (digestOf(bytes) === ref.digest) {
      sites.set(ref.digest, siteSchema.parse(JSON.parse(bytes.toString())));
    }
  }
  return active.map(({ name, digest }) => {
    const site = sites.get(digest);
    if (site === undefined) {
      throw new Error(`the part of ${name} is damaged`);
    }
    return site;
  });
}

async function inheritanceOf(
  folder: string,
  file: FileHandle,
  { publicKey }: SigningKey,
): Promise<Inheritance> {
  const { line, partsAt } = await readHead(file);
  const { snapshot, signature, parts } = signedSchema.parse(parseHead(line));
  if (!verify(null, Buffer.from(snapshot), publicKey, Buffer.from(signature, 'base64'))) {
    throw new Error('its signature is not by our key');
  }
  const read = snapshotSchema.parse(JSON.parse(snapshot));
  const log = parts === undefined || Array.isArray(parts) ? undefined : parts;
  const active =
    read.format === 1
      ? read.sites.filter(isActive)
      : await activeSites({ folder, file, partsAt, log }, read.sites);
  return { generation: read.generation, active, ...(log === undefined ? {} : { log }) };
}

/**
 * Reads what a predecessor left. A file that is not ours or is damaged is no reason to stay down: nothing is taken over,
 * and the generation starts above anything the old file can have reached (it grew by one a write, slower than seconds).
 */
export async function readInheritance(
  folder: string,
  key: SigningKey,
  now: EpochMs,
): Promise<Inheritance> {
  const file = await open(join(folder, snapshotFile)).catch(() => undefined);
  if (file === undefined) {
    return { generation: 0, active: [] };
  }
  try {
    return await inheritanceOf(folder, file, key);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { generation: Math.floor(now / 1_000), active: [], problem };
  } finally {
    await file.close();
  }
}
