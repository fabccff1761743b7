import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Place, Problem } from '../lib/problem.ts';
import { type Environment, replaceAll } from './yaml-variables.ts';

/** Keys and indexes that lead from the top of a file to one value. */
export type YamlPath = readonly PropertyKey[];

/** A larger file is a mistake: 10,000 sites fit into 4 MiB. */
export const maxYamlBytes = 8 * 1024 * 1024;

/** A YAML file whose every value knows its place. */
export interface YamlSource {
  readonly file: string;
  readonly text: string;
  /** Plain values; undefined when the file is not YAML at all. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
  /** Where the value stands; for one that is missing, the nearest thing around it. */
  place(path: YamlPath): Place;
  /** Where the last key of the path stands. */
  keyPlace(path: YamlPath): Place;
  /** The value as it is written in the file, before `${ENV}` was replaced; undefined for lists and maps. */
  written(path: YamlPath): string | undefined;
  /** Where a character of a text value stands. */
  placeInside(path: YamlPath, offset: number, length: number): Place;
}

type Range = readonly [start: number, end: number];

function rangeOf(node: unknown): Range | undefined {
  const range = isNode(node) ? node.range : undefined;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}

function childOf(node: unknown, key: PropertyKey): { key?: unknown; value?: unknown } {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    return pair === undefined ? {} : { key: pair.key, value: pair.value };
  }
  return isSeq(node) && typeof key === 'number' ? { value: node.items[key] } : {};
}

interface Found {
  readonly node: unknown;
  readonly range: Range;
  readonly keyRange: Range;
  /** False when the path leads further than the file does. */
  readonly isWhole: boolean;
}

/** Follows a path as far as the file goes. */
function follow(document: Document, path: YamlPath): Found {
  let node: unknown = document.contents;
  let range = rangeOf(node) ?? [0, 0];
  let keyRange = range;
  for (const key of path) {
    const child = childOf(node, key);
    const next = isAliasResolved(document, child.value);
    const nextRange = rangeOf(child.value) ?? rangeOf(child.key);
    if (nextRange === undefined) {
      return { node, range: keyRange, keyRange, isWhole: false };
    }
    node = next;
    range = nextRange;
    keyRange = rangeOf(child.key) ?? nextRange;
  }
  return { node, range, keyRange, isWhole: true };
}

function isAliasResolved(document: Document, value: unknown): unknown {
  const isAlias = isNode(value) && 'resolve' in value && typeof value.resolve === 'function';
  return isAlias ? value.resolve(document) : value;
}

/** Finds where each character of a value stands in its source: quotes, escapes, indents and folds lie between. */
function offsetInside(source: string, range: Range, value: string, offset: number): number {
  const head = source.slice(range[0], range[1]).match(/^(?:[|>][^\n]*\n|["'])/)?.[0].length ?? 0;
  let at = range[0] + head;
  for (let index = 0; index < offset && at < range[1]; index += 1) {
    at = /\s/.test(value[index] ?? '') ? at : nextMatch(source, at, range[1], value[index]) + 1;
  }
  return nextMatch(source, at, range[1], value[offset]);
}

function nextMatch(source: string, from: number, end: number, letter: string | undefined): number {
  let at = from;
  while (at < end && source[at] !== letter && /[\s\\'"]/.test(source[at] ?? '')) {
    at += 1;
  }
  return at;
}

type PlaceAt = (range: Range) => Place;

function placesIn(file: string, text: string, lines: LineCounter): PlaceAt {
  return ([start, end]) => {
    const { line, col } = lines.linePos(start);
    const firstLine =
      text
        .slice(start, Math.max(start + 1, end))
        .split('\n')[0]
        ?.trimEnd() ?? '';
    return { file, line: Math.max(1, line), column: Math.max(1, col), length: firstLine.length };
  };
}

function syntaxProblems(document: Document, placeAt: PlaceAt): readonly Problem[] {
  return document.errors.map((problem) => ({
    ...placeAt([problem.pos[0], problem.pos[1]]),
    what: `this is not YAML: ${problem.message.replace(/\s+/g, ' ')}`,
    remedy:
      problem.code === 'TAB_AS_INDENT'
        ? 'indent with spaces'
        : 'correct the line, or put the text in quotes',
  }));
}

function readPlain(
  document: Document,
  placeAt: PlaceAt,
): { data: unknown; problems: readonly Problem[] } {
  if (document.errors.length > 0) {
    return { data: undefined, problems: syntaxProblems(document, placeAt) };
  }
  try {
    const data: unknown = document.toJS({ maxAliasCount: 100 });
    return { data, problems: [] };
  } catch (error) {
    const what = `this YAML cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    return {
      data: undefined,
      problems: [{ ...placeAt([0, 1]), what, remedy: 'write it out without aliases' }],
    };
  }
}

/** Reads YAML text. Never throws: what is wrong with it stands in `problems`. Without `env`, `${NAME}` is plain text. */
export function openYaml(file: string, text: string, env?: Environment): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const placeAt = placesIn(file, text, lines);
  const replacement = env === undefined ? undefined : replaceAll(document, env);
  const { data, problems } = readPlain(document, placeAt);
  const missing = (replacement?.missing ?? []).map(({ node, name }) => ({
    ...placeAt(rangeOf(node) ?? [0, 1]),
    what: `the environment has no variable ${name}`,
    remedy: `set ${name} before the start, or write $\${${name}} for that very text`,
  }));
  return {
    file,
    text,
    data,
    problems: [...problems, ...missing],
    place: (path) => placeAt(follow(document, path).range),
    keyPlace: (path) => placeAt(follow(document, path).keyRange),
    written: (path): string | undefined => {
      const { node, isWhole } = follow(document, path);
      return isWhole && isScalar(node)
        ? (replacement?.written.get(node) ?? String(node.value))
        : undefined;
    },
    placeInside: (path, offset, length): Place => {
      const { node, range } = follow(document, path);
      const value = isScalar(node) && typeof node.value === 'string' ? node.value : '';
      const start = offsetInside(text, range, value, offset);
      return placeAt([start, Math.min(range[1], start + Math.max(1, length))]);
    },
  };
}
