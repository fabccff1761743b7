import { seeded } from '../requests/mutants.ts';

const recordHeadBytes = 5;

/** Cuts the content of the first record into two, as a client may. */
function recut(bytes: Buffer, at: number): Buffer {
  const content = bytes.subarray(recordHeadBytes);
  const record = (part: Buffer): Buffer => {
    const head = Buffer.from(bytes.subarray(0, recordHeadBytes));
    head.writeUInt16BE(part.length, 3);
    return Buffer.concat([head, part]);
  };
  return Buffer.concat([record(content.subarray(0, at)), record(content.subarray(at))]);
}

/** Real hellos with one to four changes: bytes, lengths, pieces left out or doubled, records cut anew. The same for the same seed. */
export class HelloMutants {
  readonly #parents: readonly Buffer[];
  readonly #random: () => number;

  constructor(parents: readonly Buffer[], seed: number) {
    this.#parents = parents;
    this.#random = seeded(seed);
  }

  next(): Buffer {
    let bytes = this.#parents[this.#below(this.#parents.length)] ?? Buffer.alloc(0);
    for (let changes = 1 + this.#below(4); changes > 0; changes -= 1) {
      bytes = this.#changed(bytes);
    }
    return bytes;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #changed(bytes: Buffer): Buffer {
    const at = this.#below(bytes.length);
    const end = Math.min(bytes.length, at + 1 + this.#below(40));
    const copy = Buffer.from(bytes);
    switch (this.#below(6)) {
      case 0:
        return bytes.subarray(0, at);
      case 1:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
      case 2:
        return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
      case 3:
        return bytes.length > recordHeadBytes ? recut(bytes, at) : bytes;
      case 4:
        // Off by one: what a length field is most often wrong by.
        copy[at] = (copy[at] ?? 0) + (this.#random() < 0.5 ? 1 : -1);
        return copy;
      default:
        copy[at] = this.#below(256);
        return copy;
    }
  }
}
