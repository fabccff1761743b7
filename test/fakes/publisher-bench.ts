import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  openSnapshotPublisher,
  type SnapshotPublisherOptions,
} from '../../src/adapters/publishers/snapshot/publisher.ts';
import { openSigningKey } from '../../src/adapters/publishers/snapshot/signing-key.ts';
import { siteSchema } from '../../src/adapters/publishers/snapshot/snapshot-file.ts';
import { silentLog } from '../../src/lib/log.ts';
import { digestOf } from '../../src/lib/parted-file.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';
import type { SnapshotSite } from '../../src/ports/snapshot.ts';

const snapshotSchema = z.looseObject({
  generation: z.int(),
  limits: z.looseObject({ sessions: z.int() }),
  sites: z.array(siteSchema),
  neutral: z.looseObject({ marker: z.string(), status: z.int() }),
});

type ReadSnapshot = z.infer<typeof snapshotSchema>;

const signedSchema = z.object({
  snapshot: z.string(),
  parts: z.object({ file: z.string(), bytes: z.int() }),
});

const manifestSchema = z.object({
  sites: z.array(z.object({ name: z.string(), generation: z.int() })),
});

/** The snapshot's own words, read from its folder: the signed text, and the parts that it names. */
export async function readSnapshot(folder: string): Promise<ReadSnapshot> {
  for (;;) {
    const signed = signedSchema.parse(
      JSON.parse(await readFile(join(folder, 'snapshot.json'), 'utf8')),
    );
    const log = await readFile(join(folder, signed.parts.file), 'utf8').catch(() => undefined);
    // The writer may have begun another log in between.
    if (log !== undefined) {
      const { sites, ...rest } = JSON.parse(signed.snapshot);
      return snapshotSchema.parse({ ...rest, sites: partsOf(sites, log) });
    }
  }
}

/** The parts of a log in the order in which a manifest names them. */
function partsOf(refs: readonly { readonly digest: string }[], log: string): readonly unknown[] {
  const parts = new Map(log.split('\n').map((line) => [digestOf(Buffer.from(line)), line]));
  return refs.map(({ digest }) => JSON.parse(parts.get(digest) ?? 'null'));
}

/** A text of a body, as it is in the snapshot. */
export function bodyText(
  site: SnapshotSite | undefined,
  language: string,
  format: 'html' | 'json' | 'text',
): string {
  const body = site?.editions[0]?.bodies.find(
    (candidate) => candidate.language === language && candidate.format === format,
  );
  return Buffer.from(body?.identity ?? '', 'base64').toString();
}

/** A snapshot publisher over a folder of its own, with a notice plane that is just a reading of the file. */
export class SnapshotBench {
  readonly root: string;
  readonly folder: string;
  isPlaneUp = true;
  /** Whether the notice plane gets visitors of healthy neighbours to their origin. */
  isPassing = true;
  writes = 0;

  constructor(root: string) {
    this.root = root;
    this.folder = join(root, 'handover');
  }

  static async open(): Promise<SnapshotBench> {
    return new SnapshotBench(await mkdtemp(join(tmpdir(), 'detour-publisher-')));
  }

  async publisher(more: Partial<SnapshotPublisherOptions> = {}): Promise<NoticePublisher> {
    return await openSnapshotPublisher({
      folder: this.folder,
      key: await openSigningKey(join(this.root, 'keys')),
      limits: defaultNoticeLimits,
      defaultLanguage: 'ko',
      now: () => Date.parse('2026-11-24T05:00:00Z'),
      isLive: async (site, _hostname, generation) =>
        this.isPlaneUp && (await this.standing(site)) === generation,
      passageProblem: async () => (this.isPassing ? undefined : 'a notice answers'),
      poke: async () => {
        this.writes += 1;
      },
      log: silentLog,
      ...more,
    });
  }

  async snapshot(): Promise<ReadSnapshot> {
    return await readSnapshot(this.folder);
  }

  async site(name: string): Promise<SnapshotSite | undefined> {
    return (await this.snapshot()).sites.find((site) => site.name === name);
  }

  async standing(name: string): Promise<number | undefined> {
    const { snapshot } = signedSchema.parse(
      JSON.parse(await readFile(join(this.folder, 'snapshot.json'), 'utf8')),
    );
    const { sites } = manifestSchema.parse(JSON.parse(snapshot));
    return sites.find((site) => site.name === name)?.generation;
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
