import { oddRequests } from './odd-requests.ts';

/** A sequence of numbers in [0, 1) that its seed alone decides (Marsaglia's xorshift). */
export function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Bytes that decide something in a request, and so are put in more often than others. */
const tellingBytes = Buffer.from('\r\n\r\n :/.*,;-1059\tHh\0\xff', 'latin1');

/** Requests of the corpus with one to four bytes or pieces changed, the same for the same numbers. */
export class Mutants {
  readonly #random: () => number;
  /** Those of 17 kB tell no more when a byte of theirs changes, and take long. */
  readonly #parents = oddRequests.map(({ bytes }) => bytes).filter(({ length }) => length < 1_000);

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  next(): Buffer {
    let bytes = this.#parents[this.#below(this.#parents.length)] ?? tellingBytes;
    for (let changes = 1 + this.#below(4); changes > 0; changes -= 1) {
      bytes = this.#changed(bytes);
    }
    return bytes;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #byte(): number {
    const telling = tellingBytes[this.#below(tellingBytes.length)] ?? 0;
    return this.#random() < 0.6 ? telling : this.#below(256);
  }

  #changed(bytes: Buffer): Buffer {
    const at = this.#below(bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + this.#below(16));
    const [front, piece, back] = [
      bytes.subarray(0, at),
      bytes.subarray(at, end),
      bytes.subarray(end),
    ];
    switch (this.#below(4)) {
      case 0:
        return Buffer.concat([front, Buffer.of(this.#byte()), bytes.subarray(at + 1)]);
      case 1:
        return Buffer.concat([front, Buffer.of(this.#byte()), bytes.subarray(at)]);
      case 2:
        return Buffer.concat([front, back]);
      default:
        return Buffer.concat([front, piece, piece, back]);
    }
  }
}
