/** By this time, so many connections had come to a listener since its start. */
interface Mark {
  readonly atMs: number;
  arrived: number;
}

/** What is older is too old by any measure. */
const maxMarks = 32;

/**
 * Tells how long connections have waited at one listener before they were accepted, though nothing stamps them: they are
 * accepted in the order in which they came, so the one that is the ninth to be accepted had come when nine had.
 * Times are monotonic milliseconds.
 */
export class QueueAge {
  readonly #marks: Mark[] = [];
  #accepted = 0;

  /** Notes how many wait now. */
  see(waiting: number, nowMs: number): void {
    const arrived = this.#accepted + waiting;
    const first = this.#marks.findIndex((mark) => mark.arrived >= arrived);
    if (first === -1) {
      this.#marks.push({ atMs: nowMs, arrived });
      if (this.#marks.length > maxMarks) {
        this.#marks.shift();
      }
      return;
    }
    // More were counted before than there are: some went without being accepted, as when no file descriptor is left.
    this.#marks.length = first + 1;
    const last = this.#marks[first];
    if (last !== undefined) {
      last.arrived = arrived;
    }
  }

  /** Counts a connection that was accepted, and tells for how long it was seen to wait; it came before that. */
  accept(nowMs: number): number {
    this.#accepted += 1;
    while (this.#marks[0] !== undefined && this.#marks[0].arrived < this.#accepted) {
      this.#marks.shift();
    }
    const seen = this.#marks[0];
    return seen === undefined ? 0 : nowMs - seen.atMs;
  }

  /** Nobody waits. */
  clear(): void {
    this.#marks.length = 0;
  }
}
