import type { Token } from 'markdown-it';
import { openStrictDialect } from './markdown-dialect.ts';

/** Something in a message that a notice cannot carry; lines and columns count from 1. */
export interface MarkdownProblem {
  readonly line: number;
  readonly column: number;
  readonly what: string;
  readonly remedy: string;
}

/** Most problems told of one message: whoever mends ten sees the pattern. */
const maxProblems = 10;

const htmlRemedy =
  'write Markdown, such as **bold** or [words](https://example.org/); a < that is no tag needs a space behind it';
const imageRemedy = 'take it out; the logo of the notice has a field of its own';
const linkRemedy =
  'link to a whole http://, https://, mailto: or tel: address without a user name or password';

/** Finds places in a text from the front to the back, so that the same words twice have two places. */
class Places {
  readonly #source: string;
  #from = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Goes on from the start of a line, unless the search is past it already. */
  moveTo(line: number): void {
    let offset = 0;
    for (let passed = 0; passed < line; passed += 1) {
      offset = this.#source.indexOf('\n', offset) + 1;
    }
    this.#from = Math.max(this.#from, offset);
  }

  find(words: string): { readonly line: number; readonly column: number } {
    const found = this.#source.indexOf(words, this.#from);
    const at = found === -1 ? this.#from : found;
    this.#from = found === -1 ? this.#from : found + words.length;
    const lines = this.#source.slice(0, at).split('\n');
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

function tokenProblem(token: Token, places: Places): MarkdownProblem | undefined {
  if (token.type === 'html_inline' || token.type === 'html_block') {
    const [tag = ''] = token.content.trim().split('\n');
    return { ...places.find(tag), what: 'raw HTML is not allowed', remedy: htmlRemedy };
  }
  return token.type === 'image'
    ? { ...places.find('!['), what: 'a picture is not allowed', remedy: imageRemedy }
    : undefined;
}

/** Finds what a notice cannot carry in a message: raw HTML, pictures, and links that lead nowhere a visitor should go. */
export function findMarkdownProblems(source: string): readonly MarkdownProblem[] {
  const refused = new Set<string>();
  const tokens = openStrictDialect((address) => refused.add(address)).parse(source, {});
  const places = new Places(source);
  const problems: MarkdownProblem[] = [];
  for (const token of tokens) {
    places.moveTo(token.map?.[0] ?? 0);
    for (const part of [token, ...(token.children ?? [])]) {
      const problem = tokenProblem(part, places);
      if (problem !== undefined) {
        problems.push(problem);
      }
    }
  }
  for (const address of refused) {
    const what = `the link ${address.slice(0, 80)} is not allowed`;
    problems.push({ ...new Places(source).find(address), what, remedy: linkRemedy });
  }
  return problems
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .slice(0, maxProblems);
}
