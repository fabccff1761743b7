import { createServer, type Server } from 'node:net';

/** Below the ports that systems give to connections which go out, so that none of those takes one between its choice and its use. */
const lowest = 20_000;
const highest = 32_000;
const mostTries = 200;

function listen(port: number, address: string): Promise<Server | undefined> {
  const { promise, resolve } = Promise.withResolvers<Server | undefined>();
  const server = createServer();
  server.on('error', () => resolve(undefined));
  server.listen(port, address, () => resolve(server));
  return promise;
}

/** Ports of an address that nothing has now, for daemons that cannot choose one themselves; all are held until all are known. */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<readonly number[]> {
  await using held = new AsyncDisposableStack();
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = ports.has(port) ? undefined : await listen(port, address);
    if (server !== undefined) {
      held.use(server);
      ports.add(port);
    } else if (tries > mostTries) {
      throw new Error(`No ${count} free ports of ${address} between ${lowest} and ${highest}`);
    }
  }
  return [...ports];
}

/** One such port. */
export async function freePort(address?: string): Promise<number> {
  const [port = 0] = await freePorts(1, address);
  return port;
}
