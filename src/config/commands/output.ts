import { excerpt, formatProblem, type Problem } from '../../lib/problem.ts';

/** Where a command writes what people read. */
export interface Output {
  write(text: string): unknown;
}

/** Exit codes of every command: done, failed, wrong usage. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** Writes `1 site`, `2 sites`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** Writes each problem on its line, with the words that are meant under it. */
export function writeProblems(
  output: Output,
  problems: readonly Problem[],
  sources: Readonly<Record<string, string>>,
): void {
  for (const problem of problems) {
    const source = sources[problem.file];
    output.write(`${formatProblem(problem)}\n`);
    if (source !== undefined) {
      output.write(`${excerpt(problem, source)}\n`);
    }
  }
}
