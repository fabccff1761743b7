import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

/** Every header an answer of the notice plane may carry; anything else could outlive the outage in a browser. */
const allowedHeaders: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'content-encoding',
  'content-language',
  'content-length',
  'content-security-policy',
  'content-type',
  'date',
  'detour-notice',
  'retry-after',
  'vary',
  'x-content-type-options',
  'x-robots-tag',
]);

const allowedStatuses: ReadonlySet<number> = new Set([400, 414, 431, 502, 503]);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
}

/** Splits a header block and holds it against the allow-list. */
function readHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    expect(allowedHeaders, `header ${line}`).toContain(key);
    expect(headers, `header ${key} comes once`).not.toHaveProperty(key);
    headers[key] = value;
  }
  return headers;
}

export interface VisitorOptions {
  readonly port: number;
  readonly host?: string;
  /** Which 127.x.x.x the visitor comes from. */
  readonly from?: string;
}

/** A raw TCP client that says exactly what it is told and checks everything it is answered. */
export class Visitor implements Disposable {
  readonly socket: Socket;
  readonly #closed = Promise.withResolvers<void>();
  #bytes = Buffer.alloc(0);
  #isEnded = false;
  #wake: () => void = () => undefined;

  constructor({ port, host = '127.0.0.1', from }: VisitorOptions) {
    this.socket = connect({ port, host, ...(from === undefined ? {} : { localAddress: from }) });
    this.socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    for (const event of ['end', 'close'] as const) {
      this.socket.on(event, () => {
        this.#isEnded = true;
        this.#wake();
        this.#closed.resolve();
      });
    }
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Resolves when the far side has ended or cut the connection. */
  async closed(): Promise<void> {
    await this.#closed.promise;
  }

  /** The next answer, whole. Rejects when the connection ends without one. */
  async answer(
    options: { readonly isHead?: boolean; readonly may?: number } = {},
  ): Promise<Answer> {
    const headEnd = await this.#find(() => this.#bytes.indexOf('\r\n\r\n'));
    const [statusLine = '', ...lines] = this.#bytes
      .subarray(0, headEnd)
      .toString('latin1')
      .split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]+$/.exec(statusLine)?.[1]);
    expect(status === options.may || allowedStatuses.has(status), statusLine).toBe(true);
    const headers = readHeaders(lines);
    const length = options.isHead === true ? 0 : Number(headers['content-length']);
    const end = headEnd + 4 + length;
    await this.#find(() => (this.#bytes.length >= end ? end : -1));
    const body = this.#bytes.subarray(headEnd + 4, end);
    this.#bytes = this.#bytes.subarray(end);
    return { status, headers, body, text: body.toString() };
  }

  /** Everything that came after the last whole answer. */
  get rest(): string {
    return this.#bytes.toString('latin1');
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #find(search: () => number): Promise<number> {
    for (;;) {
      const at = search();
      if (at !== -1) {
        return at;
      }
      if (this.#isEnded) {
        throw new Error(`The connection ended after ${JSON.stringify(this.rest.slice(0, 200))}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** One request on a connection of its own. */
export async function ask(
  port: number,
  host: string,
  { method = 'GET', path = '/', headers = '', from = '127.0.0.1', may = 0 } = {},
): Promise<Answer> {
  using visitor = new Visitor({ port, from });
  visitor.send(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`);
  return await visitor.answer({ isHead: method === 'HEAD', may });
}
