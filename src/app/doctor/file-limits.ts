import type { Settings } from '../../config/settings.ts';
import { bad, type Finding, good } from './finding.ts';
import { readKernelFile } from './proc.ts';

/** Files of a process besides its sessions: journal, snapshot, sockets, probes under way. */
const otherFiles = 1_000;

/** The most open files a process may ask for, from /proc/self/limits. Node raises its own limit to it. */
export function hardLimit(limits: string): number | undefined {
  const line = limits.split('\n').find((text) => text.startsWith('Max open files'));
  const hard = /^Max open files\s+\S+\s+(\S+)/.exec(line ?? '')?.[1];
  if (hard === undefined) {
    return undefined;
  }
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Whether one notice process can hold all the sessions: the kernel may hand it more than its share. */
export function judgeFileLimit(limit: number, sessions: number, passedSessions = 0): Finding {
  const needed = sessions + passedSessions + otherFiles;
  // A session that is passed through has a second socket, to its origin.
  const passed = passedSessions === 0 ? '' : ` and limits.passedSessions: ${passedSessions}`;
  return limit >= needed
    ? good(`${limit} open files for a process, enough for ${sessions} sessions`)
    : bad(
        `${limit} open files for a process are too few for limits.sessions: ${sessions}${passed}`,
        `set LimitNOFILE=${needed} or more in the unit of the service (ulimit -Hn elsewhere), or lower limits.sessions`,
      );
}

/** Open files against the sessions that the configuration allows. */
export async function checkFileLimits({ limits, sites }: Settings): Promise<readonly Finding[]> {
  const text = await readKernelFile('/proc/self/limits');
  const limit = text === undefined ? undefined : hardLimit(text);
  const isPassing = sites.some(({ origin }) => origin?.passThrough !== undefined);
  return limit === undefined
    ? []
    : [judgeFileLimit(limit, limits.sessions, isPassing ? limits.passedSessions : 0)];
}
