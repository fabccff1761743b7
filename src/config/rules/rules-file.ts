import type { Rule } from '../../core/rule.ts';
import type { Place, Problem } from '../../lib/problem.ts';
import { issueProblems } from '../schema-problems.ts';
import { openYaml, type YamlSource } from '../yaml-source.ts';
import { type CompiledCondition, compileCondition } from './condition.ts';
import type { RuleLanguage } from './language.ts';
import { maxRules, ruleSchema, rulesFileSchema } from './rules-schema.ts';

/** A rule and where it was written. */
export interface WrittenRule {
  readonly rule: Rule;
  readonly place: Place;
  /** Where its condition first names each probe it needs. */
  readonly probePlaces: Readonly<Record<string, Place>>;
}

/** What one rule file, or several, hold. */
export interface RulesReading {
  readonly rules: readonly WrittenRule[];
  readonly problems: readonly Problem[];
}

function conditionProblems(
  source: YamlSource,
  index: number,
  compiled: CompiledCondition,
): readonly Problem[] {
  return compiled.problems.map(({ start, end, what, remedy }) => ({
    ...source.placeInside(['rules', index, 'when'], start, end - start),
    what,
    remedy,
  }));
}

function readRule(
  source: YamlSource,
  index: number,
  value: unknown,
  language: RuleLanguage,
): RulesReading {
  const base = ['rules', index] as const;
  const parsed = ruleSchema.safeParse(value);
  const when: unknown =
    typeof value === 'object' && value !== null && 'when' in value ? value.when : '';
  const compiled =
    typeof when === 'string' && when !== '' ? compileCondition(when, language) : undefined;
  const problems = [
    ...(parsed.success ? [] : issueProblems({ source }, parsed.error.issues, base)),
    ...(compiled === undefined ? [] : conditionProblems(source, index, compiled)),
  ];
  const condition = compiled?.condition;
  if (!parsed.success || condition === undefined) {
    return { rules: [], problems };
  }
  const { for: forMs, keepFor, ...rest } = parsed.data;
  const { probes, lookBackMs } = condition.mentions;
  const rule: Rule = {
    name: rest.name,
    when: condition.when,
    condition: rest.when,
    probes: probes.map(({ name }) => name),
    forMs,
    keepForMs: keepFor,
    then: rest.then,
    cause: rest.cause,
    severity: rest.severity,
    lookBackMs,
  };
  const probePlaces = Object.fromEntries(
    probes.map(({ name, start, end }) => [
      name,
      source.placeInside([...base, 'when'], start, end - start),
    ]),
  );
  const place = source.place([...base, 'name']);
  return { rules: [{ rule, place, probePlaces }], problems };
}

/** Reads one rule file. Every problem is told at once; rules without problems are still handed back. */
export function readRules(file: string, text: string, language: RuleLanguage): RulesReading {
  const source = openYaml(file, text);
  if (source.problems.length > 0) {
    return { rules: [], problems: source.problems };
  }
  const parsed = rulesFileSchema.safeParse(source.data);
  if (!parsed.success) {
    return { rules: [], problems: issueProblems({ source }, parsed.error.issues) };
  }
  const readings = parsed.data.rules.map((value, index) =>
    readRule(source, index, value, language),
  );
  return {
    rules: readings.flatMap(({ rules }) => rules),
    problems: readings.flatMap(({ problems }) => problems),
  };
}

/** Rules that cannot stand together: two of one name, or too many. */
export function clashes(rules: readonly WrittenRule[]): readonly Problem[] {
  const first = new Map<string, WrittenRule>();
  const problems: Problem[] = [];
  for (const written of rules) {
    const { name } = written.rule;
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, written);
    } else {
      const what = `a second rule is named ${name}: the first is at ${other.place.file}:${other.place.line}`;
      problems.push({ ...written.place, what, remedy: 'rename one of them' });
    }
  }
  const excess = rules[maxRules];
  return excess === undefined
    ? problems
    : [
        ...problems,
        { ...excess.place, what: `there are more than ${maxRules} rules`, remedy: 'take some out' },
      ];
}
