import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ListenAddress } from '../config/settings.ts';

/** Listens there for a moment; rejects with the system's own error. */
export async function tryListening({ host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } finally {
    server.close();
  }
}

/** True when nothing listens there and we may. */
export async function canListen(address: ListenAddress): Promise<boolean> {
  try {
    await tryListening(address);
    return true;
  } catch {
    return false;
  }
}
