/** How the lines after a sent one relate to its echo. */
export type EchoStep = 'found' | 'waiting' | 'unexpected';

/**
 * Looks for the echo of a line among what a device prints after it was sent. A device may wrap the echo anywhere,
 * repeat the prompt before it, or put a log message between; anything else before the echo means that the two sides
 * are out of step, and no answer can be trusted.
 */
export class EchoSearch {
  readonly #wanted: readonly string[];
  readonly #isAside: (line: string) => boolean;
  #pending = '';

  constructor(prompt: string, line: string, isAside: (line: string) => boolean) {
    this.#wanted = [bare(prompt + line), bare(line)];
    this.#isAside = isAside;
  }

  /** Takes in one whole line. */
  take(line: string): EchoStep {
    // A piece of the echo goes on where the last piece ended, or the device began anew.
    for (const joined of [this.#pending + bare(line), bare(line)]) {
      if (this.#wanted.includes(joined)) {
        return 'found';
      }
      if (joined !== '' && this.#wanted.some((wanted) => wanted.startsWith(joined))) {
        this.#pending = joined;
        return 'waiting';
      }
    }
    return this.#isAside(line) ? 'waiting' : 'unexpected';
  }
}

/** Blanks are lost and made where a line is wrapped. */
const bare = (text: string): string => text.replaceAll(/\s+/g, '');
