import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartLogReader } from '../../../src/lib/part-log.ts';
import { digestOf } from '../../../src/lib/parted-file.ts';
import { type FetchParts, KeptSnapshot, type Offer } from '../../../src/notice/kept-snapshot.ts';
import { SnapshotShelf } from '../../../src/notice/snapshot-shelf.ts';
import type { NoticePublisher } from '../../../src/ports/notice-publisher.ts';
import { SnapshotBench } from '../../fakes/publisher-bench.ts';
import { sampleSite } from '../../fakes/sample-site.ts';
import { fakeSnapshot, makeKeys, signedText } from '../../fakes/snapshot.ts';

const names = ['home01', 'home02', 'home03'] as const;

/** A controller's file, a node's copy of it, and all that the node asks for. */
class Stage implements AsyncDisposable {
  readonly bench: SnapshotBench;
  readonly publisher: NoticePublisher;
  readonly folder: string;
  readonly kept: KeptSnapshot;
  /** The sites whose parts were asked for, question by question. */
  readonly asked: string[][] = [];

  private constructor(bench: SnapshotBench, publisher: NoticePublisher, folder: string) {
    this.bench = bench;
    this.publisher = publisher;
    this.folder = folder;
    this.kept = new KeptSnapshot(folder);
  }

  static async raise(): Promise<Stage> {
    const bench = await SnapshotBench.open();
    const publisher = await bench.publisher();
    await publisher.register(
      names.map((name) => sampleSite(name)),
      {},
    );
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-kept-'));
    return new Stage(bench, publisher, folder);
  }

  get source(): string {
    return path.join(this.bench.folder, 'snapshot.json');
  }

  get copy(): string {
    return path.join(this.folder, 'snapshot.json');
  }

  async key(): Promise<string> {
    return await readFile(path.join(this.bench.folder, 'snapshot.pub'), 'utf8');
  }

  /** The head as the controller gives it: without where its own parts stand. */
  async offer(): Promise<Offer> {
    const { parts: _, ...signed } = JSON.parse(await readFile(this.source, 'utf8'));
    return { text: JSON.stringify(signed), key: await this.key() };
  }

  readonly fetchParts: FetchParts = async (refs) => {
    this.asked.push(refs.map(({ name }) => name));
    const log = new PartLogReader(this.bench.folder);
    const { parts } = JSON.parse(await readFile(this.source, 'utf8'));
    const found = new Map<string, Buffer>();
    for await (const { ref, bytes } of log.find(parts, refs)) {
      found.set(ref.digest, bytes);
    }
    return Buffer.concat(refs.map(({ digest }) => found.get(digest) ?? Buffer.alloc(0)));
  };

  async take(): Promise<boolean> {
    return await this.kept.take(await this.offer(), this.fetchParts);
  }

  async publish(site: string, generation: number): Promise<void> {
    const order = { site, generation, cause: 'server-failure', since: 1, incident: 'i1' };
    await this.publisher.publish(order, AbortSignal.timeout(5_000));
  }

  /** The log of parts in a folder. */
  async log(folder: string): Promise<string> {
    const logs = (await readdir(folder)).filter((name) => name.startsWith('parts-'));
    expect(logs).toHaveLength(1);
    return path.join(folder, logs.join());
  }

  /** All that a snapshot says and where it came from is the same in both folders, but for the name of the log. */
  async copies(): Promise<readonly (readonly [string, readonly string[]])[]> {
    return await Promise.all(
      [this.bench.folder, this.folder].map(async (folder) => {
        const { parts: _, ...signed } = JSON.parse(
          await readFile(path.join(folder, 'snapshot.json'), 'utf8'),
        );
        const lines = (await readFile(await this.log(folder), 'utf8')).split('\n');
        return [JSON.stringify(signed), lines.toSorted()] as const;
      }),
    );
  }

  /** Turns one letter of the newest part of a site on the node's disk into another. */
  async damage(site: string): Promise<void> {
    const file = await this.log(this.folder);
    const text = await readFile(file, 'utf8');
    const at = text.lastIndexOf(`{"name":"${site}","hostnames"`);
    await writeFile(file, `${text.slice(0, at)}{"nAme${text.slice(at + 6)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.publisher[Symbol.asyncDispose]();
    await this.bench.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

describe("a node's copy of the snapshot", () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.raise();
  });

  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('is the same file, of which only what changed is fetched', async () => {
    await stage.take();
    await stage.publish('home02', 1);

    expect(await stage.take()).toBe(true);
    expect(stage.asked).toEqual([[...names], ['home02']]);
    const [source, copy] = await stage.copies();
    expect(copy).toEqual(source);
  });

  it('drops a site that is gone without asking for anything', async () => {
    await stage.take();
    await stage.publisher.register([sampleSite('home01'), sampleSite('home03')], {});

    await stage.take();

    expect(stage.asked).toHaveLength(1);
    const [source, copy] = await stage.copies();
    expect(copy).toEqual(source);
  });

  it('stays as it was when a part is not what the signed manifest says', async () => {
    await stage.take();
    const before = await readFile(stage.copy, 'utf8');
    await stage.publish('home02', 1);
    const forged: FetchParts = async (refs) => {
      const bytes = await stage.fetchParts(refs);
      return Buffer.from(bytes?.toString().replace('home02.example', 'home01.example') ?? '');
    };

    const taking = stage.kept.take(await stage.offer(), forged);

    await expect(taking).rejects.toMatchObject({
      code: 'DETOUR_SNAPSHOT_INVALID',
      message: 'The part of home02 is not what the manifest says',
    });
    expect(await readFile(stage.copy, 'utf8')).toBe(before);
  });

  it('stays as it was when a newer snapshot overtakes the question for its parts', async () => {
    await stage.take();
    const before = await readFile(stage.copy, 'utf8');
    await stage.publish('home02', 1);

    expect(await stage.kept.take(await stage.offer(), async () => undefined)).toBe(false);
    expect(await readFile(stage.copy, 'utf8')).toBe(before);
  });

  it('is mended by the next snapshot where the disk had damaged it, and serves the other sites until then', async () => {
    await stage.take();
    await stage.damage('home03');
    const shelf = new SnapshotShelf();

    const { snapshot, damaged } = await shelf.open(stage.copy, await stage.key());
    await stage.publish('home01', 1);
    await stage.take();

    expect(damaged).toEqual(['home03']);
    expect(snapshot.sites.map(({ name }) => name)).toEqual(['home01', 'home02']);
    expect(stage.asked.at(-1)).toEqual(['home01', 'home03']);
    expect((await shelf.open(stage.copy, await stage.key())).damaged).toEqual([]);
  });

  it('gives a site that did not change as the same object again, so that its answers stay warm', async () => {
    await stage.take();
    const shelf = new SnapshotShelf();
    const before = await shelf.open(stage.copy, await stage.key());
    await stage.publish('home02', 1);
    await stage.take();

    const after = await shelf.open(stage.copy, await stage.key());

    const same = after.snapshot.sites.map((site, at) => site === before.snapshot.sites[at]);
    expect(same).toEqual([true, false, true]);
    expect(after.snapshot.sites[1]?.generation).toBe(1);
  });

  it('is taken whole from a controller of an earlier version', async () => {
    const keys = makeKeys();
    const key = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const text = signedText(fakeSnapshot({ keys, sites: [{ name: 'home01' }] }), keys);
    const folder = path.join(stage.folder, 'other');
    await mkdir(folder);

    expect(await new KeptSnapshot(folder).take({ text, key }, stage.fetchParts)).toBe(true);

    const { snapshot } = await new SnapshotShelf().open(path.join(folder, 'snapshot.json'), key);
    expect(snapshot.sites.map(({ name }) => name)).toEqual(['home01']);
    expect(stage.asked).toEqual([]);
  });

  it('of an earlier version, with the parts in the same file, is served, and then replaced part by part', async () => {
    await stage.take();
    const { parts: _, ...signed } = JSON.parse(await readFile(stage.copy, 'utf8'));
    const { sites } = JSON.parse(signed.snapshot);
    const log = await stage.log(stage.folder);
    const lines = (await readFile(log, 'utf8')).split('\n');
    const parts = sites.map(({ digest }: { digest: string }) =>
      lines.find((line) => digestOf(Buffer.from(line)) === digest),
    );
    const head = JSON.stringify(signed).slice(0, -1);
    await writeFile(stage.copy, `${head},"parts":[\n${parts.join(',\n')}\n]}\n`);
    await rm(log);

    const { snapshot, damaged } = await new SnapshotShelf().open(stage.copy, await stage.key());
    await stage.publish('home02', 1);
    await new KeptSnapshot(stage.folder).take(await stage.offer(), stage.fetchParts);

    expect(damaged).toEqual([]);
    expect(snapshot.sites.map(({ name }) => name)).toEqual(names);
    const after = await new SnapshotShelf().open(stage.copy, await stage.key());
    expect(after.snapshot.sites.map(({ generation }) => generation)).toEqual([0, 1, 0]);
  });

  it('is gone on with after a restart: only what the log lacks is fetched', async () => {
    await stage.take();
    await stage.publish('home03', 1);

    await new KeptSnapshot(stage.folder).take(await stage.offer(), stage.fetchParts);

    expect(stage.asked).toEqual([[...names], ['home03']]);
  });
});
