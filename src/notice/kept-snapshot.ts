import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../lib/atomic-file.ts';
import { partedFile, placeParts, readHead, readParts } from '../lib/parted-file.ts';
import {
  type Manifest,
  type SiteRef,
  snapshotFile,
  snapshotKeyFile,
  type WholeSnapshot,
} from '../ports/snapshot.ts';
import { invalidSnapshot, isGenuinePart, isReplay, openHead, readSite } from './signed-head.ts';

/** What a controller offers. */
export interface Offer {
  /** The head of its snapshot, or the whole of an earlier version's. */
  readonly text: string;
  /** PEM of the key that it says checks it. */
  readonly key: string;
}

/** Fetches parts, one behind the other; undefined when the controller has a newer snapshot by now. */
export type FetchParts = (refs: readonly SiteRef[]) => Promise<Buffer | undefined>;

interface Kept {
  readonly file: FileHandle;
  readonly head: Manifest | WholeSnapshot;
  readonly partsAt: number;
}

/** Cuts what was fetched into its parts, each checked as if it came from an enemy. */
function cut(bytes: Buffer, refs: readonly SiteRef[]): ReadonlyMap<string, Buffer> {
  let at = 0;
  return new Map(
    refs.map((ref) => {
      const part = bytes.subarray(at, at + ref.bytes);
      at += ref.bytes;
      if (!isGenuinePart(ref, part)) {
        throw invalidSnapshot(`The part of ${ref.name} is not what the manifest says`);
      }
      readSite(ref, part);
      return [ref.digest, part];
    }),
  );
}

/** The parts of the copy that a new manifest names too; what the disk has damaged is not among them. */
async function partsInCopy(
  { file, head, partsAt }: Kept,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Buffer>> {
  const parts = new Map<string, Buffer>();
  if (head.format === 2) {
    const placed = placeParts(partsAt, head.sites).filter(({ ref }) => wanted.has(ref.digest));
    for await (const { ref, bytes } of readParts(file, placed)) {
      if (isGenuinePart(ref, bytes)) {
        parts.set(ref.digest, bytes);
      }
    }
  }
  return parts;
}

/** The last good snapshot on a node's own disk. What does not hold is refused before it reaches the disk. */
export class KeptSnapshot {
  readonly #folder: string;

  /** The hand-over folder, from which the node serves. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Replaces the copy by what is offered, of which only the parts that the copy lacks are fetched; false when that was overtaken by a newer one.
   * Rejects with DETOUR_SNAPSHOT_INVALID, and the copy is then as it was.
   */
  async take({ text, key }: Offer, fetchParts: FetchParts): Promise<boolean> {
    // The first key that an authenticated controller gives is kept; another one is a matter for a person.
    const keyFile = join(this.#folder, snapshotKeyFile);
    const pinned = await readFile(keyFile, 'utf8').catch(() => undefined);
    const next = await openHead(text, pinned ?? key);
    await using ends = new AsyncDisposableStack();
    const kept = pinned === undefined ? undefined : await this.#open(pinned, ends);
    if (isReplay(next, kept?.head)) {
      throw invalidSnapshot(
        `Snapshot ${next.generation} is older than the one that is kept, ${kept?.head.generation}`,
      );
    }
    const parts = next.format === 1 ? [] : await this.#complete(next, kept, fetchParts);
    if (parts === undefined) {
      return false;
    }
    if (pinned === undefined) {
      await this.#keep(keyFile, [Buffer.from(key)]);
    }
    const chunks = next.format === 1 ? [Buffer.from(text)] : partedFile(text, parts);
    await this.#keep(join(this.#folder, snapshotFile), chunks);
    return true;
  }

  /** The copy as it is now; undefined when there is none that holds. */
  async #open(key: string, ends: AsyncDisposableStack): Promise<Kept | undefined> {
    try {
      const file = ends.use(await open(join(this.#folder, snapshotFile)));
      const { line, partsAt } = await readHead(file);
      return { file, partsAt, head: await openHead(line, key) };
    } catch {
      return;
    }
  }

  async #complete(
    next: Manifest,
    kept: Kept | undefined,
    fetchParts: FetchParts,
  ): Promise<readonly Buffer[] | undefined> {
    const wanted = new Set(next.sites.map(({ digest }) => digest));
    const had = kept === undefined ? new Map<string, Buffer>() : await partsInCopy(kept, wanted);
    const missing = next.sites.filter(({ digest }) => !had.has(digest));
    const fetched = missing.length === 0 ? Buffer.alloc(0) : await fetchParts(missing);
    if (fetched === undefined) {
      return;
    }
    const fresh = cut(fetched, missing);
    return next.sites.flatMap(({ digest }) => had.get(digest) ?? fresh.get(digest) ?? []);
  }

  /** A full disk is a matter for the controller too: notices that this node cannot keep hold diversions back. */
  async #keep(
    file: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    try {
      await writeAtomically(file, chunks, 0o644);
    } catch (cause) {
      throw invalidSnapshot(`Could not keep ${file} on this node`, cause);
    }
  }
}
