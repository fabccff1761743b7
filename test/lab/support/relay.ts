import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { inside } from './namespaces.ts';

const script = new URL('./relay-server.ts', import.meta.url).pathname;

export interface RelayPlan {
  /** Where the connections come from, as the far end sees it. */
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  /** A file name for the socket between the two, in the lab's folder. */
  readonly socket: string;
}

/**
 * Lets the test process reach a TCP port as a machine of the lab does: a loopback port here, joined over a Unix socket
 * (which knows no network namespace) with a connection made there. So a driver can run in the test itself.
 */
export class Relay implements AsyncDisposable {
  readonly #far: Daemon;
  readonly #near: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(far: Daemon, socketFile: string) {
    this.#far = far;
    this.#near = createServer({ noDelay: true, allowHalfOpen: true }, (caller) => {
      const onward = connect({ path: socketFile, allowHalfOpen: true });
      for (const socket of [caller, onward]) {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
      }
      pipeline(caller, onward, caller, () => undefined);
    });
  }

  static async open({ namespace, host, port, socket }: RelayPlan): Promise<Relay> {
    const argv = [process.execPath, script, socket, host, String(port)];
    const far = new Daemon(`relay in ${namespace}`, inside(namespace, argv));
    await until('the relay', () => far.output.includes('ready'), {
      timeoutMs: 40_000,
      everyMs: 20,
    });
    const relay = new Relay(far, socket);
    relay.#near.listen(0, '127.0.0.1');
    await once(relay.#near, 'listening');
    return relay;
  }

  /** Where to connect, on loopback. */
  get port(): number {
    const address = this.#near.address();
    if (address === null || typeof address === 'string') {
      throw new Error('The relay does not listen');
    }
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#near.close();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await this.#far.kill();
  }
}
