import { HttpReader } from '../http-reader.ts';
import type { RequestHead } from '../request-head.ts';
import { ChunkedBody } from './chunked-body.ts';

/** Why a connection is passed on no further: a later request is for somebody else, or is none. */
export type FollowerEnding = 'misdirected' | 'bad-request';

/** What may be passed on of the bytes that were taken, in order. */
export interface Followed {
  readonly forward: readonly Buffer[];
  readonly ending?: FollowerEnding;
}

/**
 * Follows the requests of one client on their way to an origin, so that each request's own Host decides where it goes:
 * the connection ends before the first one that is for somebody else. Only heads are held back, until they are whole;
 * bodies pass unread. Pure: no I/O, no clock.
 */
export class RequestFollower {
  readonly #isMeant: (head: RequestHead) => boolean;
  #reader = new HttpReader();
  /** What is left of a body: a count, or chunks, or everything that still comes. */
  #bytesLeft = 0;
  #chunks: ChunkedBody | undefined;
  #ending: FollowerEnding | undefined;

  /** Begins after a head that is passed on already. */
  constructor(first: RequestHead, isMeant: (head: RequestHead) => boolean) {
    this.#isMeant = isMeant;
    this.#beginBody(first);
  }

  /** Bytes of a head that is not whole yet. */
  get heldBytes(): number {
    return this.#reader.pendingBytes;
  }

  /** Takes the next bytes of the client. */
  take(chunk: Buffer): Followed {
    const forward: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0 && this.#ending === undefined) {
      const bodyEnd = this.#passBody(rest);
      if (bodyEnd > 0) {
        forward.push(rest.subarray(0, bodyEnd));
        rest = rest.subarray(bodyEnd);
      } else {
        rest = this.#takeHead(rest, forward);
      }
    }
    return this.#ending === undefined ? { forward } : { forward, ending: this.#ending };
  }

  /** How many of the bytes belong to the body. */
  #passBody(bytes: Buffer): number {
    if (this.#chunks === undefined) {
      const count = Math.min(this.#bytesLeft, bytes.length);
      this.#bytesLeft -= count;
      return count;
    }
    const end = this.#chunks.pass(bytes, 0);
    if (this.#chunks.isBroken) {
      this.#ending = 'bad-request';
    } else if (this.#chunks.isOver) {
      this.#chunks = undefined;
    }
    return end;
  }

  #takeHead(bytes: Buffer, forward: Buffer[]): Buffer {
    const reader = this.#reader;
    reader.push(bytes);
    const head = reader.next();
    if (head === undefined) {
      return bytes.subarray(bytes.length);
    }
    if ('status' in head) {
      this.#ending = 'bad-request';
    } else if (this.#isMeant(head)) {
      forward.push(reader.found);
      this.#beginBody(head);
    } else {
      this.#ending = 'misdirected';
    }
    this.#reader = new HttpReader();
    return reader.pending;
  }

  #beginBody({ isTunnel, isChunked, contentLength }: RequestHead): void {
    // What another protocol says is between the client and the origin that it was offered to.
    this.#bytesLeft = isTunnel ? Number.POSITIVE_INFINITY : contentLength;
    this.#chunks = isChunked && !isTunnel ? new ChunkedBody() : undefined;
  }
}
