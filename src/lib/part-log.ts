import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOf, type PartRef } from './parted-file.ts';

/** How far a log of parts counts: what stands behind is of a write that never became whole. */
export interface LogPlace {
  readonly file: string;
  readonly bytes: number;
}

/** Names of logs, and of nothing else in their folder. */
export const partLogName = /^parts-[a-z0-9]{1,40}\.jsonl$/;

/** The shape of a place as the head of a file gives it. */
export const logPlaceSchema = z.strictObject({
  file: z.string().regex(partLogName),
  bytes: z.int().nonnegative(),
}) satisfies z.ZodType<LogPlace>;

/** Big enough for few system calls, small enough to leave the main thread free in between. */
const stretchBytes = 1 << 20;

/** Up to this many are read one by one where they stand. */
const fewLines = 100;

const lineEnd = 10;

/** Where a part stands in a log. */
export interface LinePlace {
  readonly at: number;
  readonly length: number;
}

/** One line of a log. */
export interface LogLine extends LinePlace {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** Lines from one byte to another. Each is named by the digest of what stands there, so what the disk has damaged is nobody's part, and the others are as they were. */
export async function* logLines(
  file: FileHandle,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<LogLine> {
  let begun: Buffer[] = [];
  let at = from;
  for (let next = from; next < to; ) {
    const size = Math.min(stretchBytes, to - next);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, next);
    if (bytesRead === 0) {
      return;
    }
    next += bytesRead;
    let rest = buffer.subarray(0, bytesRead);
    for (let end = rest.indexOf(lineEnd); end >= 0; end = rest.indexOf(lineEnd)) {
      const last = rest.subarray(0, end);
      const bytes = begun.length === 0 ? last : Buffer.concat([...begun, last]);
      yield { at, length: bytes.length, digest: digestOf(bytes), bytes };
      at += bytes.length + 1;
      begun = [];
      rest = rest.subarray(end + 1);
    }
    begun.push(rest);
  }
}

/** Reads the line at a place; undefined when it is not what the digest says. */
export async function lineAt(
  file: FileHandle,
  { at, length }: LinePlace,
  digest: string,
): Promise<Buffer | undefined> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
  const bytes = buffer.subarray(0, bytesRead);
  return digestOf(bytes) === digest ? bytes : undefined;
}

/** A part as it was found. */
export interface FoundPart<T extends PartRef> {
  readonly ref: T;
  readonly bytes: Buffer;
}

/** Finds what is wanted by reading all that was passed again: for many parts that takes fewer strokes. */
async function* passed<T extends PartRef>(
  file: FileHandle,
  to: number,
  wanted: ReadonlyMap<string, T>,
): AsyncGenerator<FoundPart<T>> {
  for await (const { digest, bytes } of logLines(file, { from: 0, to })) {
    const ref = wanted.get(digest);
    if (ref !== undefined) {
      yield { ref, bytes };
    }
  }
}

/** Finds parts in the log of a folder, by their digests. What it has passed once it need not read again. */
export class PartLogReader {
  readonly #folder: string;
  readonly #places = new Map<string, LinePlace>();
  #file = '';
  #readTo = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The parts that are there as they should be, in no order. Rejects when there is no such log. */
  async *find<T extends PartRef>(
    { file, bytes: end }: LogPlace,
    refs: Iterable<T>,
  ): AsyncGenerator<FoundPart<T>> {
    const wanted = new Map([...refs].map((ref) => [ref.digest, ref]));
    if (wanted.size === 0) {
      return;
    }
    await using handle = await open(join(this.#folder, file));
    if (file !== this.#file) {
      this.#file = file;
      this.#readTo = 0;
      this.#places.clear();
    }
    for await (const { digest, bytes, ...place } of logLines(handle, {
      from: this.#readTo,
      to: end,
    })) {
      this.#readTo = place.at + place.length + 1;
      this.#places.set(digest, place);
      const ref = wanted.get(digest);
      if (ref !== undefined) {
        wanted.delete(digest);
        yield { ref, bytes };
      }
    }
    yield* wanted.size > fewLines
      ? passed(handle, this.#readTo, wanted)
      : this.#passedFew(handle, wanted);
  }

  /** Finds each where it was passed. */
  async *#passedFew<T extends PartRef>(
    handle: FileHandle,
    wanted: ReadonlyMap<string, T>,
  ): AsyncGenerator<FoundPart<T>> {
    for (const [digest, ref] of wanted) {
      const place = this.#places.get(digest);
      const bytes = place === undefined ? undefined : await lineAt(handle, place, digest);
      if (bytes !== undefined) {
        yield { ref, bytes };
      }
    }
  }
}
