import { connect, type Socket } from 'node:net';
import { connect as secureConnect } from 'node:tls';
import { allowedHead } from '../../support/allowed-answers.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
}

export interface VisitorOptions {
  readonly port: number;
  readonly host?: string;
  /** Which 127.x.x.x the visitor comes from. */
  readonly from?: string;
  /** Over TLS, by this SNI. */
  readonly serverName?: string;
}

function connectTo({ port, host = '127.0.0.1', from, serverName }: VisitorOptions): Socket {
  const where = { port, host, ...(from === undefined ? {} : { localAddress: from }) };
  return serverName === undefined
    ? connect(where)
    : secureConnect({ ...where, servername: serverName, rejectUnauthorized: false });
}

/** A raw TCP client that says exactly what it is told and checks everything it is answered. */
export class Visitor implements Disposable {
  readonly socket: Socket;
  readonly #closed = Promise.withResolvers<void>();
  #bytes = Buffer.alloc(0);
  #isEnded = false;
  #wake: () => void = () => undefined;

  constructor(options: VisitorOptions) {
    this.socket = connectTo(options);
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
    const head = this.#bytes.subarray(0, headEnd).toString('latin1');
    const { status, headers } = allowedHead(head, options.may);
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
