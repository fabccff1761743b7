import { open } from 'node:fs/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { placeParts, readHead, readParts } from '../lib/parted-file.ts';
import type { Manifest, SiteRef, Snapshot, SnapshotSite } from '../ports/snapshot.ts';
import { isGenuinePart, openHead, readSite } from './signed-head.ts';

/** Sites that are read in one go: visitors are answered in between. */
const sitesAtOnce = 16;

/** A snapshot as it was found on disk. */
export interface OpenedSnapshot {
  readonly snapshot: Snapshot;
  /** Sites whose part is not what the manifest says: they are left out, for a damaged disk must not silence the others. */
  readonly damaged: readonly string[];
}

/** Opens snapshots, and keeps the sites of the last one by their digests: a newer one costs what changed in it. */
export class SnapshotShelf {
  #sites: ReadonlyMap<string, SnapshotSite> = new Map();

  /** Rejects with DETOUR_SNAPSHOT_INVALID and says what is wrong, or with the error of the disk. */
  async open(file: string, publicKeyPem: string): Promise<OpenedSnapshot> {
    await using handle = await open(file);
    const { line, partsAt } = await readHead(handle);
    const head = await openHead(line, publicKeyPem);
    if (head.format === 1) {
      return { snapshot: head, damaged: [] };
    }
    const missing = placeParts(partsAt, head.sites).filter(
      ({ ref }) => !this.#sites.has(ref.digest),
    );
    return await this.#complete(head, readParts(handle, missing));
  }

  async #complete(
    manifest: Manifest,
    parts: AsyncIterable<{ readonly ref: SiteRef; readonly bytes: Buffer }>,
  ): Promise<OpenedSnapshot> {
    const fresh = new Map<string, SnapshotSite>();
    const damaged: string[] = [];
    let read = 0;
    for await (const { ref, bytes } of parts) {
      if (isGenuinePart(ref, bytes)) {
        fresh.set(ref.digest, readSite(ref, bytes));
      } else {
        damaged.push(ref.name);
      }
      read += 1;
      if (read % sitesAtOnce === 0) {
        await breathe();
      }
    }
    const known = this.#sites;
    const kept = manifest.sites.flatMap(({ digest }) => {
      const site = fresh.get(digest) ?? known.get(digest);
      return site === undefined ? [] : [{ digest, site }];
    });
    this.#sites = new Map(kept.map(({ digest, site }) => [digest, site]));
    return { snapshot: { ...manifest, sites: kept.map(({ site }) => site) }, damaged };
  }
}
