import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogPlace, PartLogReader } from '../../src/lib/part-log.ts';
import { PartLogWriter } from '../../src/lib/part-log-writer.ts';
import { digestOf, type PartRef } from '../../src/lib/parted-file.ts';

const refOf = (text: string): PartRef => ({
  digest: digestOf(Buffer.from(text)),
  bytes: Buffer.byteLength(text),
});

describe('a log of parts', () => {
  let folder: string;
  let log: PartLogWriter;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-log-'));
    log = new PartLogWriter(folder);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const fileOf = ({ file }: LogPlace): string => path.join(folder, file);

  async function hold(texts: readonly string[]): Promise<LogPlace> {
    const given = new Map(texts.map((text) => [refOf(text).digest, Buffer.from(text)]));
    return await log.hold(texts.map(refOf), (digest) => given.get(digest));
  }

  async function found(place: LogPlace, texts: readonly string[], by = new PartLogReader(folder)) {
    const parts: string[] = [];
    for await (const { bytes } of by.find(place, texts.map(refOf))) {
      parts.push(bytes.toString());
    }
    return parts.toSorted();
  }

  async function lacking(texts: readonly string[]): Promise<readonly string[]> {
    const refs = await log.lacking(texts.map(refOf));
    return texts.filter((text) => refs.some(({ digest }) => digest === refOf(text).digest));
  }

  it('grows by what is new, and leaves alone what it has', async () => {
    const before = await hold(['one', 'two']);
    const { ino } = await stat(fileOf(before));

    const after = await hold(['two', 'three', 'one']);

    expect(await readFile(fileOf(after), 'utf8')).toBe('one\ntwo\nthree\n');
    expect((await stat(fileOf(after))).ino).toBe(ino);
    expect(await found(after, ['one', 'three'])).toEqual(['one', 'three']);
    expect(await found(before, ['three'])).toEqual([]);
  });

  it('is read on from where it was read last, and what was passed by then is found again', async () => {
    const reader = new PartLogReader(folder);
    await found(await hold(['one', 'two']), ['one'], reader);

    const after = await hold(['two', 'three']);

    expect(await found(after, ['two', 'three'], reader)).toEqual(['three', 'two']);
  });

  it('gives many parts that were passed by then as well as few', async () => {
    const texts = Array.from({ length: 300 }, (_, index) => `part ${index}`);
    const reader = new PartLogReader(folder);
    const place = await hold(texts);
    await found(place, ['part 7'], reader);

    expect(await found(place, texts, reader)).toEqual(texts.toSorted());
    expect(await found(place, ['part 3', 'part 299'], reader)).toEqual(['part 299', 'part 3']);
  });

  it('loses to a damaged byte the part that it stands in, and has it again once it is given anew', async () => {
    const place = await hold(['one', 'two', 'three']);
    const reader = new PartLogReader(folder);
    await found(place, ['one'], reader);
    await writeFile(fileOf(place), 'one\ntvo\nthree\n');

    expect(await found(place, ['one', 'two', 'three'])).toEqual(['one', 'three']);
    expect(await found(place, ['two'], reader)).toEqual([]);
    expect(await lacking(['one', 'two', 'three'])).toEqual(['two']);
    const mended = await hold(['one', 'two', 'three']);
    expect(await found(mended, ['one', 'two', 'three'], reader)).toEqual(['one', 'three', 'two']);
  });

  it('loses to a damaged end of line the two parts beside it, and no other', async () => {
    const place = await hold(['one', 'two', 'three']);
    await writeFile(fileOf(place), 'one two\nthree\n');

    expect(await found(place, ['one', 'two', 'three'])).toEqual(['three']);
    expect(await lacking(['one', 'two', 'three'])).toEqual(['one', 'two']);
  });

  it('is taken over as far as it counts: what an interrupted write left behind is removed', async () => {
    const place = await hold(['one', 'two']);
    await writeFile(fileOf(place), 'one\ntwo\nthr');
    const next = new PartLogWriter(folder);

    await next.adopt(place);

    expect(await readFile(fileOf(place), 'utf8')).toBe('one\ntwo\n');
    expect(await next.lacking(['one', 'two', 'three'].map(refOf))).toEqual([refOf('three')]);
  });

  it.each([
    ['is gone', async (file: string) => rm(file)],
    ['was cut short', async (file: string) => writeFile(file, 'one\n')],
  ])('is written anew when it %s', async (_, spoil) => {
    const before = await hold(['one', 'two']);
    await spoil(fileOf(before));

    expect(await lacking(['one', 'two'])).toEqual(['one', 'two']);
    const after = await hold(['one', 'two']);
    await log.sweep();

    expect(await found(after, ['one', 'two'])).toEqual(['one', 'two']);
    expect(await readdir(folder)).toEqual([after.file]);
  });

  it('is written anew, without what nobody names any more, when that is most of it', async () => {
    const big = (words: string): string => words.padEnd(3_000_000, '.');
    const first = await hold(['standing', big('a')]);
    await hold(['standing', big('b')]);
    const last = await hold(['standing', big('c')]);
    expect(last.file).toBe(first.file);

    // Of the parts named only the new one is given: the others come from the log before.
    const next = ['standing', 'small'];
    const place = await log.hold(next.map(refOf), (digest) =>
      digest === refOf('small').digest ? Buffer.from('small') : undefined,
    );
    const both = await readdir(folder);
    await log.sweep();

    expect(both).toHaveLength(2);
    expect(await readdir(folder)).toEqual([place.file]);
    expect(await readFile(fileOf(place), 'utf8')).toBe('standing\nsmall\n');
  });

  it('finds a part that is longer than what is read in one go', async () => {
    const long = 'x'.repeat(2_500_000);

    const place = await hold(['one', long, 'two']);

    expect(await found(place, [long, 'two'])).toEqual(['two', long]);
  });
});
