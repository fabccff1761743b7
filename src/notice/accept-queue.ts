import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** The kernel lists listeners first; a host has far fewer than fit here (150 bytes a line). */
const tableBytes = 64 * 1024;
/** Most hosts have no more listeners than fit here; the kernel takes longer for every line it is asked for. */
const chunkBytes = 4 * 1024;

/** One for each family; a listener on `::` that takes IPv4 as well stands in the second. */
export const socketTables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'] as const;
export type SocketTable = (typeof socketTables)[number];

const listening = '0A';

/** A listener as the kernel knows it: what waits there is connected, and accepted by nobody yet. */
export interface AcceptQueue {
  readonly inode: string;
  readonly port: number;
  readonly waiting: number;
}

/** The listeners in the kernel's table of sockets (proc(5), /proc/net/tcp). */
export function acceptQueuesIn(table: string): readonly AcceptQueue[] {
  const queues: AcceptQueue[] = [];
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', , state, lengths = '', , , , , inode] = line.trim().split(/\s+/);
    // A last line may be cut.
    if (state !== listening || inode === undefined) {
      break;
    }
    queues.push({
      inode,
      port: Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16),
      // Of a listener the second figure is not bytes but connections.
      waiting: Number.parseInt(lengths.slice(lengths.indexOf(':') + 1), 16),
    });
  }
  return queues;
}

/** True once a line is there that is no listener's: none comes after it. */
function isPastListeners(table: string): boolean {
  const lines = table.split('\n').slice(1, -1);
  const [, , , state] = lines.at(-1)?.trim().split(/\s+/) ?? [];
  return state !== undefined && state !== listening;
}

function listenersPartOf(file: string): string {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let handle: number | undefined;
  let table = '';
  try {
    handle = openSync(file, 'r');
    while (table.length < tableBytes && !isPastListeners(table)) {
      const bytes = readSync(handle, buffer);
      if (bytes === 0) {
        break;
      }
      table += buffer.toString('latin1', 0, bytes);
    }
  } catch {
    // Not Linux, or one family is switched off: then there is nothing to see.
  } finally {
    if (handle !== undefined) {
      closeSync(handle);
    }
  }
  return table;
}

/**
 * Every listener in one table of this machine, or of this network namespace, now. Empty where there is no such table.
 * Behind the last listener the kernel looks for the first connection of that family, through all that there are of any:
 * with 30,000 of the other one that takes ten milliseconds.
 */
export function acceptQueues(table: SocketTable): readonly AcceptQueue[] {
  return acceptQueuesIn(listenersPartOf(table));
}

/** The inodes of the sockets that this process holds (proc(5), /proc/self/fd). */
export function ownSockets(): ReadonlySet<string> {
  const own = new Set<string>();
  try {
    for (const handle of readdirSync('/proc/self/fd')) {
      const inode = /^socket:\[(\d+)\]$/.exec(targetOf(handle))?.[1];
      if (inode !== undefined) {
        own.add(inode);
      }
    }
  } catch {
    // Not Linux: then no listener can be told to be ours.
  }
  return own;
}

function targetOf(handle: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${handle}`);
  } catch {
    // It was closed between the two looks, as the one that lists them is.
    return '';
  }
}
