import { tokenBytes } from './http-syntax.ts';
import { HeadDraft, type RequestHead } from './request-head.ts';

/** A request line longer than this is answered 414: browsers stop at about 2,000 characters, RFC 9112 3 asks for 8,000. */
export const maxRequestLineBytes = 8 * 1024;
/** A head longer than this is answered 431: twice what browsers send with every cookie a site may set. */
export const maxHeadBytes = 16 * 1024;

/** A request that breaks RFC 9112 or our limits; the connection ends with this answer. */
export interface Refusal {
  readonly status: 400 | 414 | 431;
  readonly isHead: boolean;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const noBytes = Buffer.alloc(0);

/**
 * Reads the heads of HTTP/1.1 requests (RFC 9112) from a byte stream, in order, however it is cut.
 * Pure: no I/O, no clock. Never throws. A body is not read: after a head with `hasBody` or `isClose`
 * the caller must not ask again.
 */
export class HttpReader {
  #bytes: Buffer = noBytes;
  /** Where the request being read begins, the line being read begins, and the search for its end goes on. */
  #headStart = 0;
  #lineStart = 0;
  #searchFrom = 0;
  #draft: HeadDraft | undefined;
  #isDead = false;
  /** Where the head that was found last begins. */
  #foundStart = 0;
  readonly #isForwarded: boolean;

  /** X-Forwarded-For is read only on connections from a trusted proxy. */
  constructor(isForwarded = false) {
    this.#isForwarded = isForwarded;
  }

  /** Takes more of the stream. The buffer must not change afterwards. */
  push(chunk: Buffer): void {
    const rest = this.#bytes.length - this.#headStart;
    if (rest === 0) {
      this.#bytes = chunk;
    } else {
      this.#bytes = Buffer.concat([this.#bytes.subarray(this.#headStart), chunk]);
    }
    this.#lineStart -= this.#headStart;
    this.#searchFrom -= this.#headStart;
    this.#headStart = 0;
  }

  /** The bytes taken but not yet part of a whole head. */
  get pending(): Buffer {
    return this.#bytes.subarray(this.#headStart);
  }

  /** The bytes of the head that was found last; there until more of the stream is taken. */
  get found(): Buffer {
    return this.#bytes.subarray(this.#foundStart, this.#headStart);
  }

  /** Lets go of all that was taken: a connection that waits or ends must not keep cookies and bodies in memory. */
  forget(): void {
    this.#bytes = noBytes;
    this.#headStart = 0;
    this.#foundStart = 0;
    this.#lineStart = 0;
    this.#searchFrom = 0;
  }

  /** Leaves out bytes before the first request that are no part of it. */
  skip(count: number): void {
    this.#bytes = this.#bytes.subarray(this.#headStart + count);
    this.#headStart = 0;
    this.#lineStart = 0;
    this.#searchFrom = 0;
  }

  /** How many those are. */
  get pendingBytes(): number {
    return this.#bytes.length - this.#headStart;
  }

  /** The next whole head, a refusal (then nothing more comes), or undefined until more bytes are there. */
  next(): RequestHead | Refusal | undefined {
    return this.#nextWhole() ?? this.#nextByLines();
  }

  #nextByLines(): RequestHead | Refusal | undefined {
    while (!this.#isDead) {
      const lineEnd = this.#bytes.indexOf(lineFeed, this.#searchFrom);
      const status = this.#limitBroken(lineEnd === -1 ? this.#bytes.length : lineEnd);
      if (status !== undefined) {
        return this.#refuse(status);
      }
      if (lineEnd === -1) {
        this.#searchFrom = this.#bytes.length;
        return;
      }
      // A bare LF is a line end to some and not to others; that doubt is how requests are smuggled.
      if (this.#bytes[lineEnd - 1] !== carriageReturn || lineEnd === this.#lineStart) {
        return this.#refuse(400);
      }
      const found = this.#takeLine(lineEnd - 1);
      if (found !== undefined) {
        return found;
      }
    }
    return;
  }

  /**
   * A head that is there from its first byte to its last, within all limits and without a fault, read in one go: nearly
   * every one is. Undefined for any other, of which nothing is taken then: it is read line by line.
   */
  #nextWhole(): RequestHead | undefined {
    const bytes = this.#bytes;
    const start = this.#headStart;
    if (this.#isDead || this.#draft !== undefined || this.#searchFrom !== start) {
      return;
    }
    const lineEnd = bytes.indexOf(lineFeed, start);
    const lineBytes = lineEnd - start;
    if (
      lineBytes < 2 ||
      lineBytes > maxRequestLineBytes + 1 ||
      bytes[lineEnd - 1] !== carriageReturn
    ) {
      return;
    }
    const draft = new HeadDraft(this.#isForwarded);
    if (!draft.readRequestLine(bytes, start, lineEnd - 1)) {
      return;
    }
    let at = lineEnd + 1;
    while (at !== -1 && bytes[at] !== carriageReturn) {
      at = draft.readFieldFrom(bytes, at);
    }
    const end = at + 2;
    if (at === -1 || bytes[at + 1] !== lineFeed || end - start > maxHeadBytes) {
      return;
    }
    const head = draft.finish();
    if (head !== undefined) {
      this.#foundStart = start;
      this.#headStart = end;
      this.#lineStart = end;
      this.#searchFrom = end;
    }
    return head;
  }

  /** Checks the line that starts at lineStart and reaches at least to `end`, its CR included. */
  #limitBroken(end: number): Refusal['status'] | undefined {
    const isRequestLine = this.#draft === undefined;
    const first = this.#bytes[this.#lineStart];
    // Something that cannot become a request (a TLS hello, a port scan) need not be waited for.
    if (
      isRequestLine &&
      end > this.#lineStart &&
      first !== undefined &&
      first !== carriageReturn &&
      tokenBytes[first] !== 1
    ) {
      return 400;
    }
    if (isRequestLine && end - this.#lineStart > maxRequestLineBytes + 1) {
      return 414;
    }
    return end + 1 - this.#headStart > maxHeadBytes ? 431 : undefined;
  }

  #takeLine(end: number): RequestHead | Refusal | undefined {
    const start = this.#lineStart;
    this.#lineStart = end + 2;
    this.#searchFrom = end + 2;
    if (this.#draft === undefined) {
      return this.#takeFirstLine(start, end);
    }
    if (end > start) {
      return this.#draft.readField(this.#bytes, start, end) ? undefined : this.#refuse(400);
    }
    const head = this.#draft.finish();
    if (head === undefined) {
      return this.#refuse(400);
    }
    this.#draft = undefined;
    this.#foundStart = this.#headStart;
    this.#headStart = this.#lineStart;
    return head;
  }

  #takeFirstLine(start: number, end: number): Refusal | undefined {
    // One empty line before a request is tolerated (RFC 9112 2.2), a stream of them is not.
    if (end === start && start === this.#headStart) {
      return;
    }
    this.#draft = new HeadDraft(this.#isForwarded);
    return this.#draft.readRequestLine(this.#bytes, start, end) ? undefined : this.#refuse(400);
  }

  #refuse(status: Refusal['status']): Refusal {
    this.#isDead = true;
    return { status, isHead: this.#draft?.isHead ?? false };
  }
}
