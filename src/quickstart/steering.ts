import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { closeServer, listenOn } from './listen.ts';
import type { RouteTable } from './route-table.ts';

/** One address of a site as visitors reach it, and where its packets go when no route says otherwise. */
export interface SteeredAddress {
  readonly address: string;
  readonly originAddress: string;
}

/**
 * The data path of the software router: whoever connects to a site's address gets to where the route table says,
 * the site's own server or a next hop. Connections of a prefix whose route changes are cut, as they break in a real network.
 */
export class Steering implements AsyncDisposable {
  readonly #steered: SteeredAddress;
  readonly #table: RouteTable;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #nextHop: string | undefined;
  #port = 0;

  constructor(steered: SteeredAddress, table: RouteTable) {
    this.#steered = steered;
    this.#table = table;
    this.#server = createServer((socket) => this.#steer(socket));
    table.watch(() => this.#onRoutes());
  }

  /** Starts to take connections; port 0 takes a free one. Rejects with the system's own error. */
  async start(port: number): Promise<number> {
    this.#port = await listenOn(this.#server, this.#steered.address, port);
    return this.#port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = closeServer(this.#server);
    this.#cut();
    await closed;
  }

  #steer(visitor: Socket): void {
    const host = this.#nextHop ?? this.#steered.originAddress;
    const far = connect({ host, port: this.#port });
    this.#sockets.add(visitor);
    visitor.on('close', () => this.#sockets.delete(visitor));
    // Nobody listens there: the visitor must see a refusal, not an end.
    far.on('error', () => visitor.resetAndDestroy());
    visitor.on('error', () => far.destroy());
    const ignore = (): void => undefined;
    pipeline(visitor, far, ignore);
    pipeline(far, visitor, ignore);
  }

  #onRoutes(): void {
    const nextHop = this.#table.nextHopOf(this.#steered.address);
    if (nextHop !== this.#nextHop) {
      this.#nextHop = nextHop;
      this.#cut();
    }
  }

  #cut(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }
}
