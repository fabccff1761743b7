import { type FileHandle, open, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import {
  type PartRef,
  type PlacedPart,
  parseHead,
  placeParts,
  readHead,
  readParts,
} from '../../lib/parted-file.ts';

interface FileStamp {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

const versionFrom = ({ ino, size, mtimeNs }: FileStamp): string => `"${ino}-${size}-${mtimeNs}"`;

const signedSchema = z.object({ snapshot: z.string() });

const manifestSchema = z.object({
  format: z.literal(2),
  sites: z.array(z.object({ digest: z.string(), bytes: z.int().positive() })),
});

/** What of one snapshot file a node may ask for. */
interface Contents {
  readonly version: string;
  /** Undefined for a file of an earlier version, which has no parts. */
  readonly headBytes: number | undefined;
  readonly parts: ReadonlyMap<string, PlacedPart<PartRef>>;
}

async function readContents(file: FileHandle, version: string): Promise<Contents> {
  const { line, partsAt } = await readHead(file);
  const { snapshot } = signedSchema.parse(parseHead(line));
  const manifest = manifestSchema.safeParse(JSON.parse(snapshot));
  if (!manifest.success) {
    return { version, headBytes: undefined, parts: new Map() };
  }
  const placed = placeParts(partsAt, manifest.data.sites);
  return {
    version,
    headBytes: Buffer.byteLength(line),
    parts: new Map(placed.map((part) => [part.ref.digest, part])),
  };
}

async function* bytesOf(
  file: FileHandle,
  placed: readonly PlacedPart<PartRef>[],
): AsyncGenerator<Buffer> {
  for await (const { bytes } of readParts(file, placed)) {
    yield bytes;
  }
}

/** The snapshot file as it is given to nodes: whole, its head alone, or single parts of it. */
export class SnapshotOffer {
  readonly #file: string;
  #contents: Contents | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Changes with every write; undefined while there is no file. */
  async version(): Promise<string | undefined> {
    const found = await stat(this.#file, { bigint: true }).catch(() => undefined);
    return found === undefined ? undefined : versionFrom(found);
  }

  /** Sends the file, or its head alone to one that asks for parts; its version, that of these very bytes, as the etag. */
  async send(
    response: ServerResponse,
    headers: Readonly<Record<string, string>>,
    isHeadOnly: boolean,
  ): Promise<void> {
    await using file = await open(this.#file);
    const stamp = await file.stat({ bigint: true });
    const etag = versionFrom(stamp);
    const headBytes = isHeadOnly ? (await this.#contentsOf(file, etag)).headBytes : undefined;
    const length = headBytes ?? Number(stamp.size);
    response.writeHead(200, {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(length),
      etag,
    });
    await pipeline(
      file.createReadStream({ autoClose: false, start: 0, end: length - 1 }),
      response,
    );
  }

  /** Sends these parts one behind the other; 409 when one is not of the newest snapshot, so that the node asks afresh. */
  async sendParts(response: ServerResponse, digests: readonly string[]): Promise<void> {
    await using file = await open(this.#file);
    const { parts } = await this.#contentsOf(file, versionFrom(await file.stat({ bigint: true })));
    const placed = digests.flatMap((digest) => parts.get(digest) ?? []);
    if (placed.length < digests.length) {
      response.writeHead(409).end();
      return;
    }
    const length = placed.reduce((sum, { ref }) => sum + ref.bytes, 0);
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': String(length),
    });
    await pipeline(bytesOf(file, placed), response);
  }

  async #contentsOf(file: FileHandle, version: string): Promise<Contents> {
    if (this.#contents?.version !== version) {
      this.#contents = await readContents(file, version);
    }
    return this.#contents;
  }
}
