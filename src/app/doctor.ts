import { createServer } from 'node:net';
import type { ListenAddress, Settings } from '../config/settings.ts';

export interface Finding {
  readonly isGood: boolean;
  /** What was found and, when it is bad, what to do. */
  readonly text: string;
}

/** The oldest Node.js with every fix Detour relies on. */
const floor = [24, 12] as const;

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isGood = major > floor[0] || (major === floor[0] && minor >= floor[1]);
  const remedy = isGood ? '' : `; install ${floor.join('.')} or newer`;
  return { isGood, text: `Node.js ${process.versions.node}${remedy}` };
}

async function tryListening({ host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
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

async function examinePort(address: ListenAddress): Promise<Finding> {
  const place = `${address.host}:${address.port}`;
  try {
    await tryListening(address);
    return { isGood: true, text: `${place} can be listened on` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      isGood: false,
      text: `${place} cannot be listened on: ${why}; stop what listens there, or give the service CAP_NET_BIND_SERVICE for ports below 1024`,
    };
  }
}

/** Looks at this host: the runtime and, with a configuration, every listener. Nothing is left open. */
export async function examineHost(settings: Settings | undefined): Promise<readonly Finding[]> {
  const listeners = settings === undefined ? [] : [settings.admin.listen, ...settings.notice.http];
  return [examineNode(), ...(await Promise.all(listeners.map(examinePort)))];
}
