import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ahead } from './ahead.ts';
import { family } from './cpu.ts';
import type { ServerProcess } from './server-process.ts';

const client = path.join(import.meta.dirname, 'hold.ts');

/** KiB that a process and all below it have to themselves, and their part of what they share (proc(5), smaps_rollup). */
function proportionalKib(pid: number): number {
  return family(pid).reduce((sum, one) => {
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, 'utf8');
    return sum + Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
  }, 0);
}

export interface IdlePlan {
  readonly host: string;
  readonly count: number;
  readonly kind: 'plain' | 'tls';
}

/** Runs something while so many visitors stay connected and say nothing, each after one page. Gives how many were there to its end. */
export async function whileHeld(
  server: ServerProcess,
  { host, count, kind }: IdlePlan,
  act: () => Promise<void>,
): Promise<number> {
  const port = kind === 'plain' ? server.port : server.securePort;
  const argv = [process.execPath, client, String(port), host, String(count), kind];
  const [file = '', ...args] = ahead(argv, 1, 'crowd');
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.value !== 'held') {
    throw new Error(`${count} connections could not be held`);
  }
  await act();
  child.stdin.end();
  const last = await lines.next();
  await ended;
  return Number(last.value);
}

/** KiB of memory for each connection that stays and says nothing. */
export async function idleKib(server: ServerProcess, plan: IdlePlan): Promise<number> {
  const before = proportionalKib(server.pid);
  let held = before;
  const open = await whileHeld(server, plan, async () => {
    held = proportionalKib(server.pid);
  });
  return (held - before) / open;
}
