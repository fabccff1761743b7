import { sign, verify } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { writeAtomically } from '../../../lib/atomic-file.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { EpochMs } from '../../../lib/time.ts';
import {
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

/** Text as it stands inside a JSON string. */
const quoteInner = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Big enough for few system calls, small enough to leave the main thread free in between. */
const batchBytes = 1 << 20;

/** The signed file, a piece at a time: quoting tens of megabytes at once would stall probes. */
function* signedPieces(pieces: readonly Buffer[], signature: string): Generator<Buffer> {
  let batch = [Buffer.from('{"snapshot":"')];
  let size = 0;
  for (const piece of pieces) {
    const quoted = Buffer.from(quoteInner(piece.toString()));
    batch.push(quoted);
    size += quoted.length;
    if (size > batchBytes) {
      yield Buffer.concat(batch);
      batch = [];
      size = 0;
    }
  }
  yield Buffer.concat([...batch, Buffer.from(`","signature":"${signature}"}\n`)]);
}

/**
 * Writes the signed snapshot into the hand-over folder; rejects with DETOUR_NOTICE_PUBLISH_FAILED, retryable.
 * Each site comes as its own JSON text, made when it last changed, so a write only strings them together.
 */
export async function writeSnapshot(
  folder: string,
  head: SnapshotHead,
  sites: readonly Buffer[],
  { privateKey }: SigningKey,
): Promise<void> {
  const comma = Buffer.from(',');
  const pieces = [
    Buffer.from(JSON.stringify({ ...head, sites: [] }).slice(0, -2)),
    ...sites.flatMap((site, index) => (index === 0 ? [site] : [comma, site])),
    Buffer.from(']}'),
  ];
  try {
    const signature = await signInBackground(Buffer.concat(pieces), privateKey);
    await writeAtomically(
      join(folder, snapshotFile),
      signedPieces(pieces, signature.toString('base64')),
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

const snapshotSchema = z.object({
  format: z.literal(1),
  generation: z.int().nonnegative(),
  sites: z.array(siteSchema),
});

const signedSchema = z.object({ snapshot: z.string(), signature: z.string() });

/**
 * Reads what a predecessor left. A file that is not ours or is damaged is no reason to stay down: nothing is taken over,
 * and the generation starts above anything the old file can have reached (it grew by one a write, slower than seconds).
 */
export async function readInheritance(
  folder: string,
  { publicKey }: SigningKey,
  now: EpochMs,
): Promise<Inheritance> {
  let file: string;
  try {
    file = await readFile(join(folder, snapshotFile), 'utf8');
  } catch {
    return { generation: 0, active: [] };
  }
  try {
    const { snapshot, signature } = signedSchema.parse(JSON.parse(file));
    if (!verify(null, Buffer.from(snapshot), publicKey, Buffer.from(signature, 'base64'))) {
      throw new Error('its signature is not by our key');
    }
    const { generation, sites } = snapshotSchema.parse(JSON.parse(snapshot));
    return { generation, active: sites.filter((site) => site.generation > 0) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { generation: Math.floor(now / 1_000), active: [], problem };
  }
}
