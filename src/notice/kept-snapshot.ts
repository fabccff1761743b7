import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../lib/atomic-file.ts';
import type { LogPlace } from '../lib/part-log.ts';
import { PartLogWriter } from '../lib/part-log-writer.ts';
import { readHead } from '../lib/parted-file.ts';
import {
  type SignedSnapshot,
  type SiteRef,
  snapshotFile,
  snapshotKeyFile,
} from '../ports/snapshot.ts';
import {
  invalidSnapshot,
  isGenuinePart,
  isReplay,
  type OpenHead,
  openHead,
  readSite,
} from './signed-head.ts';

/** What a controller offers. */
export interface Offer {
  /** The head of its snapshot, or the whole of an earlier version's. */
  readonly text: string;
  /** PEM of the key that it says checks it. */
  readonly key: string;
}

/** Fetches parts, one behind the other; undefined when the controller has a newer snapshot by now. */
export type FetchParts = (refs: readonly SiteRef[]) => Promise<Buffer | undefined>;

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

/** The last good snapshot on a node's own disk. What does not hold is refused before it reaches the disk. */
export class KeptSnapshot {
  readonly #folder: string;
  readonly #log: PartLogWriter;
  #isAdopted = false;

  /** The hand-over folder, from which the node serves. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#log = new PartLogWriter(folder);
  }

  /**
   * Replaces the copy by what is offered, of which only the parts that the copy lacks are fetched; false when that was overtaken by a newer one.
   * Rejects with DETOUR_SNAPSHOT_INVALID, and the copy is then as it was.
   */
  async take({ text, key }: Offer, fetchParts: FetchParts): Promise<boolean> {
    // The first key that an authenticated controller gives is kept; another one is a matter for a person.
    const keyFile = join(this.#folder, snapshotKeyFile);
    const pinned = await readFile(keyFile, 'utf8').catch(() => undefined);
    const { head: next, signed } = await openHead(text, pinned ?? key);
    const kept = pinned === undefined ? undefined : await this.#open(pinned);
    if (isReplay(next, kept?.head)) {
      throw invalidSnapshot(
        `Snapshot ${next.generation} is older than the one that is kept, ${kept?.head.generation}`,
      );
    }
    await this.#adopt(kept?.parts);
    const fresh = next.format === 1 ? new Map() : await this.#fetch(next.sites, fetchParts);
    if (fresh === undefined) {
      return false;
    }
    await this.#keep(async () => {
      if (pinned === undefined) {
        await writeAtomically(keyFile, [Buffer.from(key)], 0o644);
      }
      // First the parts, then what points to them.
      const parts =
        next.format === 1
          ? undefined
          : await this.#log.hold(next.sites, (digest) => fresh.get(digest));
      await this.#replace(signed, parts);
      await this.#log.sweep();
    });
    return true;
  }

  /** The copy as it is now; undefined when there is none that holds. */
  async #open(key: string): Promise<OpenHead | undefined> {
    try {
      await using file = await open(join(this.#folder, snapshotFile));
      return await openHead((await readHead(file)).line, key);
    } catch {
      return;
    }
  }

  async #adopt(parts: LogPlace | undefined): Promise<void> {
    if (!this.#isAdopted && parts !== undefined) {
      await this.#log.adopt(parts);
    }
    this.#isAdopted = true;
  }

  async #fetch(
    refs: readonly SiteRef[],
    fetchParts: FetchParts,
  ): Promise<ReadonlyMap<string, Buffer> | undefined> {
    const lacking = await this.#log.lacking(refs);
    const fetched = lacking.length === 0 ? Buffer.alloc(0) : await fetchParts(lacking);
    return fetched === undefined ? undefined : cut(fetched, lacking);
  }

  async #replace(signed: SignedSnapshot, parts: LogPlace | undefined): Promise<void> {
    const place = parts && { parts: { file: parts.file, bytes: parts.bytes } };
    const text = `${JSON.stringify({ ...signed, ...place })}\n`;
    await writeAtomically(join(this.#folder, snapshotFile), [Buffer.from(text)], 0o644);
  }

  /** A full disk is a matter for the controller too: notices that this node cannot keep hold diversions back. */
  async #keep(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (cause) {
      throw invalidSnapshot(`Could not keep a snapshot in ${this.#folder} on this node`, cause);
    }
  }
}
