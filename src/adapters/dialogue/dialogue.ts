import { DetourError, type DetourErrorOptions } from '../../lib/errors.ts';
import type { DeviceStream } from '../../ports/transport.ts';
import { EchoSearch } from './echo.ts';
import type { DialogueProfile } from './profile.ts';
import { DialogueRecord } from './record.ts';
import { TerminalText } from './terminal-text.ts';

/** Limit of one step unless it has its own: a show command of a busy switch takes a few seconds. */
export const stepMs = 10_000;

/** After what looks like a prompt nothing may follow for this long: a prompt may also stand inside an output. */
const quietMs = 15;

/** The same at login, where banners come in pieces. */
const loginQuietMs = 120;

/** A login whose prompt changes more often than this is no login. */
const promptTries = 4;

/** As many lines as a whole answer may have. */
const maxAnswerLines = 200_000;

/** A pager that asks more often than this shows something that we did not ask for. */
const maxPages = 5_000;

export interface AskOptions {
  readonly timeoutMs?: number;
  /** A last line that asks something back; the answer to it is given with `reply`. */
  readonly question?: RegExp;
}

/** What a device answered to one line. */
export interface Answer {
  /** Without echo, prompt, log messages and empty lines at either end. */
  readonly lines: readonly string[];
  /** The prompt or question after it. */
  readonly prompt: string;
}

interface Listening {
  readonly isEnd: (partial: string) => boolean;
  readonly quietMs: number;
  readonly echo?: EchoSearch;
}

/**
 * One conversation with a device's command line: one line per prompt, each with its own time limit.
 * Whatever goes wrong breaks it for good: from then on both sides may be out of step, and only a new login is safe.
 */
export class Dialogue implements AsyncDisposable {
  readonly #stream: DeviceStream;
  readonly #profile: DialogueProfile;
  readonly #place: string;
  readonly #screen = new TerminalText();
  readonly #record = new DialogueRecord();
  #signal: AbortSignal;
  #anchor: RegExp;
  #prompt = '';
  #isBroken = false;

  private constructor(
    stream: DeviceStream,
    options: { readonly profile: DialogueProfile; readonly place: string },
    signal: AbortSignal,
  ) {
    this.#stream = stream;
    this.#profile = options.profile;
    this.#place = options.place;
    this.#signal = signal;
    this.#anchor = options.profile.prompt;
  }

  /** Learns the prompt of a device that has just let us in, anchors it, and turns paging off. Closes the stream if that fails. */
  static async open(
    stream: DeviceStream,
    options: { readonly profile: DialogueProfile; readonly place: string },
    signal: AbortSignal,
  ): Promise<Dialogue> {
    const dialogue = new Dialogue(stream, options, signal);
    try {
      await dialogue.#learnPrompt();
      for (const line of options.profile.setup) {
        await dialogue.ask(line);
      }
      return dialogue;
    } catch (error) {
      await stream[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The prompt that stands there now. */
  get prompt(): string {
    return this.#prompt;
  }

  /** True after a failure: nothing more can be said here. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** What was said so far, for a person. */
  get transcript(): string {
    return this.#record.text;
  }

  /** Gives the next steps another signal: a conversation may outlive the operation that began it. */
  continueUnder(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** Sends one line and gives back the whole answer. */
  async ask(line: string, { timeoutMs = stepMs, question }: AskOptions = {}): Promise<Answer> {
    this.#check(line);
    const echo = new EchoSearch(this.#prompt, line, (other) => this.#isAside(other));
    this.#record.sent(line);
    this.#stream.send(`${line}\n`);
    return await this.#listen(timeoutMs, {
      isEnd: (partial) => this.#anchor.test(partial) || question?.test(partial) === true,
      quietMs,
      echo,
    });
  }

  /** Answers a question that the device asked back, and goes on listening. */
  async reply(
    word: 'y' | 'n' | 'yes' | 'no',
    { timeoutMs = stepMs }: AskOptions = {},
  ): Promise<Answer> {
    this.#mustStand();
    this.#record.sent(word);
    this.#stream.send(`${word}\n`);
    return await this.#listen(timeoutMs, {
      isEnd: (partial) => this.#anchor.test(partial),
      quietMs,
      echo: new EchoSearch(this.#prompt, word, (other) => this.#isAside(other)),
    });
  }

  /** Answers a question with a secret, which no device echoes. */
  async replySecret(
    secret: string,
    { timeoutMs = stepMs, question }: AskOptions = {},
  ): Promise<Answer> {
    this.#mustStand();
    this.#record.sentSecret(secret);
    // What stands there is the question; from now on only what comes after it counts.
    this.#screen.clearPartial();
    this.#stream.send(`${secret}\n`, 'secret');
    return await this.#listen(timeoutMs, {
      isEnd: (partial) => this.#anchor.test(partial) || question?.test(partial) === true,
      quietMs,
    });
  }

  /** Makes sure that the last answer was whole: an empty line brings the prompt again and nothing else. */
  async settle(): Promise<void> {
    this.#mustStand();
    this.#screen.clearPartial();
    this.#stream.send('\n');
    const { lines } = await this.#listen(stepMs, {
      isEnd: (partial) => this.#anchor.test(partial),
      quietMs,
    });
    if (!lines.every((line) => this.#isAside(line))) {
      throw this.#broken(`${this.#place} was not done answering when its prompt came`);
    }
  }

  /** An error with the transcript so far as its detail. */
  error(message: string, options: Omit<DetourErrorOptions, 'detail'>): DetourError {
    return new DetourError(message, { ...options, detail: this.#record.text });
  }

  /** Takes leave, as far as that is still possible, and ends the stream. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isBroken) {
      this.#stream.send(`${this.#profile.farewell}\n`);
      this.#isBroken = true;
    }
    await this.#stream[Symbol.asyncDispose]();
  }

  #check(line: string): void {
    this.#mustStand();
    if (!this.#profile.allowed.some((allowed) => allowed.test(line))) {
      throw new DetourError(
        `Not in the list of commands for ${this.#place}: ${JSON.stringify(line)}`,
        {
          code: 'DETOUR_GUARD_REFUSED',
        },
      );
    }
  }

  #mustStand(): void {
    if (this.#isBroken) {
      throw this.error(`The dialogue with ${this.#place} has ended`, {
        code: 'DETOUR_TRANSPORT_LOST',
        retryable: true,
      });
    }
  }

  async #learnPrompt(): Promise<void> {
    const isPrompt = (partial: string): boolean => this.#profile.prompt.test(partial);
    await this.#listen(stepMs, { isEnd: isPrompt, quietMs: loginQuietMs });
    for (let tries = 1; tries <= promptTries; tries += 1) {
      const before = this.#prompt;
      this.#screen.clearPartial();
      this.#stream.send('\n');
      await this.#listen(stepMs, { isEnd: isPrompt, quietMs: loginQuietMs });
      if (this.#prompt === before) {
        this.#anchor = this.#profile.anchor(before);
        return;
      }
    }
    throw this.#broken(
      `${this.#place} shows another prompt each time; is it a ${this.#profile.platform} device?`,
    );
  }

  /** Receives until the last line is an end and stays the last for a moment. */
  async #listen(timeoutMs: number, listening: Listening): Promise<Answer> {
    const deadline = performance.now() + timeoutMs;
    const answer: string[] = [];
    const hearing = { isEchoed: listening.echo === undefined, pages: 0 };
    for (;;) {
      const isEnd = hearing.isEchoed && listening.isEnd(this.#screen.partial);
      const leftMs = deadline - performance.now();
      const patienceMs = isEnd ? Math.min(leftMs, quietAfter(listening, answer)) : leftMs;
      const chunk = patienceMs === 0 ? 'silence' : await this.#receive(patienceMs);
      if (chunk === 'silence') {
        return isEnd ? this.#answered(answer) : this.#fallSilent(timeoutMs, answer);
      }
      this.#screen.feed(chunk);
      this.#takeLines(listening, hearing, answer);
      this.#turnPage(hearing);
    }
  }

  #answered(answer: readonly string[]): Answer {
    this.#prompt = this.#screen.partial;
    this.#record.received([...answer, this.#prompt]);
    return { lines: this.#trimmed(answer), prompt: this.#prompt };
  }

  #takeLines(listening: Listening, hearing: { isEchoed: boolean }, answer: string[]): void {
    for (const line of this.#screen.takeLines()) {
      if (hearing.isEchoed) {
        answer.push(line);
      } else {
        const step = listening.echo?.take(line);
        hearing.isEchoed = step === 'found';
        if (step === 'unexpected') {
          this.#record.received([line]);
          throw this.#broken(`${this.#place} said something that nobody asked for`);
        }
      }
    }
    if (answer.length > maxAnswerLines) {
      throw this.#broken(`${this.#place} answered with more than ${maxAnswerLines} lines`);
    }
  }

  #turnPage(hearing: { pages: number }): void {
    if (!this.#profile.pager.test(this.#screen.partial)) {
      return;
    }
    hearing.pages += 1;
    if (hearing.pages > maxPages) {
      throw this.#broken(`The pager of ${this.#place} asked more than ${maxPages} times`);
    }
    this.#screen.clearPartial();
    this.#stream.send(' ');
  }

  async #receive(ms: number): Promise<Buffer | 'silence'> {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(ms)));
    try {
      const chunk = await this.#stream.receive(AbortSignal.any([this.#signal, limit]));
      if (chunk === undefined) {
        throw this.#broken(`${this.#place} ended the dialogue`, 'DETOUR_TRANSPORT_LOST');
      }
      return chunk;
    } catch (error) {
      if (limit.aborted && !this.#signal.aborted) {
        return 'silence';
      }
      if (this.#isBroken) {
        throw error;
      }
      throw this.#signal.aborted
        ? this.#broken(
            `The dialogue with ${this.#place} was given up`,
            'DETOUR_TRANSPORT_TIMEOUT',
            error,
          )
        : this.#broken(
            `The dialogue with ${this.#place} broke off`,
            'DETOUR_TRANSPORT_LOST',
            error,
          );
    }
  }

  #fallSilent(timeoutMs: number, answer: readonly string[]): never {
    this.#record.received([...answer, this.#screen.partial]);
    throw this.#broken(
      `No prompt from ${this.#place} within ${timeoutMs / 1000} s; what was sent may still take effect`,
      'DETOUR_TRANSPORT_TIMEOUT',
    );
  }

  #broken(
    message: string,
    code: DetourErrorOptions['code'] = 'DETOUR_ROUTER_ANSWER_UNREADABLE',
    cause?: unknown,
  ): DetourError {
    this.#isBroken = true;
    return this.error(message, { code, retryable: true, cause });
  }

  #isAside(line: string): boolean {
    return line === '' || this.#profile.aside.test(line) || this.#anchor.test(line);
  }

  #trimmed(answer: readonly string[]): readonly string[] {
    const lines = answer.filter((line) => !this.#profile.aside.test(line));
    const isWord = (line: string): boolean => line.trim() !== '';
    const first = lines.findIndex(isWord);
    return first < 0 ? [] : lines.slice(first, lines.findLastIndex(isWord) + 1);
  }
}

/** A prompt right behind the echo cannot stand inside an output, as there is none: no more waiting is needed. */
function quietAfter({ echo, quietMs: ms }: Listening, answer: readonly string[]): number {
  return echo !== undefined && answer.length === 0 ? 0 : ms;
}
