/** What comes next in a body that is sent in chunks (RFC 9112 7.1). */
type Expected =
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer-start'
  | 'trailer'
  | 'trailer-lf'
  | 'last-lf'
  | 'over'
  | 'broken';

/** Digits of a chunk's size: 13 hexadecimal ones are more than any body has, and few enough to be counted exactly. */
const maxSizeDigits = 13;
/** Bytes of extensions and trailers in one body; beyond it somebody only makes us work. */
const maxSideBytes = 16 * 1024;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const semicolon = 0x3b;

/** Where only one byte may stand, and what comes after it. */
const lineEnds: Partial<Record<Expected, { readonly byte: number; readonly next: Expected }>> = {
  'data-cr': { byte: carriageReturn, next: 'data-lf' },
  'data-lf': { byte: lineFeed, next: 'size' },
  'trailer-lf': { byte: lineFeed, next: 'trailer-start' },
  'last-lf': { byte: lineFeed, next: 'over' },
};

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) {
    return byte - 0x30;
  }
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Follows the framing of one chunked body without keeping a byte of it. Pure; a line feed alone ends no line here. */
export class ChunkedBody {
  #expected: Expected = 'size';
  #size = 0;
  #digits = 0;
  #sideBytes = 0;

  get isOver(): boolean {
    return this.#expected === 'over';
  }

  get isBroken(): boolean {
    return this.#expected === 'broken';
  }

  /** Goes through the bytes from a position on; answers where the body, or what is there of it, ends. */
  pass(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.isOver && !this.isBroken) {
      if (this.#expected === 'data') {
        at += this.#skip(bytes.length - at);
      } else {
        this.#expected = this.#next(bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  #skip(available: number): number {
    const skipped = Math.min(available, this.#size);
    this.#size -= skipped;
    if (this.#size === 0) {
      this.#digits = 0;
      this.#expected = 'data-cr';
    }
    return skipped;
  }

  #next(byte: number): Expected {
    const line = lineEnds[this.#expected];
    if (line !== undefined) {
      return byte === line.byte ? line.next : 'broken';
    }
    switch (this.#expected) {
      case 'size':
        return this.#onSize(byte);
      case 'extension':
        return this.#onSide(byte, 'extension', 'size-lf');
      case 'size-lf':
        return byte === lineFeed ? this.#afterSize() : 'broken';
      case 'trailer-start':
        return byte === carriageReturn ? 'last-lf' : this.#onSide(byte, 'trailer', 'trailer-lf');
      case 'trailer':
        return this.#onSide(byte, 'trailer', 'trailer-lf');
      default:
        return this.#expected;
    }
  }

  #onSize(byte: number): Expected {
    const digit = hexDigit(byte);
    if (digit >= 0 && this.#digits < maxSizeDigits) {
      this.#size = this.#size * 16 + digit;
      this.#digits += 1;
      return 'size';
    }
    if (this.#digits === 0) {
      return 'broken';
    }
    if (byte === carriageReturn) {
      return 'size-lf';
    }
    return byte === semicolon ? 'extension' : 'broken';
  }

  #afterSize(): Expected {
    return this.#size === 0 ? 'trailer-start' : 'data';
  }

  /** A byte of an extension or a trailer, which mean nothing to us. */
  #onSide(byte: number, stay: Expected, atEnd: Expected): Expected {
    this.#sideBytes += 1;
    if (this.#sideBytes > maxSideBytes || byte === lineFeed) {
      return 'broken';
    }
    return byte === carriageReturn ? atEnd : stay;
  }
}
