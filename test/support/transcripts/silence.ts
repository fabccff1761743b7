/** So often a device is looked at, and so many looks without a word from it are a silence. */
const lookMs = 250;
const looks = 6;

/**
 * Tells when a device that had begun to speak has fallen silent, so that nobody has to wait for the limit of each step.
 * Looks are counted and not time: a machine that is starved for a while looks once.
 */
export class Silence implements Disposable {
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #left = looks;

  /** Aborted when it has fallen silent. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** It has said something. */
  heard(): void {
    this.#left = looks;
    this.#timer ??= setInterval(() => this.#look(), lookMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#left -= 1;
    if (this.#left === 0) {
      clearInterval(this.#timer);
      this.#end.abort(new DOMException('The device has fallen silent', 'TimeoutError'));
    }
  }
}
