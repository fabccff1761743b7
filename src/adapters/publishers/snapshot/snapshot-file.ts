import { sign, verify } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { writeAtomically } from '../../../lib/atomic-file.ts';
import { DetourError } from '../../../lib/errors.ts';
import {
  digestOf,
  headLine,
  parseHead,
  partedFile,
  placeParts,
  readHead,
  readParts,
} from '../../../lib/parted-file.ts';
import type { EpochMs } from '../../../lib/time.ts';
import {
  type Manifest,
  type SiteRef,
  type Snapshot,
  type SnapshotSite,
  snapshotFile,
  snapshotKeyFile,
} from '../../../ports/snapshot.ts';
import type { SigningKey } from './signing-key.ts';

// Signing in the background: over tens of megabytes it takes long enough to stall probes.
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

/** Writes the signed snapshot into the hand-over folder; rejects with DETOUR_NOTICE_PUBLISH_FAILED, retryable. */
export async function writeSnapshot(
  folder: string,
  head: SnapshotHead,
  sites: readonly SitePart[],
  { privateKey }: SigningKey,
): Promise<void> {
  const manifest: Manifest = { format: 2, ...head, sites: sites.map(({ ref }) => ref) };
  const snapshot = JSON.stringify(manifest);
  try {
    const signature = await signInBackground(Buffer.from(snapshot), privateKey);
    const line = headLine({ snapshot, signature: signature.toString('base64') });
    await writeAtomically(
      join(folder, snapshotFile),
      partedFile(
        line,
        sites.map(({ bytes }) => bytes),
      ),
      0o644,
    );
  } catch (error) {
    throw new DetourError(`Could not write the snapshot into ${folder}`, {
      code: 'DETOUR_NOTICE_PUBLISH_FAILED',
      retryable: true,
      cause: error,
    });
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

const signedSchema = z.object({ snapshot: z.string(), signature: z.string() });

const isActive = (site: { readonly generation: number }): boolean => site.generation > 0;

/** The standing notices of a file whose head is open. */
async function activeSites(
  file: FileHandle,
  partsAt: number,
  refs: readonly SiteRef[],
): Promise<readonly SnapshotSite[]> {
  const placed = placeParts(partsAt, refs).filter(({ ref }) => isActive(ref));
  const sites: SnapshotSite[] = [];
  for await (const { ref, bytes } of readParts(file, placed)) {
    if (digestOf(bytes) !== ref.digest) {
      throw new Error(`the part of ${ref.name} is damaged`);
    }
    sites.push(siteSchema.parse(JSON.parse(bytes.toString())));
  }
  return sites;
}

async function inheritanceOf(file: FileHandle, { publicKey }: SigningKey): Promise<Inheritance> {
  const { line, partsAt } = await readHead(file);
  const { snapshot, signature } = signedSchema.parse(parseHead(line));
  if (!verify(null, Buffer.from(snapshot), publicKey, Buffer.from(signature, 'base64'))) {
    throw new Error('its signature is not by our key');
  }
  const read = snapshotSchema.parse(JSON.parse(snapshot));
  const active =
    read.format === 1 ? read.sites.filter(isActive) : await activeSites(file, partsAt, read.sites);
  return { generation: read.generation, active };
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
    return await inheritanceOf(file, key);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { generation: Math.floor(now / 1_000), active: [], problem };
  } finally {
    await file.close();
  }
}
