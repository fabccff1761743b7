import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { type FoundPart, type LogPlace, PartLogReader } from '../lib/part-log.ts';
import { placeParts, readHead, readParts } from '../lib/parted-file.ts';
import type {
  Manifest,
  SiteRef,
  Snapshot,
  SnapshotSite,
  WholeSnapshot,
} from '../ports/snapshot.ts';
import { isGenuinePart, openHead, readSite } from './signed-head.ts';
import { cutSite, type SitePages } from './site-part.ts';

/** Sites that are read in one go: visitors are answered in between. */
const sitesAtOnce = 16;

/** The writer may have moved on to another log while we were on our way to the one before. */
const openAttempts = 3;

/** A snapshot as it was found on disk. */
export interface OpenedSnapshot {
  readonly snapshot: Snapshot;
  /** Sites whose part is not what the manifest says: they are left out, for a damaged disk must not silence the others. */
  readonly damaged: readonly string[];
}

interface Opened {
  readonly file: FileHandle;
  readonly partsAt: number;
  readonly parts: LogPlace | undefined;
  readonly head: Manifest | WholeSnapshot;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Opens the snapshots of one folder, and keeps the sites of the last one by their digests: a newer one costs what changed in it. */
export class SnapshotShelf {
  #sites: ReadonlyMap<string, SnapshotSite> = new Map();
  #log: PartLogReader | undefined;
  /** Sites of which only what lists them was read, by their digests. */
  readonly #unread = new Map<string, SitePages>();
  /** Sites whose pages turned out not to have the right shape. */
  readonly #bad = new Set<string>();
  /** The pages of many sites may be read later; those of a few that changed are read, and can be refused, at once. */
  #isFirst = true;

  /** Rejects with DETOUR_SNAPSHOT_INVALID and says what is wrong, or with the error of the disk. */
  async open(file: string, publicKeyPem: string): Promise<OpenedSnapshot> {
    this.#log ??= new PartLogReader(dirname(file));
    for (let attempt = 1; ; attempt += 1) {
      await using handle = await open(file);
      const { line, partsAt } = await readHead(handle);
      const { head, parts } = await openHead(line, publicKeyPem);
      if (head.format === 1) {
        return { snapshot: head, damaged: [] };
      }
      const fresh = new Map<string, SnapshotSite>();
      try {
        await this.#readMissing({ file: handle, partsAt, parts, head }, fresh);
      } catch (error) {
        if (isMissing(error) && attempt < openAttempts) {
          continue;
        }
        if (!isMissing(error)) {
          throw error;
        }
      }
      return this.#complete(head, fresh);
    }
  }

  /** Reads what the first opening left for later, in many small steps. False when some of it has not the right shape: the next opening leaves those sites out. */
  async readRest(): Promise<boolean> {
    const unread = [...this.#unread];
    this.#unread.clear();
    const known = this.#bad.size;
    for (const [index, [digest, pages]] of unread.entries()) {
      try {
        pages.read();
      } catch {
        this.#bad.add(digest);
      }
      if (index % sitesAtOnce === 0) {
        await breathe();
      }
    }
    return this.#bad.size === known;
  }

  #read(ref: SiteRef, bytes: Buffer): SnapshotSite {
    const cut = this.#isFirst ? cutSite(ref, bytes) : undefined;
    if (cut === undefined) {
      return readSite(ref, bytes);
    }
    this.#unread.set(ref.digest, cut.pages);
    return cut.site;
  }

  /** Reads the sites that are not on the shelf yet. */
  async #readMissing(opened: Opened, fresh: Map<string, SnapshotSite>): Promise<void> {
    let read = 0;
    for await (const { ref, bytes } of this.#missingParts(opened)) {
      if (isGenuinePart(ref, bytes)) {
        fresh.set(ref.digest, this.#read(ref, bytes));
      }
      read += 1;
      if (read % sitesAtOnce === 0) {
        await breathe();
      }
    }
  }

  #missingParts({ file, partsAt, parts, head }: Opened): AsyncIterable<FoundPart<SiteRef>> {
    const refs = head.format === 2 ? head.sites : [];
    const isMissingHere = ({ digest }: SiteRef): boolean => !this.#sites.has(digest);
    return parts === undefined || this.#log === undefined
      ? readParts(
          file,
          placeParts(partsAt, refs).filter(({ ref }) => isMissingHere(ref)),
        )
      : this.#log.find(parts, refs.filter(isMissingHere));
  }

  #complete(manifest: Manifest, fresh: ReadonlyMap<string, SnapshotSite>): OpenedSnapshot {
    const known = this.#sites;
    const sites = new Map<string, SnapshotSite>();
    const damaged: string[] = [];
    for (const { name, digest } of manifest.sites) {
      const site = fresh.get(digest) ?? known.get(digest);
      if (site === undefined || this.#bad.has(digest)) {
        damaged.push(name);
      } else {
        sites.set(digest, site);
      }
    }
    this.#sites = sites;
    this.#isFirst = false;
    return { snapshot: { ...manifest, sites: [...sites.values()] }, damaged };
  }
}
