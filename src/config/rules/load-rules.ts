import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../../lib/problem.ts';
import { openLanguage } from './language.ts';
import { clashes, type RulesReading, readRules } from './rules-file.ts';

/** Folder of the rules that come with Detour. */
export const shippedRules = path.join(import.meta.dirname, '..', '..', '..', 'rules');

/** More rule files than this is a pattern that reaches too far. */
export const maxRuleFiles = 200;

/** Rule files that one name or pattern stands for; tests beside them are left out. */
export function ruleFiles(pattern: string, folder: string): readonly string[] {
  return globSync(pattern, { cwd: folder })
    .filter((file) => /\.ya?ml$/.test(file) && !/\.test\.ya?ml$/.test(file))
    .map((file) => path.resolve(folder, file))
    .sort();
}

/** All rules of several files, with every problem, and the text of each file for excerpts. */
export interface LoadedRules extends RulesReading {
  readonly sources: Readonly<Record<string, string>>;
}

function unreadable(file: string, error: unknown): Problem {
  const why = error instanceof Error ? error.message : String(error);
  const what = `the rule file cannot be read: ${why}`;
  return { file, line: 1, column: 1, length: 1, what, remedy: 'correct its name or its rights' };
}

/** Reads and compiles rule files. Never throws: what is wrong stands in `problems`. `show` writes a file name for people. */
export function loadRules(
  files: readonly string[],
  show: (file: string) => string = (file) => file,
): LoadedRules {
  const language = openLanguage();
  const sources: Record<string, string> = {};
  const readings = files.slice(0, maxRuleFiles).map((file): RulesReading => {
    try {
      const text = readFileSync(file, 'utf8');
      sources[show(file)] = text;
      return readRules(show(file), text, language);
    } catch (error) {
      return { rules: [], problems: [unreadable(show(file), error)] };
    }
  });
  const rules = readings.flatMap((reading) => reading.rules);
  return {
    rules,
    problems: [...readings.flatMap(({ problems }) => problems), ...clashes(rules)],
    sources,
  };
}
