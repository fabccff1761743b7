import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Bytes of a part as the head of its file names them. */
export interface PartRef {
  readonly digest: string;
  readonly bytes: number;
}

/** Where a part stands in a file. */
export interface PlacedPart<T extends PartRef> {
  readonly ref: T;
  readonly at: number;
}

const between = ',\n';
const openList = ',"parts":[';

/** Big enough for few system calls, small enough to leave the main thread free in between. */
const batchBytes = 1 << 20;

const firstReadBytes = 256 * 1024;
const longestReadBytes = 8 * 1024 * 1024;
/** Thousands of parts have a head of a few megabytes; a file from before there were parts is all head. */
const maxHeadBytes = 512 * 1024 * 1024;

/** What names the bytes of a part: SHA-256 in base64url. */
export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url');
}

/** The fields of a head, with an empty list of parts; a file that is one whole JSON document is its own head. Throws SyntaxError. */
export function parseHead(line: string): unknown {
  return JSON.parse(line.endsWith(openList) ? `${line}]}` : line);
}

/** The head of a file and where its parts begin. */
export interface Head {
  readonly line: string;
  readonly partsAt: number;
}

/** Reads no further than the head. */
export async function readHead(file: FileHandle): Promise<Head> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (
    let size = firstReadBytes;
    bytes < maxHeadBytes;
    size = Math.min(2 * size, longestReadBytes)
  ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, bytes);
    const chunk = buffer.subarray(0, bytesRead);
    const lineEnd = chunk.indexOf('\n');
    if (lineEnd >= 0 || bytesRead === 0) {
      const line = Buffer.concat([...chunks, chunk.subarray(0, Math.max(0, lineEnd))]).toString();
      return { line, partsAt: bytes + lineEnd + 1 };
    }
    chunks.push(chunk);
    bytes += bytesRead;
  }
  throw new RangeError(`A head of more than ${maxHeadBytes} bytes`);
}

/** Where each part of a file stands. */
export function placeParts<T extends PartRef>(
  partsAt: number,
  refs: readonly T[],
): readonly PlacedPart<T>[] {
  let at = partsAt;
  return refs.map((ref) => {
    const placed = { ref, at };
    at += ref.bytes + between.length;
    return placed;
  });
}

/** Neighbours, so that a file of thousands of parts is read in a few strokes. */
function* runsOf<T extends PartRef>(
  placed: readonly PlacedPart<T>[],
): Generator<readonly PlacedPart<T>[]> {
  let run: PlacedPart<T>[] = [];
  let next = 0;
  let size = 0;
  for (const part of placed) {
    if (run.length > 0 && (part.at !== next || size + part.ref.bytes > batchBytes)) {
      yield run;
      run = [];
      size = 0;
    }
    run.push(part);
    size += part.ref.bytes;
    next = part.at + part.ref.bytes + between.length;
  }
  if (run.length > 0) {
    yield run;
  }
}

/** Reads parts in the order given. The bytes are as they stand there: whoever takes them checks their digest. */
export async function* readParts<T extends PartRef>(
  file: FileHandle,
  placed: readonly PlacedPart<T>[],
): AsyncGenerator<{ readonly ref: T; readonly bytes: Buffer }> {
  for (const run of runsOf(placed)) {
    const from = run[0]?.at ?? 0;
    const last = run.at(-1);
    const size = (last === undefined ? from : last.at + last.ref.bytes) - from;
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, from);
    const there = buffer.subarray(0, bytesRead);
    for (const { ref, at } of run) {
      yield { ref, bytes: there.subarray(at - from, at - from + ref.bytes) };
    }
  }
}
