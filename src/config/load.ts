import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DetourError } from '../lib/errors.ts';
import { formatProblem, type Problem, sortProblems } from '../lib/problem.ts';
import { buildSettings } from './build-settings.ts';
import { checkAll, pathsOf } from './check-all.ts';
import type { DriverCatalogue } from './check-routers.ts';
import { type Draft, readDraft } from './draft.ts';
import type { NoticeStyleSettings, Settings } from './settings.ts';
import { maxYamlBytes, openYaml } from './yaml-source.ts';
import type { Environment } from './yaml-variables.ts';

/** Everything that can be said about a configuration file. */
export interface ConfigReport {
  /** Present when there are no problems. */
  readonly settings?: Settings;
  /** Sorted by place; none means that the file can be used. */
  readonly problems: readonly Problem[];
  /** Things worth saying that stop nothing. */
  readonly warnings: readonly Problem[];
  /** The text of each file that may be shown in excerpts; the file of tokens is not among them. */
  readonly sources: Readonly<Record<string, string>>;
  /** Where the words and pages of notices are, if that can be told: they are checked whatever else is wrong. */
  readonly noticeStyle?: NoticeStyleSettings;
}

export interface ConfigInput {
  /** Name of the file: paths in it are relative to its folder. It need not exist when `text` is given. */
  readonly file: string;
  readonly text: string;
  readonly env: Environment;
  /** Without it any driver name and any options are taken. */
  readonly drivers?: DriverCatalogue;
}

function tooLarge(file: string, bytes: number): Problem {
  const what = `the file has ${bytes} bytes, more than ${maxYamlBytes}`;
  return { file, line: 1, column: 1, length: 1, what, remedy: 'register most sites by the API' };
}

function noticeStyleOf({ noticeStyle }: Draft, file: string): Pick<ConfigReport, 'noticeStyle'> {
  if (noticeStyle === undefined) {
    return {};
  }
  const { templates, ...rest } = noticeStyle;
  const folder = templates === undefined ? {} : { templates: pathsOf(file).resolve(templates) };
  return { noticeStyle: { ...rest, ...folder } };
}

/** Checks the text of a configuration file and everything it names. Never throws for what the file says. */
export function inspectConfig({ file, text, env, drivers }: ConfigInput): ConfigReport {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxYamlBytes) {
    return { problems: [tooLarge(file, bytes)], warnings: [], sources: {} };
  }
  const source = openYaml(file, text, env);
  const draft = readDraft(source);
  const checked = checkAll(source, draft, drivers);
  // A variable that is missing is the cause of whatever else is wrong with its value.
  const unset = new Set(source.problems.map(({ line, column }) => `${line}:${column}`));
  const others = [...draft.problems, ...checked.problems].filter(
    (problem) => problem.file !== file || !unset.has(`${problem.line}:${problem.column}`),
  );
  const problems = sortProblems([...source.problems, ...others]);
  // Of a file that is no map of keys, nothing can be said to be missing.
  const isMap = source.data instanceof Object && !Array.isArray(source.data);
  const warnings = isMap ? sortProblems(checked.warnings) : [];
  const sources = { [file]: text, ...checked.rules.sources };
  const settings =
    problems.length === 0 ? buildSettings(file, draft, { ...checked, warnings }) : undefined;
  const words = noticeStyleOf(draft, file);
  return { problems, warnings, sources, ...words, ...(settings === undefined ? {} : { settings }) };
}

/** Reads and checks a configuration file. Throws DETOUR_CONFIG_UNREADABLE when it cannot be read at all. */
export function inspectConfigFile(
  file: string,
  env: Environment,
  drivers?: DriverCatalogue,
): ConfigReport {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new DetourError(`Could not read the configuration ${path.resolve(file)}`, {
      code: 'DETOUR_CONFIG_UNREADABLE',
      cause: error,
    });
  }
  return inspectConfig({ file, text, env, ...(drivers === undefined ? {} : { drivers }) });
}

/** A configuration that must not be used: every problem as data in `problems`, and as lines in `detail`. */
export class ConfigError extends DetourError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(`The configuration ${file} has ${count}`, {
      code: 'DETOUR_CONFIG_INVALID',
      detail: problems.map(formatProblem).join('\n'),
    });
    this.problems = problems;
  }
}

/**
 * Loads a configuration file: checked as a whole, with defaults filled in and every path absolute.
 * Throws one ConfigError (DETOUR_CONFIG_INVALID) that holds all problems, or DETOUR_CONFIG_UNREADABLE.
 */
export function loadSettings(file: string, env: Environment, drivers?: DriverCatalogue): Settings {
  const { settings, problems } = inspectConfigFile(file, env, drivers);
  if (settings === undefined) {
    throw new ConfigError(file, problems);
  }
  return settings;
}
