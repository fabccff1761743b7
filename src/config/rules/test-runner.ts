import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Rule } from '../../core/rule.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Problem } from '../../lib/problem.ts';
import { issueProblems } from '../schema-problems.ts';
import { openYaml, type YamlPath, type YamlSource } from '../yaml-source.ts';
import { loadRules, ruleFiles } from './load-rules.ts';
import { playTest, type Seen } from './play-test.ts';
import { type RuleTest, ruleTestFileSchema, ruleTestSchema } from './test-schema.ts';

/** What came of a file of rule tests. Failed expectations and mistakes in the files are both problems, with their place. */
export interface RuleTestReport {
  readonly tests: number;
  readonly expectations: number;
  readonly problems: readonly Problem[];
  readonly sources: Readonly<Record<string, string>>;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...names].sort().join(', ');
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return list(a) === list(b);
}

function differences({ expectation, firing, errors }: Seen): readonly string[] {
  const { action, cause } = expectation;
  const names = firing.map(({ name }) => name);
  const actions: readonly string[] = firing.map(({ then }) => then);
  const causes = firing.map((rule) => rule.cause);
  const failing = Object.keys(errors);
  const why = Object.entries(errors).map(([name, error]) => `${name} (${error})`);
  return [
    ...(sameNames(names, expectation.firing)
      ? []
      : [`expected firing: ${list(expectation.firing)}, but it was: ${list(names)}`]),
    ...(sameNames(failing, expectation.unevaluable)
      ? []
      : [`expected unevaluable: ${list(expectation.unevaluable)}, but it was: ${list(why)}`]),
    ...(action === undefined || actions.includes(action)
      ? []
      : [`expected action: ${action}, but it was: ${list(actions)}`]),
    ...(cause === undefined || causes.includes(cause)
      ? []
      : [`expected cause: ${cause}, but it was: ${list(causes)}`]),
  ];
}

function failures(
  source: YamlSource,
  base: YamlPath,
  test: RuleTest,
  rules: readonly Rule[],
): readonly Problem[] {
  return playTest(test, rules).flatMap((seen) => {
    const index = test.expect.indexOf(seen.expectation);
    const place = source.place([...base, 'expect', index]);
    return differences(seen).map((difference) => ({
      ...place,
      what: `"${test.name}" at ${formatDuration(seen.expectation.at)}: ${difference}`,
      remedy: 'correct the rule or the test',
    }));
  });
}

function runTests(
  source: YamlSource,
  values: readonly unknown[],
  rules: readonly Rule[],
): Omit<RuleTestReport, 'sources'> {
  const runs = values.map((value, index): Omit<RuleTestReport, 'sources'> => {
    const base = ['tests', index];
    const parsed = ruleTestSchema.safeParse(value);
    return parsed.success
      ? {
          tests: 1,
          expectations: parsed.data.expect.length,
          problems: failures(source, base, parsed.data, rules),
        }
      : {
          tests: 1,
          expectations: 0,
          problems: issueProblems({ source }, parsed.error.issues, base),
        };
  });
  return {
    tests: runs.length,
    expectations: runs.reduce((sum, { expectations }) => sum + expectations, 0),
    problems: runs.flatMap(({ problems }) => problems),
  };
}

function missingRules(
  source: YamlSource,
  names: readonly string[],
  folder: string,
): readonly Problem[] {
  return names.flatMap((name, index) =>
    ruleFiles(name, folder).length > 0
      ? []
      : [
          {
            ...source.place(['rules', index]),
            what: `no rule file is named ${name}`,
            remedy: 'name the file under test as it lies from this one',
          },
        ],
  );
}

/** Runs a file of rule tests through the core's own evaluation. Never throws for what the files say. */
export function runRuleTests(file: string): RuleTestReport {
  const text = readFileSync(file, 'utf8');
  const source = openYaml(file, text);
  const none = { tests: 0, expectations: 0, sources: { [file]: text } };
  if (source.problems.length > 0) {
    return { ...none, problems: source.problems };
  }
  const parsed = ruleTestFileSchema.safeParse(source.data);
  if (!parsed.success) {
    return { ...none, problems: issueProblems({ source }, parsed.error.issues) };
  }
  const folder = path.resolve(path.dirname(file));
  const show = (name: string): string => path.relative(path.resolve('.'), name);
  const files = parsed.data.rules.flatMap((name) => ruleFiles(name, folder));
  const loaded = loadRules([...new Set(files)], show);
  const sources = { [file]: text, ...loaded.sources };
  const mistakes = [...missingRules(source, parsed.data.rules, folder), ...loaded.problems];
  if (mistakes.length > 0) {
    return { ...none, problems: mistakes, sources };
  }
  const rules = loaded.rules.map(({ rule }) => rule);
  return { ...runTests(source, parsed.data.tests, rules), sources };
}
