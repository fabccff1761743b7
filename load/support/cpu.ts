import { readdirSync, readFileSync } from 'node:fs';

/** Pids of a process and of all below it. */
export function family(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended between the two looks.
    }
  }
  const found = [pid];
  for (let at = 0; at < found.length; at += 1) {
    for (const [child, parent] of parents) {
      if (parent === found[at]) {
        found.push(child);
      }
    }
  }
  return found;
}

/** CPU time in nanoseconds that every thread of a process and its children has had (proc(5), schedstat). */
export function cpuNanoseconds(pid: number): number {
  let sum = 0;
  for (const one of family(pid)) {
    try {
      for (const thread of readdirSync(`/proc/${one}/task`)) {
        const [onCpu] = readFileSync(`/proc/${one}/task/${thread}/schedstat`, 'utf8').split(' ');
        sum += Number(onCpu);
      }
    } catch {
      // A thread that has ended took its count with it; servers under load keep theirs.
    }
  }
  return sum;
}

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
