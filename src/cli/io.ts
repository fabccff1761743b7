/** Where a command writes: answers to `stdout`, everything about the way there to `stderr`. */
export interface Io {
  /** `columns` where it is a terminal. */
  readonly stdout: { write(text: string): unknown; readonly columns?: number };
  readonly stderr: { write(text: string): unknown };
}

/** A command was called wrongly: the message says how to call it, and the exit code is 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A command could not do what it was told, for a reason that a person can act on; the exit code is 1. */
export class CommandFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
  }
}
