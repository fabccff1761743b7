import { DetourError, type DetourErrorOptions } from '../../lib/errors.ts';
import type { DeviceStream } from '../../ports/transport.ts';
import { DialogueRecord } from '../dialogue/record.ts';
import { FrameReader, type Framing, frame } from './framing.ts';
import { capabilities, closeSession, hello, request } from './operations.ts';
import { errorsIn, type RpcError } from './rpc-error.ts';
import { findElements, parseXml, type XmlElement } from './xml.ts';

/** Limit of one request unless it has its own. */
const requestMs = 10_000;

/** A goodbye must not hold anything up. */
const goodbyeMs = 1_000;

/** What a server answered to one request. */
export interface RpcAnswer {
  readonly reply: XmlElement;
  /** The reply as it came. */
  readonly text: string;
  /** Empty when the request was carried out. */
  readonly errors: readonly RpcError[];
}

export interface NetconfOptions {
  /** The server's name, for messages. */
  readonly place: string;
  /** Every request that the account of Detour may send: one that fits none of them is never sent. */
  readonly allowed: readonly RegExp[];
}

/**
 * One NETCONF session: one request at a time, each with its own time limit (RFC 6241 over RFC 6242).
 * Whatever goes wrong below the level of an answer breaks it for good.
 */
export class NetconfSession implements AsyncDisposable {
  readonly #stream: DeviceStream;
  readonly #place: string;
  readonly #allowed: readonly RegExp[];
  readonly #frames = new FrameReader();
  readonly #record = new DialogueRecord();
  #signal: AbortSignal;
  #framing: Framing = 'marker';
  #capabilities: ReadonlySet<string> = new Set();
  #lastId = 0;
  #isBroken = false;

  private constructor(stream: DeviceStream, options: NetconfOptions, signal: AbortSignal) {
    this.#stream = stream;
    this.#place = options.place;
    this.#allowed = options.allowed;
    this.#signal = signal;
  }

  /** Exchanges the greetings. Closes the stream if that fails. */
  static async open(
    stream: DeviceStream,
    options: NetconfOptions,
    signal: AbortSignal,
  ): Promise<NetconfSession> {
    const session = new NetconfSession(stream, options, signal);
    try {
      await session.#greet();
      return session;
    } catch (error) {
      await stream[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** True after a failure: nothing more can be asked here. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** True when the server has this capability. */
  has(capability: string): boolean {
    return this.#capabilities.has(capability);
  }

  /** Gives the next requests another signal: a session may outlive the operation that began it. */
  continueUnder(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** Sends one request; a refusal is an answer, not a rejection. */
  async ask(operation: string, timeoutMs = requestMs): Promise<RpcAnswer> {
    if (operation !== closeSession && !this.#allowed.some((allowed) => allowed.test(operation))) {
      throw new DetourError(`Not in the list of requests for ${this.#place}: ${operation}`, {
        code: 'DETOUR_GUARD_REFUSED',
      });
    }
    if (this.#isBroken) {
      throw this.error(`The session with ${this.#place} has ended`, {
        code: 'DETOUR_TRANSPORT_LOST',
        retryable: true,
      });
    }
    this.#lastId += 1;
    this.#record.sent(operation);
    this.#stream.send(frame(request(this.#lastId, operation), this.#framing));
    const text = await this.#receive(timeoutMs);
    this.#record.received([text]);
    const reply = parseXml(text);
    if (reply?.name !== 'rpc-reply') {
      throw this.#broken(`${this.#place} sent something else than a reply`);
    }
    const errors = errorsIn(reply);
    const id = reply.attributes.get('message-id');
    // A server that could not read the request cannot know its number either: then it says so by an error without one.
    if (id !== String(this.#lastId) && !(id === undefined && errors.length > 0)) {
      throw this.#broken(`${this.#place} replied to another request`);
    }
    return { reply, text, errors };
  }

  /** Sends one request that must succeed; rejects with DETOUR_ROUTER_COMMAND_REJECTED and the server's words. */
  async demand(operation: string, standing: string, timeoutMs = requestMs): Promise<RpcAnswer> {
    const answer = await this.ask(operation, timeoutMs);
    const [refusal] = answer.errors;
    if (refusal !== undefined) {
      throw this.error(`${this.#place} refused a request; ${standing}`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        cause: new Error(refusal.message),
      });
    }
    return answer;
  }

  /** An error with the transcript so far as its detail. */
  error(message: string, options: Omit<DetourErrorOptions, 'detail'>): DetourError {
    return new DetourError(message, { ...options, detail: this.#record.text });
  }

  /** Takes leave, as far as that is still possible, and ends the stream. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isBroken) {
      this.#signal = AbortSignal.timeout(goodbyeMs);
      await this.ask(closeSession, goodbyeMs).catch(() => undefined);
      this.#isBroken = true;
    }
    await this.#stream[Symbol.asyncDispose]();
  }

  async #greet(): Promise<void> {
    this.#stream.send(frame(hello(), 'marker'));
    const text = await this.#receive(requestMs);
    this.#record.received([text]);
    const greeting = parseXml(text);
    if (greeting?.name !== 'hello') {
      throw this.#broken(`${this.#place} did not greet as a NETCONF server does`);
    }
    this.#capabilities = new Set(
      findElements(greeting, 'capability').map(({ text: uri }) => uri.split('?')[0] ?? uri),
    );
    if (this.has(capabilities.base11)) {
      this.#framing = 'chunks';
      this.#frames.useChunks();
    } else if (!this.has(capabilities.base10)) {
      throw this.#broken(`${this.#place} speaks no version of NETCONF that Detour knows`);
    }
  }

  async #receive(timeoutMs: number): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const message = this.#frames.next();
      if (message !== undefined) {
        return message;
      }
      if (this.#frames.problem !== undefined) {
        throw this.#broken(`${this.#place} broke the framing: ${this.#frames.problem}`);
      }
      this.#frames.feed(await this.#chunk(deadline - performance.now(), timeoutMs));
    }
  }

  async #chunk(leftMs: number, timeoutMs: number): Promise<Buffer> {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)));
    let chunk: Buffer | undefined;
    try {
      chunk = await this.#stream.receive(AbortSignal.any([this.#signal, limit]));
    } catch (error) {
      if (this.#signal.aborted || limit.aborted) {
        throw this.#broken(
          this.#signal.aborted
            ? `The session with ${this.#place} was given up`
            : `No reply from ${this.#place} within ${timeoutMs / 1000} s; what was sent may still take effect`,
          'DETOUR_TRANSPORT_TIMEOUT',
          error,
        );
      }
      throw this.#broken(
        `The session with ${this.#place} broke off`,
        'DETOUR_TRANSPORT_LOST',
        error,
      );
    }
    if (chunk === undefined) {
      throw this.#broken(`${this.#place} ended the session`, 'DETOUR_TRANSPORT_LOST');
    }
    return chunk;
  }

  #broken(
    message: string,
    code: DetourErrorOptions['code'] = 'DETOUR_ROUTER_ANSWER_UNREADABLE',
    cause?: unknown,
  ): DetourError {
    this.#isBroken = true;
    return this.error(message, { code, retryable: true, cause });
  }
}
