import type { z } from 'zod';
import { suggest } from '../lib/nearest.ts';
import type { Problem } from '../lib/problem.ts';
import { knownKeysMark } from './schema/parts.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** Longest value that is repeated in a message. */
const longestQuote = 60;

/** Turns what a schema says into places, words and remedies. */
export interface IssueReader {
  readonly source: YamlSource;
  /** What a key is for, to say when it is missing. */
  readonly describe?: (path: YamlPath) => string | undefined;
  /** True for files whose values must not be repeated in messages. */
  readonly isSecret?: boolean;
}

/** Writes a path as people do: `sites[0].probes[1].interval`. */
export function pathText(path: YamlPath): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** The value at a path inside plain data, or undefined. */
export function valueAt(data: unknown, path: YamlPath): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      return undefined;
    }
    value = Reflect.get(value, key);
  }
  return value;
}

/** What stands in the file, shortened, with passwords in URLs left out. */
function quote({ source, isSecret }: IssueReader, path: YamlPath): string {
  const written = source.written(path);
  if (written === undefined || isSecret === true) {
    return '';
  }
  const text = written.replace(/\/\/[^/@\s]*@/g, '//***@').replace(/\s+/g, ' ');
  const short = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return `, not ${JSON.stringify(short)}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list';
  }
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

const kinds: Readonly<Record<string, string>> = {
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const kindRemedies: Readonly<Record<string, string>> = {
  object: 'write its keys below it, indented',
  record: 'write its keys below it, indented',
  array: 'put it in [ ], or on lines that begin with a dash',
  string: 'put it in quotes',
  number: 'write digits without quotes',
  int: 'write digits without quotes and without a point',
  boolean: 'write true or false',
};

interface Said {
  readonly what: string;
  readonly remedy: string;
}

function missing(reader: IssueReader, path: YamlPath): Said {
  const purpose = reader.describe?.(path)?.split(/(?<=[.:]) /)[0];
  return {
    what: `${pathText(path)} is missing`,
    remedy: purpose === undefined ? 'add it' : `add it: ${purpose.replace(/\.$/, '')}`,
  };
}

function choice(reader: IssueReader, path: YamlPath, values: readonly unknown[]): Said {
  const known = values.map(String);
  return {
    what: `${pathText(path)} must be one of ${known.join(', ')}${quote(reader, path)}`,
    remedy: suggest(String(valueAt(reader.source.data, path)), known),
  };
}

function listSize(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): Said {
  return issue.code === 'too_big'
    ? { what: `may have at most ${issue.maximum}`, remedy: 'take some out' }
    : { what: `must have at least ${issue.minimum}`, remedy: 'add to it' };
}

function defaultWords(reader: IssueReader, issue: z.core.$ZodIssue): Said {
  const path = pathText(issue.path);
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = kinds[issue.expected] ?? issue.expected;
      const value = valueAt(reader.source.data, issue.path);
      const found = quote(reader, issue.path) || `, not ${kindOf(value)}`;
      return {
        what: `${path === '' ? 'the file' : path} must be ${wanted}${found}`,
        remedy: kindRemedies[issue.expected] ?? 'correct it',
      };
    }
    case 'invalid_value':
      return choice(reader, issue.path, issue.values);
    case 'too_big':
    case 'too_small': {
      const { what, remedy } = listSize(issue);
      return { what: `${path} ${what}`, remedy };
    }
    default:
      return {
        what: `${path}: ${issue.message}${quote(reader, issue.path)}`,
        remedy: 'correct it',
      };
  }
}

function words(reader: IssueReader, issue: z.core.$ZodIssue): Said {
  const value = valueAt(reader.source.data, issue.path);
  if (value === undefined && issue.path.length > 0) {
    return missing(reader, issue.path);
  }
  if (value === null && issue.path.length > 0) {
    return {
      what: `${pathText(issue.path)} has no value`,
      remedy: 'give it one, or take the key out',
    };
  }
  if (issue.code === 'invalid_union' && 'options' in issue && issue.options !== undefined) {
    return choice(reader, issue.path, issue.options);
  }
  const [what = '', remedy] = issue.message.split('\n');
  return remedy === undefined
    ? defaultWords(reader, issue)
    : { what: `${pathText(issue.path)} ${what}${quote(reader, issue.path)}`, remedy };
}

function unknownKeys(
  { source }: IssueReader,
  issue: z.core.$ZodIssueUnrecognizedKeys,
): readonly Problem[] {
  const [mark, list = ''] = issue.message.split('\n');
  const known = mark === knownKeysMark ? list.split(' ') : [];
  const present = Object.keys(Object(valueAt(source.data, issue.path)));
  const free = known.filter((key) => !present.includes(key));
  return issue.keys.map((key) => ({
    ...source.keyPlace([...issue.path, key]),
    what: `unknown key ${pathText([...issue.path, key])}`,
    remedy: suggest(key, free),
  }));
}

function badKey(reader: IssueReader, issue: z.core.$ZodIssueInvalidKey): Problem {
  const [what = '', remedy = 'correct the key'] = issue.issues[0]?.message.split('\n') ?? [];
  return {
    ...reader.source.keyPlace(issue.path),
    what: `the key ${pathText(issue.path)} ${what}`,
    remedy,
  };
}

/** Tells each thing a schema refuses, at its place in the file. `base` is where the checked value stands. */
export function issueProblems(
  reader: IssueReader,
  issues: readonly z.core.$ZodIssue[],
  base: YamlPath = [],
): readonly Problem[] {
  return issues.flatMap((raw): readonly Problem[] => {
    const issue = { ...raw, path: [...base, ...raw.path] };
    if (issue.code === 'unrecognized_keys') {
      return unknownKeys(reader, issue);
    }
    if (issue.code === 'invalid_key') {
      return [badKey(reader, issue)];
    }
    return [{ ...reader.source.place(issue.path), ...words(reader, issue) }];
  });
}
