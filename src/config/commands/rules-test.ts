import { globSync } from 'node:fs';
import path from 'node:path';
import { sortProblems } from '../../lib/problem.ts';
import { shippedRules } from '../rules/load-rules.ts';
import { runRuleTests } from '../rules/test-runner.ts';
import { counted, exitCodes, writeProblems } from './output.ts';
import { namedFiles, type RulesInput } from './rules-check.ts';

function shippedTests(): readonly string[] {
  return globSync('*.test.yaml', { cwd: shippedRules })
    .map((file) => path.relative('.', path.join(shippedRules, file)))
    .sort();
}

/** `detour rules test [FILE…]`: one line for each file when all expectations hold, each that does not with its place when not. */
export function rulesTest(input: RulesInput): number {
  const { files, output } = input;
  const names =
    files.length === 0 ? shippedTests() : namedFiles(input, (pattern) => globSync(pattern).sort());
  if (names === undefined) {
    return exitCodes.usage;
  }
  let failed = 0;
  for (const name of names) {
    const report = runRuleTests(name);
    if (report.problems.length > 0) {
      failed += 1;
      writeProblems(output, sortProblems(report.problems), report.sources);
      output.write(`${name}: failed (${counted(report.problems.length, 'problem')})\n`);
    } else {
      const what = `${counted(report.tests, 'test')}, ${counted(report.expectations, 'expectation')}`;
      output.write(`${name}: good (${what})\n`);
    }
  }
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}
