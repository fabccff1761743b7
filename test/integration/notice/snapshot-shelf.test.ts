import { sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { digestOf } from '../../../src/lib/parted-file.ts';
import { SnapshotShelf } from '../../../src/notice/snapshot-shelf.ts';
import type { SnapshotSite } from '../../../src/ports/snapshot.ts';
import { fakeSnapshot, makeKeys } from '../../fakes/snapshot.ts';
import { until } from '../../support/until.ts';
import { openStage } from './stage.ts';
import { ask } from './visitor.ts';

const keys = makeKeys();
const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const whole = fakeSnapshot({ keys, sites: [{ name: 'home01' }, { name: 'home02' }] });

/** The two sites, one of them as a publisher with a fault would write it. */
function sitesWith(spoil: (site: SnapshotSite) => unknown): readonly SnapshotSite[] {
  return whole.sites.map((site) =>
    site.name === 'home02' ? z.custom<SnapshotSite>().parse(spoil(site)) : site,
  );
}

/** Writes a snapshot as today's publishers do. */
async function write(folder: string, sites: readonly SnapshotSite[]): Promise<void> {
  const lines = sites.map((site) => Buffer.from(JSON.stringify(site)));
  const refs = whole.sites.map(({ name, generation }, index) => {
    const bytes = lines[index] ?? Buffer.alloc(0);
    return { name, generation, digest: digestOf(bytes), bytes: bytes.length };
  });
  const snapshot = JSON.stringify({ ...whole, format: 2, sites: refs });
  const log = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  await writeFile(path.join(folder, 'parts-a.jsonl'), log);
  await writeFile(path.join(folder, 'snapshot.pub'), pem);
  await writeFile(
    path.join(folder, 'snapshot.json'),
    JSON.stringify({
      snapshot,
      signature: sign(null, Buffer.from(snapshot), keys.privateKey).toString('base64'),
      parts: { file: 'parts-a.jsonl', bytes: log.length },
    }),
  );
}

describe('the snapshot that a process finds at its start', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-shelf-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const opened = async (shelf: SnapshotShelf) =>
    await shelf.open(path.join(folder, 'snapshot.json'), pem);

  it('is the same whether its pages are read when they are asked for, or before', async () => {
    await write(folder, whole.sites);
    const shelf = new SnapshotShelf();

    const { snapshot, damaged } = await opened(shelf);
    const asked = structuredClone({ ...snapshot.sites[0] });
    const isGood = await shelf.readRest();

    expect(asked).toEqual(whole.sites[0]);
    expect([isGood, damaged]).toEqual([true, []]);
    expect(snapshot.sites.map((site) => ({ ...site }))).toEqual(whole.sites);
  });

  it('is served without a site whose pages have not the right shape, as soon as that is seen', async () => {
    await write(
      folder,
      sitesWith((site) => ({ ...site, editions: [] })),
    );
    const shelf = new SnapshotShelf();

    const before = await opened(shelf);
    const isGood = await shelf.readRest();
    const after = await opened(shelf);

    expect(before.snapshot.sites[1]?.editions).toEqual([]);
    expect(isGood).toBe(false);
    expect(after.damaged).toEqual(['home02']);
    expect(after.snapshot.sites).toEqual([before.snapshot.sites[0]]);
  });

  it.each([
    ['a line break in a header', (site: SnapshotSite) => ({ ...site, marker: 'x\r\ny: z' })],
    ['the name of another site', (site: SnapshotSite) => ({ ...site, name: 'home03' })],
    ['a field that nobody knows', (site: SnapshotSite) => ({ secret: 1, ...site })],
  ])('is refused when what lists a site has %s', async (_, spoil) => {
    await write(folder, sitesWith(spoil));

    await expect(opened(new SnapshotShelf())).rejects.toMatchObject({
      code: 'DETOUR_SNAPSHOT_INVALID',
      message: expect.stringContaining('The part of home0'),
    });
  });
});

describe('a notice process', () => {
  it('tells of a site whose pages it cannot read, shows its visitors the neutral page, and serves the others', async () => {
    await using stage = await openStage(undefined);
    await writeFile(path.join(stage.folder, 'snapshot.pub'), pem);

    await write(
      stage.folder,
      sitesWith((site) => ({ ...site, editions: [{ bodies: [] }] })),
    );

    await until('the bad site to be told of', async () =>
      (await stage.notice.status()).problem?.includes('home02'),
    );
    expect((await ask(stage.port, 'home01.example.kr')).text).toContain('notice of home01');
    expect((await ask(stage.port, 'home02.example.kr')).text).toContain('neutral notice');
    expect(await stage.notice.readiness()).toHaveLength(1);
  });
});
