import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suggest } from '../../../lib/nearest.ts';
import type { Place, Problem } from '../../../lib/problem.ts';

/** A page, its parts, styles and script: this deep may one include the next, and a circle ends here too. */
const maxIncludeDepth = 4;

/** Largest page with everything put in, in characters: well above the shipped ones. */
export const maxSourceLength = 64 * 1024;

/** A piece of the whole text and where it was written. */
interface Piece {
  /** Where it begins in the whole text. */
  readonly start: number;
  readonly file: string;
  readonly text: string;
  /** Where it begins in its own file. */
  readonly offset: number;
}

/** A page with its parts put in, in which every character still knows its file. */
export interface TemplateSource {
  readonly text: string;
  readonly problems: readonly Problem[];
  /** The page and every part in it. */
  readonly files: readonly string[];
  /** Where a place of the whole text was written; lines and columns count from 1. */
  place(line: number, column: number): Place;
}

/** Where a character stands in a text. */
export function placeIn(file: string, text: string, offset: number): Place {
  const lines = text.slice(0, offset).split('\n');
  return { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, length: 1 };
}

class Assembly {
  readonly pieces: Piece[] = [];
  readonly problems: Problem[] = [];
  readonly #folders: readonly string[];
  text = '';

  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** The file of that name in the first folder that has one. */
  fileOf(name: string): string | undefined {
    return /^\w[\w.-]*$/.test(name)
      ? this.#folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
      : undefined;
  }

  add(file: string, depth: number): void {
    const source = this.#read(file);
    let done = 0;
    for (const match of source.matchAll(/@include ([^\s<]+)/g)) {
      this.#take(file, source, done, match.index);
      this.#include({ file, source, at: match.index }, match[1] ?? '', depth);
      done = match.index + match[0].length;
    }
    this.#take(file, source, done, source.length);
  }

  #read(file: string): string {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      const what = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      const place = { file, line: 1, column: 1, length: 1 };
      this.problems.push({ ...place, what, remedy: 'correct its rights' });
      return '';
    }
  }

  #take(file: string, source: string, from: number, to: number): void {
    const text = source.slice(from, to);
    this.pieces.push({ start: this.text.length, file, text: source, offset: from });
    this.text += text;
  }

  #include(
    { file, source, at }: { readonly file: string; readonly source: string; readonly at: number },
    name: string,
    depth: number,
  ): void {
    const place = placeIn(file, source, at);
    const found = this.fileOf(name);
    if (found === undefined) {
      const what = `there is no file ${name} to include`;
      this.problems.push({ ...place, what, remedy: suggest(name, shippedParts) });
    } else if (depth >= maxIncludeDepth || this.text.length > maxSourceLength) {
      const what = `${name} is included too deep, or in a circle`;
      this.problems.push({ ...place, what, remedy: `include at most ${maxIncludeDepth} deep` });
    } else {
      this.add(found, depth + 1);
    }
  }
}

/** Parts that every page may include. */
export const shippedParts = [
  'head.hbs',
  'when.hbs',
  'since.hbs',
  'rows.hbs',
  'links.hbs',
  'foot.hbs',
  'notice.css',
  'return.js',
  'small.css',
  'small.js',
] as const;

/** Puts a page together: `@include NAME` takes the file of that name from the first folder that has it. */
export function assemble(file: string, folders: readonly string[]): TemplateSource {
  const assembly = new Assembly(folders);
  assembly.add(file, 0);
  const { text, pieces, problems } = assembly;
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return {
    text,
    problems,
    files: [...new Set(pieces.map((piece) => piece.file))],
    place: (line, column): Place => {
      const at = Math.min(text.length, (lineStarts[line - 1] ?? text.length) + column - 1);
      const piece = pieces.findLast(({ start }) => start <= at);
      return piece === undefined
        ? { file, line, column, length: 1 }
        : placeIn(piece.file, piece.text, piece.offset + at - piece.start);
    },
  };
}
