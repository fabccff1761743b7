/** Values kept; more distinct ones than this are not browsers, and take each other's places. */
const slotCount = 256;
/** Longer values are made into text each time, so that a memory stays under 150 KiB. */
const maxBytes = 256;

interface Kept {
  readonly bytes: Uint8Array;
  readonly text: string;
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < kept.length; at += 1) {
    if (kept[at] !== bytes[start + at]) {
      return false;
    }
  }
  return true;
}

/**
 * Texts of header values that come over and over. The text of the same bytes is the same string: nothing is made anew,
 * and whoever looks something up by it need not read it again.
 */
export class TextMemory {
  readonly #slots = new Array<Kept | undefined>(slotCount).fill(undefined);

  /** The bytes in [start, end) as Latin-1. */
  textOf(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > maxBytes || length === 0) {
      return bytes.toString('latin1', start, end);
    }
    // Where browsers differ: in length, and in the middle.
    const middle = start + (length >> 1);
    const slot =
      (length * 7 +
        (bytes[middle] ?? 0) * 31 +
        (bytes[start + (length >> 2)] ?? 0) +
        (bytes[end - 1] ?? 0) * 3) &
      (slotCount - 1);
    const kept = this.#slots[slot];
    if (kept !== undefined && kept.bytes.length === length && isSame(kept.bytes, bytes, start)) {
      return kept.text;
    }
    const text = bytes.toString('latin1', start, end);
    this.#slots[slot] = { bytes: Uint8Array.from(bytes.subarray(start, end)), text };
    return text;
  }
}
