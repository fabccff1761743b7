import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A wire to a router that can be cut, held and starved: what goes wrong between two machines, at a chosen moment. */
export class FaultWire implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  #connections = 0;
  #isHeld = false;
  /** Pieces that still come through before it is held. */
  #left = Number.POSITIVE_INFINITY;

  private constructor(farPort: number) {
    this.#server = createServer({ noDelay: true }, (near) => this.#join(near, farPort));
  }

  static async open(farPort: number): Promise<FaultWire> {
    const wire = new FaultWire(farPort);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    return wire;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Connections that were taken so far. */
  get connections(): number {
    return this.#connections;
  }

  /** After so many pieces nothing that the router says comes through any more; what it is told still does. */
  hold(pieces = 0): void {
    if (pieces > 0) {
      this.#left = pieces;
      return;
    }
    this.#isHeld = true;
    for (const { far } of this.#pairs) {
      far.pause();
    }
  }

  /** What was held comes through. */
  release(): void {
    this.#isHeld = false;
    for (const { far } of this.#pairs) {
      far.resume();
    }
  }

  /** Both ends lose the connection without a word. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** Nobody takes a connection any more. */
  async shut(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut();
  }

  #join(near: Socket, farPort: number): void {
    this.#connections += 1;
    const far = connect({ host: '127.0.0.1', port: farPort, noDelay: true });
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const socket of [near, far]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
        this.#pairs.delete(pair);
      });
    }
    near.on('data', (chunk: Buffer) => far.write(chunk));
    far.on('data', (chunk: Buffer) => {
      near.write(chunk);
      this.#left -= 1;
      if (this.#left === 0) {
        this.hold();
      }
    });
    if (this.#isHeld) {
      far.pause();
    }
  }
}
