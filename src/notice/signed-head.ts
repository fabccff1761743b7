import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { DetourError } from '../lib/errors.ts';
import type { LogPlace } from '../lib/part-log.ts';
import { digestOf, parseHead } from '../lib/parted-file.ts';
import type {
  Manifest,
  SignedSnapshot,
  SiteRef,
  SnapshotSite,
  WholeSnapshot,
} from '../ports/snapshot.ts';
import { type Parsed, parseSigned, parseSite, signedSnapshotSchema } from './snapshot-schema.ts';

/** A snapshot that is not to be served, and why. */
export function invalidSnapshot(message: string, cause?: unknown): DetourError {
  return new DetourError(message, { code: 'DETOUR_SNAPSHOT_INVALID', cause });
}

function parse(text: string, what: string, by: (text: string) => unknown = JSON.parse): unknown {
  try {
    return by(text);
  } catch (cause) {
    throw invalidSnapshot(`${what} is not JSON`, cause);
  }
}

/** Off the main thread: over megabytes it takes long enough to stall visitors. */
const verifyInBackground = promisify(
  (
    data: Buffer,
    key: KeyObject,
    signature: Buffer,
    done: (error: Error | null, isGenuine: boolean) => void,
  ) => verify(null, data, key, signature, done),
);

/** What a head says that holds. */
export interface OpenHead {
  readonly head: Manifest | WholeSnapshot;
  /** The text that was signed, and its signature. */
  readonly signed: SignedSnapshot;
  /** The log of the parts; undefined when they stand in the same file, or nowhere yet. */
  readonly parts: LogPlace | undefined;
}

interface Checked extends Pick<SignedSnapshot, 'snapshot' | 'signature'> {
  readonly publicKeyPem: string;
  readonly head: Manifest | WholeSnapshot;
}

/** A node meets the same text when it is fetched, when it is served, and as the one before the next: it is checked once. */
const checkedAtOnce = 2;
let checked: readonly Checked[] = [];

async function isGenuine(
  { snapshot, signature }: SignedSnapshot,
  publicKeyPem: string,
): Promise<boolean> {
  try {
    const key = createPublicKey(publicKeyPem);
    return await verifyInBackground(Buffer.from(snapshot), key, Buffer.from(signature, 'base64'));
  } catch (cause) {
    throw invalidSnapshot('The key beside the snapshot cannot check it', cause);
  }
}

async function check(
  signed: SignedSnapshot,
  publicKeyPem: string,
): Promise<Manifest | WholeSnapshot> {
  if (!(await isGenuine(signed, publicKeyPem))) {
    throw invalidSnapshot('The signature of the snapshot does not hold');
  }
  const { value, problem } = parseSigned(parse(signed.snapshot, 'The snapshot'));
  if (problem !== undefined) {
    throw invalidSnapshot(`The snapshot has not the right shape: ${problem}`);
  }
  return value;
}

/** Checks signature and shape of a file's head. Rejects with DETOUR_SNAPSHOT_INVALID and says what is wrong. */
export async function openHead(line: string, publicKeyPem: string): Promise<OpenHead> {
  const read = signedSnapshotSchema.safeParse(parse(line, 'The snapshot file', parseHead));
  if (!read.success) {
    throw invalidSnapshot('The snapshot file has no snapshot and signature', read.error);
  }
  const { parts, ...signed } = read.data;
  const { snapshot, signature } = signed;
  const before = checked.find(
    (each) =>
      each.signature === signature &&
      each.publicKeyPem === publicKeyPem &&
      each.snapshot === snapshot,
  );
  const head = before?.head ?? (await check(signed, publicKeyPem));
  const others = checked.filter((each) => each.head !== head).slice(0, checkedAtOnce - 1);
  checked = [{ ...signed, publicKeyPem, head }, ...others];
  return {
    head,
    signed,
    parts: parts === undefined || Array.isArray(parts) ? undefined : parts,
  };
}

/** True when these are the bytes that the manifest means. */
export function isGenuinePart({ digest }: SiteRef, bytes: Uint8Array): boolean {
  return digestOf(bytes) === digest;
}

/** Reads what is told of a site. Throws DETOUR_SNAPSHOT_INVALID when it has not the right shape, or is not of the site that the manifest names. */
export function shaped<T extends Pick<SnapshotSite, 'name' | 'generation'>>(
  ref: SiteRef,
  text: string,
  by: (value: unknown) => Parsed<T>,
): T {
  const what = `The part of ${ref.name}`;
  const { value, problem } = by(parse(text, what));
  if (problem !== undefined) {
    throw invalidSnapshot(`${what} has not the right shape: ${problem}`);
  }
  if (value.name !== ref.name || value.generation !== ref.generation) {
    throw invalidSnapshot(`${what} is that of ${value.name}, generation ${value.generation}`);
  }
  return value;
}

/** Reads a site from its part, as `shaped` does. */
export function readSite(ref: SiteRef, bytes: Buffer): SnapshotSite {
  return shaped(ref, bytes.toString(), parseSite);
}

/** An older snapshot with an older date is a replay; an older number with a newer date is a publisher that began anew. */
export function isReplay(
  next: Pick<Manifest, 'generation' | 'writtenAt'>,
  current: Pick<Manifest, 'generation' | 'writtenAt'> | undefined,
): boolean {
  return (
    current !== undefined &&
    next.generation < current.generation &&
    next.writtenAt <= current.writtenAt
  );
}
