/** What a record is of: one IPv4 address, or an IPv6 prefix, met by itself or through a trusted proxy. */
export interface SourceName {
  readonly kind: number;
  /** The first 32 bits of an IPv6 prefix; 0 for IPv4. */
  readonly high: number;
  /** The next 32 bits, or the IPv4 address. */
  readonly low: number;
}

/** Where each field of a record stands. One record is what a processor fetches from memory at once. */
export const field = {
  dueMs: 0,
  sinceMs: 8,
  high: 16,
  low: 20,
  kind: 24,
  isListed: 25,
  hasConduct: 26,
  sessions: 28,
  shapes: 32,
  refusals: 36,
  offences: 40,
  answers: 44,
  older: 48,
  newer: 52,
  next: 56,
  wider: 60,
} as const;

export const recordBytes = 64;
const linkBytes = 4;
/** An IPv6 address is found in three records, one after the other. */
const keptNewest = 3;

/** Three odd numbers. Named, as taking a list apart makes garbage for every connection of a flood. */
function salt(): { readonly a: number; readonly b: number; readonly c: number } {
  const [a = 1, b = 1, c = 1] = crypto.getRandomValues(new Uint32Array(3));
  return { a: a | 1, b: b | 1, c: c | 1 };
}

/** Chains of one or two records each, at most. */
function bucketBits(capacity: number): number {
  return Math.ceil(Math.log2(Math.max(2, capacity)));
}

/**
 * Records of sources in one block of memory, found by name and kept in the order in which they were last seen.
 * As objects they would be copied again and again by the garbage collector, which stops everybody who waits:
 * here it has nothing to look at. Pages of the block that were never written take no memory.
 */
export class SourceRecords {
  /** Every record; a record is known by where it begins, and 0 is none. */
  readonly view: DataView<ArrayBuffer>;
  readonly #capacity: number;
  /** Where the chain of each bucket begins. */
  readonly #buckets: DataView<ArrayBuffer>;
  readonly #shift: number;
  /** Not to be guessed: nobody can choose addresses that all stand in one chain. */
  readonly #salt = salt();
  #size = 0;
  #oldest = 0;
  #newest = 0;

  constructor(capacity: number) {
    const bits = bucketBits(capacity);
    this.#capacity = capacity;
    this.#shift = 32 - bits;
    this.#buckets = new DataView(new ArrayBuffer(linkBytes << bits));
    this.view = new DataView(new ArrayBuffer((capacity + 1) * recordBytes));
  }

  get size(): number {
    return this.#size;
  }

  /** The record of a name, now the one seen last; 0 when there is none. */
  find(name: SourceName): number {
    let at = this.#buckets.getInt32(this.#bucket(name), true);
    while (at !== 0 && !this.#isNamed(at, name)) {
      at = this.#link(at, field.next);
    }
    if (at !== 0 && at !== this.#newest) {
      this.#unlink(at);
      this.#append(at);
    }
    return at;
  }

  /** A new record for a name that has none, in place of the one unseen for longest; 0 when all have sessions open. */
  add(name: SourceName): number {
    const at = this.#size < this.#capacity ? this.#fresh() : this.#evict();
    if (at === 0) {
      return 0;
    }
    this.#clear(at);
    this.view.setUint32(at + field.high, name.high, true);
    this.view.setUint32(at + field.low, name.low, true);
    this.view.setUint8(at + field.kind, name.kind);
    const bucket = this.#bucket(name);
    this.#setLink(at, field.next, this.#buckets.getInt32(bucket, true));
    this.#buckets.setInt32(bucket, at, true);
    this.#append(at);
    return at;
  }

  /** Every record there is, in no order. */
  *all(): Generator<number, void> {
    for (let number = 1; number <= this.#size; number += 1) {
      yield number * recordBytes;
    }
  }

  nameOf(at: number): SourceName {
    return {
      kind: this.view.getUint8(at + field.kind),
      high: this.view.getUint32(at + field.high, true),
      low: this.view.getUint32(at + field.low, true),
    };
  }

  #bucket({ kind, high, low }: SourceName): number {
    const { a, b, c } = this.#salt;
    const mixed = Math.imul(a, high) + Math.imul(b, low) + Math.imul(c, kind + 1);
    return (mixed >>> this.#shift) * linkBytes;
  }

  #isNamed(at: number, { kind, high, low }: SourceName): boolean {
    return (
      this.view.getUint32(at + field.low, true) === low &&
      this.view.getUint32(at + field.high, true) === high &&
      this.view.getUint8(at + field.kind) === kind
    );
  }

  #fresh(): number {
    this.#size += 1;
    return this.#size * recordBytes;
  }

  /** Those with sessions move to the newest end, so each is looked at once a round; those seen a moment ago are still needed. */
  #evict(): number {
    for (let tries = this.#size - keptNewest; tries > 0; tries -= 1) {
      const at = this.#oldest;
      this.#unlink(at);
      if (this.view.getInt32(at + field.sessions, true) === 0) {
        this.#unchain(at);
        return at;
      }
      this.#append(at);
    }
    return 0;
  }

  #unchain(at: number): void {
    const bucket = this.#bucket(this.nameOf(at));
    const next = this.#link(at, field.next);
    let before = this.#buckets.getInt32(bucket, true);
    if (before === at) {
      this.#buckets.setInt32(bucket, next, true);
      return;
    }
    while (before !== 0 && this.#link(before, field.next) !== at) {
      before = this.#link(before, field.next);
    }
    this.#setLink(before, field.next, next);
  }

  #append(at: number): void {
    this.#setLink(at, field.older, this.#newest);
    this.#setLink(at, field.newer, 0);
    if (this.#newest === 0) {
      this.#oldest = at;
    } else {
      this.#setLink(this.#newest, field.newer, at);
    }
    this.#newest = at;
  }

  #unlink(at: number): void {
    const older = this.#link(at, field.older);
    const newer = this.#link(at, field.newer);
    if (older === 0) {
      this.#oldest = newer;
    } else {
      this.#setLink(older, field.newer, newer);
    }
    if (newer === 0) {
      this.#newest = older;
    } else {
      this.#setLink(newer, field.older, older);
    }
  }

  #clear(at: number): void {
    for (let offset = 0; offset < recordBytes; offset += 8) {
      this.view.setFloat64(at + offset, 0, true);
    }
  }

  #link(at: number, which: number): number {
    return this.view.getInt32(at + which, true);
  }

  #setLink(at: number, which: number, to: number): void {
    this.view.setInt32(at + which, to, true);
  }
}
