import { readable } from './readable.ts';

/** Kept of the beginning and of the end of a dialogue; what lies between is left out and counted. */
const keptHead = 2_000;
const keptTail = 8_000;

/** The transcript of one dialogue, for a person: what was sent and what came back, secrets hidden, bounded in size. */
export class DialogueRecord {
  #head = '';
  #tail = '';
  #left = 0;

  /** Notes a line of ours. */
  sent(line: string): void {
    this.#keep(`>>> ${line}\n`);
  }

  /** Notes that a secret was sent, and not which. */
  sentSecret(): void {
    this.#keep('>>> (a secret)\n');
  }

  /** Notes what the device said. */
  received(lines: readonly string[]): void {
    for (const line of lines) {
      this.#keep(`${line}\n`);
    }
  }

  get text(): string {
    const gap = this.#left === 0 ? '' : `(${this.#left} characters left out)\n`;
    return readable(`${this.#head}${gap}${this.#tail}`);
  }

  #keep(text: string): void {
    if (this.#tail === '' && this.#head.length + text.length <= keptHead) {
      this.#head += text;
      return;
    }
    const tail = this.#tail + text;
    this.#left += Math.max(0, tail.length - keptTail);
    this.#tail = tail.slice(-keptTail);
  }
}
