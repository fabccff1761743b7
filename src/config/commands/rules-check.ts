import path from 'node:path';
import { sortProblems } from '../../lib/problem.ts';
import { loadRules, ruleFiles, shippedRules } from '../rules/load-rules.ts';
import { counted, exitCodes, type Output, writeProblems } from './output.ts';

export interface RulesInput {
  /** File names or patterns, from the working folder; none means the shipped rules. */
  readonly files: readonly string[];
  readonly output: Output;
}

/** Writes a path as it lies from the working folder. */
function shown(file: string): string {
  return path.relative(path.resolve('.'), file) || file;
}

/** Files that names or patterns stand for; undefined, after saying so, when one of them stands for none. */
export function namedFiles(
  { files, output }: RulesInput,
  find: (pattern: string) => readonly string[],
): readonly string[] | undefined {
  const found = files.map((pattern) => ({ pattern, names: find(pattern) }));
  const empty = found.filter(({ names }) => names.length === 0);
  for (const { pattern } of empty) {
    output.write(`there is no file ${pattern} - correct the name or pattern\n`);
  }
  return empty.length > 0 ? undefined : [...new Set(found.flatMap(({ names }) => names))];
}

/** `detour rules check`: one line for each file when all rules can be used, every problem with its place when not. */
export function rulesCheck(input: RulesInput): number {
  const { files, output } = input;
  const names =
    files.length === 0
      ? ruleFiles('*.yaml', shippedRules)
      : namedFiles(input, (pattern) => ruleFiles(pattern, '.'));
  if (names === undefined) {
    return exitCodes.usage;
  }
  const { rules, problems, sources } = loadRules(names, shown);
  if (problems.length > 0) {
    writeProblems(output, sortProblems(problems), sources);
    output.write(`${counted(problems.length, 'problem')} in ${counted(names.length, 'file')}\n`);
    return exitCodes.failed;
  }
  for (const name of names.map(shown)) {
    const count = rules.filter(({ place }) => place.file === name).length;
    output.write(`${name}: good (${counted(count, 'rule')})\n`);
  }
  return exitCodes.done;
}
