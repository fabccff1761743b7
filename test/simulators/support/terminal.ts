import { setTimeout as delay } from 'node:timers/promises';
import type { Faults } from './faults.ts';

/** Bytes to and from one visitor of a device, whatever carries them. */
export interface Wire {
  write(text: string): void;
  close(): void;
}

const noise = '\u001b[0m\u001b[1;32m\u001b[?2004h\u0007';
const logMessage =
  '*Mar  1 00:01:02.003: %LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, changed state to up';

/** A terminal line of a simulated device: echo, line editing, pager, prompts; the faults are applied here. */
export class Terminal {
  readonly faults: Faults;
  /** Lines per page; 0 is no paging. */
  pageLength = 24;
  readonly #wire: Wire;
  readonly #pagerPrompt: string;
  #typed = '';
  #isEchoing = true;
  #waiting: ((line: string | undefined) => void) | undefined;
  #waitingKey: ((key: string) => void) | undefined;
  readonly #queue: string[] = [];
  #isClosed = false;
  readonly #closed = Promise.withResolvers<void>();
  #sending: Promise<void> = Promise.resolve();

  constructor(wire: Wire, options: { readonly faults: Faults; readonly pagerPrompt: string }) {
    this.#wire = wire;
    this.faults = options.faults;
    this.#pagerPrompt = options.pagerPrompt;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the session has ended. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Takes in what the visitor sends. */
  take(text: string): void {
    let echo = '';
    for (const character of text) {
      if (this.#waitingKey !== undefined) {
        const resolve = this.#waitingKey;
        this.#waitingKey = undefined;
        resolve(character);
      } else if (character === '\n' || character === '\r') {
        this.#send(`${echo}\r\n`);
        echo = '';
        this.#enter();
      } else if (character >= ' ') {
        this.#typed += character;
        echo += this.#isEchoing ? character : '';
      }
    }
    this.#send(echo);
  }

  /** The visitor is gone, or the device ends the session. */
  end(): void {
    this.#isClosed = true;
    this.#closed.resolve();
    this.#waiting?.(undefined);
    this.#waiting = undefined;
    this.#waitingKey?.('q');
    this.#waitingKey = undefined;
  }

  /** Cuts the connection from the device's side, after everything printed so far. */
  async hangUp(): Promise<void> {
    await this.#sending;
    this.end();
    this.#wire.close();
  }

  /** Prints the prompt and waits for a line; undefined when the visitor has gone. */
  async ask(prompt: string, { isSecret = false } = {}): Promise<string | undefined> {
    if (this.#isClosed) {
      return undefined;
    }
    const shown = isSecret ? prompt : (this.faults.prompt ?? prompt);
    this.#send(this.faults.isNoisy === true ? `${noise}${shown}\u001b[K` : shown);
    this.#isEchoing = !isSecret;
    const next = this.#queue.shift();
    const line =
      next ??
      (await new Promise<string | undefined>((resolve) => {
        this.#waiting = resolve;
      }));
    this.#isEchoing = true;
    return line;
  }

  /** Prints text as it is, with the device's line ends. */
  print(text: string): void {
    this.#send(text.replaceAll('\n', '\r\n'));
  }

  /** Prints an answer: through the pager, and with whatever the faults add. */
  async answer(text: string, prompt: string): Promise<void> {
    const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    if (this.faults.isNoisy === true) {
      this.print(`${logMessage}\n`);
    }
    this.print(this.faults.broadcast ?? '');
    const middle =
      this.faults.isPromptInOutput === true && lines.length > 1 ? Math.ceil(lines.length / 2) : -1;
    const page = this.faults.isPagerStubborn === true ? 2 : this.pageLength;
    for (const [index, line] of lines.entries()) {
      if (index === middle) {
        await this.#printLikePrompt(prompt);
      }
      if (page > 0 && index > 0 && index % page === 0 && !(await this.#turnPage())) {
        return;
      }
      this.print(`${line}\n`);
    }
  }

  async #printLikePrompt(prompt: string): Promise<void> {
    this.print(prompt);
    await this.#sending;
    // Long enough to be a chunk of its own, short enough to be one output.
    await delay(4);
    this.print('\n');
  }

  async #turnPage(): Promise<boolean> {
    this.#send(this.#pagerPrompt);
    const key = await new Promise<string>((resolve) => {
      this.#waitingKey = resolve;
    });
    const width = this.#pagerPrompt.length;
    this.#send(`${'\b'.repeat(width)}${' '.repeat(width)}${'\b'.repeat(width)}`);
    return key !== 'q';
  }

  #enter(): void {
    const line = this.#typed;
    this.#typed = '';
    const resolve = this.#waiting;
    this.#waiting = undefined;
    if (resolve === undefined) {
      this.#queue.push(line);
    } else {
      resolve(line);
    }
  }

  #send(text: string): void {
    const { bytesPerSecond } = this.faults;
    if (bytesPerSecond === undefined) {
      this.#sending = this.#sending.then(() => this.#write(text));
      return;
    }
    this.#sending = this.#sending.then(async () => {
      for (const character of text) {
        if (this.#isClosed) {
          return;
        }
        this.#write(character);
        await delay(1000 / bytesPerSecond);
      }
    });
  }

  #write(text: string): void {
    if (!this.#isClosed && text !== '') {
      this.#wire.write(text);
    }
  }
}
