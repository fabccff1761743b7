import { open, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type LogPlace, logPlaceSchema, PartLogReader } from '../../lib/part-log.ts';

interface FileStamp {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

const versionFrom = ({ ino, size, mtimeNs }: FileStamp): string => `"${ino}-${size}-${mtimeNs}"`;

/** Where the file says where its parts are, behind all that is signed. Nothing before it can hold these bytes: inside a JSON text every quotation mark is escaped. */
const partsKey = Buffer.from(',"parts":{');

const placeSchema = z.object({ parts: logPlaceSchema });

/** What nodes are given of the file, and the place of its parts. Not parsed: thousands of sites make it long, and only nodes need to read it. */
function split(file: Buffer): Pick<Contents, 'head' | 'parts'> {
  const at = file.lastIndexOf(partsKey);
  if (at < 0) {
    return { head: file, parts: undefined };
  }
  const { parts } = placeSchema.parse(JSON.parse(`{${file.toString('utf8', at + 1)}`));
  return { head: Buffer.concat([file.subarray(0, at), Buffer.from('}')]), parts };
}

/** What of one snapshot file is given to nodes. */
interface Contents {
  readonly version: string;
  /** The signed text alone: where its parts stand on this host is nobody else's matter. */
  readonly head: Buffer;
  readonly parts: LogPlace | undefined;
}

/** The snapshot as it is given to nodes: its head, or single parts of it. */
export class SnapshotOffer {
  readonly #file: string;
  readonly #log: PartLogReader;
  #contents: Contents | undefined;
  /** Parts are looked for one question after the other, as the log is read on from where the last one ended. */
  #looking: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
    this.#log = new PartLogReader(dirname(file));
  }

  /** Changes with every write; undefined while there is no file. */
  async version(): Promise<string | undefined> {
    const found = await stat(this.#file, { bigint: true }).catch(() => undefined);
    return found === undefined ? undefined : versionFrom(found);
  }

  /** Sends the head; the version of these very bytes is the etag. */
  async send(response: ServerResponse, headers: Readonly<Record<string, string>>): Promise<void> {
    const { head, version } = await this.#read();
    response.writeHead(200, {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(head.length),
      etag: version,
    });
    response.end(head);
  }

  /** Sends these parts one behind the other; 409 when one is there no more, so that the node asks afresh. */
  async sendParts(response: ServerResponse, digests: readonly string[]): Promise<void> {
    const { parts } = await this.#read();
    const found = await this.#find(parts, digests).catch(() => new Map<string, Buffer>());
    const chunks = digests.flatMap((digest) => found.get(digest) ?? []);
    if (chunks.length < digests.length) {
      response.writeHead(409).end();
      return;
    }
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': String(length),
    });
    response.end(Buffer.concat(chunks, length));
  }

  #find(
    place: LogPlace | undefined,
    digests: readonly string[],
  ): Promise<ReadonlyMap<string, Buffer>> {
    const before = this.#looking;
    const looking = (async (): Promise<ReadonlyMap<string, Buffer>> => {
      await before;
      const refs = digests.map((digest) => ({ digest, bytes: 0 }));
      const found = new Map<string, Buffer>();
      for await (const { ref, bytes } of place === undefined ? [] : this.#log.find(place, refs)) {
        found.set(ref.digest, bytes);
      }
      return found;
    })();
    this.#looking = looking.catch(() => undefined);
    return looking;
  }

  async #read(): Promise<Contents> {
    const version = await this.version();
    if (this.#contents === undefined || this.#contents.version !== version) {
      this.#contents = await this.#readAnew();
    }
    return this.#contents;
  }

  async #readAnew(): Promise<Contents> {
    await using file = await open(this.#file);
    const version = versionFrom(await file.stat({ bigint: true }));
    return { version, ...split(await file.readFile()) };
  }
}
