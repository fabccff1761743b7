import { closeSync, openSync, readSync } from 'node:fs';

/** The kernel lists listeners first; a host has far fewer than fit here (150 bytes a line). */
const tableBytes = 64 * 1024;

const listening = '0A';

/** Connections that wait for a process to accept them, and the listeners that they wait at. */
export interface AcceptQueue {
  readonly waiting: number;
  readonly listeners: number;
}

/** Counts what waits at listeners on these ports, from the kernel's table of sockets (proc(5), /proc/net/tcp). */
export function acceptQueueIn(table: string, ports: ReadonlySet<number>): AcceptQueue {
  let waiting = 0;
  let listeners = 0;
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', , state, queues] = line.trim().split(/\s+/);
    // A last line may be cut.
    if (state !== listening || queues === undefined) {
      break;
    }
    if (ports.has(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16))) {
      // Of a listener the second figure is not bytes but connections.
      waiting += Number.parseInt(queues.slice(queues.indexOf(':') + 1), 16);
      listeners += 1;
    }
  }
  return { waiting, listeners };
}

function beginningOf(file: string): string {
  const buffer = Buffer.allocUnsafe(tableBytes);
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    return buffer.toString('latin1', 0, readSync(handle, buffer));
  } catch {
    // Not Linux, or one family is switched off: then there is nothing to see.
    return '';
  } finally {
    if (handle !== undefined) {
      closeSync(handle);
    }
  }
}

/**
 * How many connections wait at one listener on these ports now. Node accepts one connection in each turn of its loop,
 * so a process that cannot keep up has a short loop delay and hundreds waiting here, whom nothing else shows.
 */
export function connectionsWaiting(ports: ReadonlySet<number>): number {
  const queues = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].map((file) =>
    acceptQueueIn(beginningOf(file), ports),
  );
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const listeners = queues.reduce((sum, queue) => sum + queue.listeners, 0);
  // Workers share a port with a listener each: what waits is theirs by equal parts.
  return listeners === 0 ? 0 : waiting / listeners;
}
