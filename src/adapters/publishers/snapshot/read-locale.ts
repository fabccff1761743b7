import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { suggest } from '../../../lib/nearest.ts';
import type { Place, Problem } from '../../../lib/problem.ts';
import { type Locale, localeSchema, neededPlaces } from './locale.ts';

/** A language file: its words, or all that is wrong with them. */
export type LocaleReading =
  | { readonly locale: Locale; readonly problems: readonly [] }
  | { readonly locale?: undefined; readonly problems: readonly Problem[] };

type PlaceOf = (path: readonly PropertyKey[]) => Place;

const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** The keys that a part of the words may have; undefined for a part with keys of its own choice. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = localeSchema;
  for (const key of path) {
    schema = shapeOf(schema)?.[String(key)];
  }
  return Object.keys(shapeOf(schema) ?? {});
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof schema !== 'object' || schema === null || !('shape' in schema)) {
    return undefined;
  }
  const { shape } = schema;
  return typeof shape === 'object' && shape !== null ? { ...shape } : undefined;
}

function issueProblems(issue: z.core.$ZodIssue, placeOf: PlaceOf): readonly Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...placeOf([...path, key]),
      what: `unknown key ${pathText([...path, key])}`,
      remedy: suggest(key, knownKeys(path)),
    }));
  }
  if (issue.code === 'invalid_key') {
    return [
      {
        ...placeOf(path),
        what: `unknown key ${pathText(path)}`,
        remedy: 'take it out: a cause without words of its own has those of causes.unknown',
      },
    ];
  }
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
  return [
    {
      ...placeOf(path),
      what: isMissing ? `${pathText(path)} is missing` : `${pathText(path)}: ${issue.message}`,
      remedy: isMissing ? 'add it: each key of en.yaml is needed' : 'correct it',
    },
  ];
}

function emptyPlaces(locale: Locale, placeOf: PlaceOf): readonly Problem[] {
  return neededPlaces
    .filter(([key, place]) => !String(locale[key]).includes(`{${place}}`))
    .map(([key, place]) => ({
      ...placeOf([key]),
      what: `${key} has no place for {${place}}`,
      remedy: `write {${place}} where it belongs`,
    }));
}

/** Reads one language file. Never throws: every key that is missing, unknown or of no use is told with its place. */
export function readLocale(text: string, file: string): LocaleReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col), length: 1 };
  };
  if (document.errors.length > 0) {
    const remedy = 'correct the line, or put the text in quotes';
    const problems = document.errors.map(({ pos, message }) => ({
      ...placeAt(pos[0]),
      what: `this is not YAML: ${message.replace(/\s+/g, ' ')}`,
      remedy,
    }));
    return { problems };
  }
  // What is missing has no place of its own: the nearest thing around it has.
  const placeOf: PlaceOf = (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (
        typeof node === 'object' &&
        node !== null &&
        'range' in node &&
        Array.isArray(node.range)
      ) {
        return placeAt(Number(node.range[0]));
      }
    }
    return placeAt(0);
  };
  const result = localeSchema.safeParse(document.toJS(), { reportInput: true });
  if (!result.success) {
    return { problems: result.error.issues.flatMap((issue) => issueProblems(issue, placeOf)) };
  }
  const problems = emptyPlaces(result.data, placeOf);
  return problems.length > 0 ? { problems } : { locale: result.data, problems: [] };
}
