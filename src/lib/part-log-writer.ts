import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './atomic-file.ts';
import { type LinePlace, type LogPlace, lineAt, logLines, partLogName } from './part-log.ts';
import type { PartRef } from './parted-file.ts';

/** What a log may hold of parts that nobody names any more, besides as much as it has of those that are named: then it is written anew. */
const spareBytes = 8 * 1024 * 1024;

/** Big enough for few system calls. */
const batchBytes = 1 << 20;

const lineEnd = Buffer.from('\n');

/** The bytes of a part that the log has not; undefined when it must have them. */
export type BytesOf = (digest: string) => Buffer | undefined;

interface Written extends LogPlace {
  /** Of the file as we left it: somebody else's hand, or another file in its place, would show. */
  readonly stamp: string;
}

async function stampOf(file: FileHandle): Promise<string> {
  const { ino, size, mtimeNs } = await file.stat({ bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * Keeps parts in a folder, one on each line of a log that grows: what did not change is not written again. When too much
 * of it is of the past, it is written anew, as another file. Only one writer at a time.
 */
export class PartLogWriter {
  readonly #folder: string;
  readonly #places = new Map<string, LinePlace>();
  #log: Written | undefined;
  /** The length at which the log was to be written anew and there was no room for a second one. */
  #hadNoRoomAt = 0;
  #isSwept = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Goes on with the log that an earlier writer left, as far as it holds. */
  async adopt({ file, bytes: end }: LogPlace): Promise<void> {
    this.#log = undefined;
    this.#isSwept = false;
    this.#places.clear();
    try {
      await using handle = await open(join(this.#folder, file), 'r+');
      const { size } = await handle.stat();
      if (size < end) {
        return;
      }
      await handle.truncate(end);
      for await (const { digest, at, length } of logLines(handle, { from: 0, to: end })) {
        this.#places.set(digest, { at, length });
      }
      this.#log = { file, bytes: end, stamp: await stampOf(handle) };
    } catch {
      // What cannot be read is written anew.
    }
  }

  /** Those of some parts that the log has not, or no longer as they should be. */
  async lacking<T extends PartRef>(refs: readonly T[]): Promise<readonly T[]> {
    await this.#look();
    return refs.filter(({ digest }) => !this.#places.has(digest));
  }

  /** Sees to it that these parts are on the disk, and resolves with where. */
  async hold(refs: readonly PartRef[], bytesOf: BytesOf): Promise<LogPlace> {
    const lacking = await this.lacking(refs);
    const [live, fresh] = [sizeOf(refs), sizeOf(lacking)];
    const end = this.#log?.bytes;
    if (end === undefined) {
      return await this.#begin(refs, bytesOf);
    }
    if (end + fresh > Math.max(2 * live, this.#hadNoRoomAt) + spareBytes) {
      const place = await this.#begin(refs, bytesOf).catch(() => undefined);
      if (place !== undefined) {
        return place;
      }
      // There may still be room for what changed.
      this.#hadNoRoomAt = end;
    }
    return await this.#append(lacking, bytesOf);
  }

  /** Removes earlier logs, once nobody is pointed to them any more. */
  async sweep(): Promise<void> {
    if (this.#isSwept) {
      return;
    }
    const names = await readdir(this.#folder);
    const old = names.filter((name) => partLogName.test(name) && name !== this.#log?.file);
    await Promise.all(old.map((name) => rm(join(this.#folder, name), { force: true })));
    this.#isSwept = true;
  }

  /** A log that is not as we left it is read again, line by line: what was damaged since is then lacking. */
  async #look(): Promise<void> {
    const log = this.#log;
    if (log === undefined) {
      return;
    }
    const found = await stat(join(this.#folder, log.file), { bigint: true }).catch(() => undefined);
    if (found === undefined || `${found.ino} ${found.size} ${found.mtimeNs}` !== log.stamp) {
      await this.adopt(log);
    }
  }

  async #append(lacking: readonly PartRef[], bytesOf: BytesOf): Promise<LogPlace> {
    const log = this.#log;
    if (log === undefined) {
      throw new Error('There is no log to append to');
    }
    if (lacking.length === 0) {
      return log;
    }
    await using handle = await open(join(this.#folder, log.file), 'r+');
    const placed = placesFrom(log.bytes, lacking);
    let end = log.bytes;
    try {
      for (const batch of batches(lacking, bytesOf)) {
        await writeAt(handle, batch, end);
        end += batch.length;
      }
      await handle.datasync();
    } catch (error) {
      // On a full disk what was cut off would take the room of whatever is written next.
      await handle.truncate(log.bytes).catch(() => undefined);
      this.#log = { ...log, stamp: 'to be read again' };
      throw error;
    }
    for (const [digest, place] of placed) {
      this.#places.set(digest, place);
    }
    this.#log = { file: log.file, bytes: end, stamp: await stampOf(handle) };
    return this.#log;
  }

  async #begin(refs: readonly PartRef[], bytesOf: BytesOf): Promise<LogPlace> {
    const file = `parts-${randomBytes(8).toString('hex')}.jsonl`;
    const placed = placesFrom(0, refs);
    const full = join(this.#folder, file);
    await writeAtomically(full, this.#allLines(refs, bytesOf), 0o644);
    await using handle = await open(full);
    this.#places.clear();
    for (const [digest, place] of placed) {
      this.#places.set(digest, place);
    }
    const { size } = await handle.stat();
    this.#log = { file, bytes: size, stamp: await stampOf(handle) };
    this.#isSwept = false;
    return this.#log;
  }

  async *#allLines(refs: readonly PartRef[], bytesOf: BytesOf): AsyncGenerator<Buffer> {
    const log = this.#log;
    await using handle = log && (await open(join(this.#folder, log.file)));
    let batch: Buffer[] = [];
    let size = 0;
    for (const { digest, bytes: length } of unique(refs)) {
      const place = this.#places.get(digest);
      const bytes =
        bytesOf(digest) ??
        (handle === undefined || place === undefined
          ? undefined
          : await lineAt(handle, place, digest));
      batch.push(needed(bytes, digest), lineEnd);
      size += length + lineEnd.length;
      if (size > batchBytes) {
        yield Buffer.concat(batch);
        batch = [];
        size = 0;
      }
    }
    yield Buffer.concat(batch);
  }
}

function needed(bytes: Buffer | undefined, digest: string): Buffer {
  if (bytes === undefined) {
    throw new Error(`The part ${digest} is neither in the log nor given`);
  }
  if (bytes.includes(lineEnd)) {
    throw new Error(`The part ${digest} is more than one line`);
  }
  return bytes;
}

/** Each part once: two sites may have the very same. */
function unique<T extends PartRef>(refs: readonly T[]): Iterable<T> {
  return new Map(refs.map((ref) => [ref.digest, ref])).values();
}

function sizeOf(refs: readonly PartRef[]): number {
  return refs.reduce((sum, { bytes }) => sum + bytes + lineEnd.length, 0);
}

/** Where parts will stand that are written one after the other from here on. */
function placesFrom(from: number, refs: readonly PartRef[]): ReadonlyMap<string, LinePlace> {
  const places = new Map<string, LinePlace>();
  let at = from;
  for (const { digest, bytes } of unique(refs)) {
    places.set(digest, { at, length: bytes });
    at += bytes + lineEnd.length;
  }
  return places;
}

function* batches(refs: readonly PartRef[], bytesOf: BytesOf): Generator<Buffer> {
  let batch: Buffer[] = [];
  let size = 0;
  for (const { digest, bytes } of unique(refs)) {
    batch.push(needed(bytesOf(digest), digest), lineEnd);
    size += bytes + lineEnd.length;
    if (size > batchBytes) {
      yield Buffer.concat(batch);
      batch = [];
      size = 0;
    }
  }
  yield Buffer.concat(batch);
}
