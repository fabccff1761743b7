/** A place in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters of that line that are meant, for the carets. */
  readonly length: number;
}

/** One thing that is wrong in a file, and what to do about it. */
export interface Problem extends Place {
  readonly what: string;
  readonly remedy: string;
}

/** Writes a place as `file:line:column`. */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** Writes a problem on one line: `file:line:column: what is wrong - what to do`. */
export function formatProblem(problem: Problem): string {
  return `${formatPlace(problem)}: ${problem.what} - ${problem.remedy}`;
}

/** The order in which a person reads problems: by file, then from top to bottom. Each is listed once. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...unique.values()].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );
}

/** The line a problem is in, with carets under the words that are meant. */
export function excerpt(problem: Problem, source: string): string {
  const line = source.split('\n')[problem.line - 1]?.replace(/\r$/, '') ?? '';
  const number = String(problem.line).padStart(5);
  const lead = line.slice(0, problem.column - 1).replace(/[^\t]/g, ' ');
  const most = Math.max(1, line.length - problem.column + 1);
  const carets = '^'.repeat(Math.max(1, Math.min(problem.length, most)));
  return `${number} | ${line}\n${' '.repeat(5)} | ${lead}${carets}`;
}
