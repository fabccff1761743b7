/** `marker`: messages end with `]]>]]>` (1.0). `chunks`: they come in counted pieces (1.1). RFC 6242, section 4. */
export type Framing = 'marker' | 'chunks';

/** A message longer than this is no answer to any question of ours. */
export const maxMessageBytes = 4 * 1024 * 1024;

const marker = ']]>]]>';

/** `\n#4294967295\n`: no header is longer. */
const maxHeaderBytes = 13;

/** Frames one message. */
export function frame(message: string, framing: Framing): string {
  return framing === 'marker'
    ? `${message}${marker}`
    : `\n#${Buffer.byteLength(message)}\n${message}\n##\n`;
}

/** Takes bytes and gives messages. What does not fit the framing is a problem for good: the two sides are out of step. */
export class FrameReader {
  #framing: Framing = 'marker';
  #buffer = Buffer.alloc(0);
  /** Up to here no marker begins. */
  #searched = 0;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #problem: string | undefined;

  /** What broke the framing, or undefined. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Both sides have offered 1.1: after their hello everything comes in chunks. */
  useChunks(): void {
    this.#framing = 'chunks';
  }

  feed(bytes: Buffer): void {
    if (this.#problem === undefined) {
      this.#buffer = Buffer.concat([this.#buffer, bytes]);
    }
  }

  /** The next whole message, or undefined while there is none. */
  next(): string | undefined {
    if (this.#problem !== undefined) {
      return undefined;
    }
    const message = this.#framing === 'marker' ? this.#nextMarked() : this.#nextChunked();
    if (message === undefined && this.#buffer.length + this.#pieceBytes > maxMessageBytes) {
      this.#problem ??= `a message is longer than ${maxMessageBytes} bytes`;
    }
    return message;
  }

  #nextMarked(): string | undefined {
    const end = this.#buffer.indexOf(marker, this.#searched);
    if (end < 0) {
      this.#searched = Math.max(0, this.#buffer.length - marker.length);
      return undefined;
    }
    const message = this.#buffer.toString('utf8', 0, end);
    this.#drop(end + marker.length);
    return message;
  }

  #nextChunked(): string | undefined {
    for (;;) {
      const header = this.#header();
      if (header === undefined) {
        return undefined;
      }
      if (header.bytes === 'end') {
        return this.#endOfChunks(header.length);
      }
      if (header.bytes > maxMessageBytes - this.#pieceBytes) {
        this.#problem = `a message is longer than ${maxMessageBytes} bytes`;
        return undefined;
      }
      if (this.#buffer.length < header.length + header.bytes) {
        return undefined;
      }
      this.#pieces.push(this.#buffer.subarray(header.length, header.length + header.bytes));
      this.#pieceBytes += header.bytes;
      this.#drop(header.length + header.bytes);
    }
  }

  #endOfChunks(length: number): string | undefined {
    if (this.#pieces.length === 0) {
      this.#problem = 'a message has no chunk';
      return undefined;
    }
    const message = Buffer.concat(this.#pieces).toString('utf8');
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#drop(length);
    return message;
  }

  #header(): { readonly length: number; readonly bytes: number | 'end' } | undefined {
    const start = this.#buffer.toString('latin1', 0, maxHeaderBytes);
    const header = /^\n#([1-9]\d{0,9}|#)\n/.exec(start);
    if (header === null) {
      if (!/^(\n(#(#|[1-9]\d{0,9})?)?)?$/.test(start)) {
        this.#problem = 'a chunk begins with no chunk header';
      }
      return undefined;
    }
    const [whole, bytes] = header;
    return { length: whole.length, bytes: bytes === '#' ? 'end' : Number(bytes) };
  }

  #drop(bytes: number): void {
    this.#buffer = this.#buffer.subarray(bytes);
    this.#searched = 0;
  }
}
