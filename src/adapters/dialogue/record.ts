import { readable } from './readable.ts';

/** Kept of the beginning and of the end of a dialogue; what lies between is left out and counted. */
const keptHead = 2_000;
const keptTail = 8_000;

/** The transcript of one dialogue, for a person: what was sent and what came back, secrets hidden, bounded in size. */
export class DialogueRecord {
  #head = '';
  #tail = '';
  #left = 0;
  #secret = '';

  /** Notes a line of ours. */
  sent(line: string): void {
    this.#keep(`>>> ${line}\n`);
  }

  /** Notes that a secret was sent, and not which; a device that echoes it does not give it away either. */
  sentSecret(secret: string): void {
    this.#secret = secret.trim();
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
    return `${this.#head}${gap}${this.#tail}`;
  }

  /** Secrets are taken out before anything is cut: a cut must not part one from the word that tells of it. */
  #keep(raw: string): void {
    const text = readable(this.#secret === '' ? raw : raw.replaceAll(this.#secret, '(hidden)'));
    if (this.#tail === '' && this.#head.length + text.length <= keptHead) {
      this.#head += text;
      return;
    }
    const tail = this.#tail + text;
    this.#left += Math.max(0, tail.length - keptTail);
    this.#tail = tail.slice(-keptTail);
  }
}
