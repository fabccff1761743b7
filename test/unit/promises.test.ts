import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutants } from '../mutants/mutants.ts';

const root = path.join(import.meta.dirname, '../..');

interface Proof {
  readonly file: string;
  /** Name of the test in the file; a story is its own. */
  readonly name: string | undefined;
}

const sections = readFileSync(path.join(root, 'docs/promises.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    number: Number.parseInt(text, 10),
    proofs: [...text.matchAll(/^- `([^`]+)`(?:: (.+))?$/gm)].map(
      ([, file = '', name]): Proof => ({ file, name }),
    ),
  }));

function textOf(file: string): string {
  const place = path.join(root, file);
  return existsSync(place) ? readFileSync(place, 'utf8') : '';
}

function isThere({ file, name }: Proof): boolean {
  return file.endsWith('.test.ts')
    ? name !== undefined && textOf(file).includes(`('${name}'`)
    : textOf(file) !== '';
}

describe('the page of promises', () => {
  it('has all fourteen, each with a test that every run plays', () => {
    const played = sections.filter(({ proofs }) =>
      proofs.some(({ file }) => !/^test\/(?:lab|peers)\//.test(file)),
    );

    expect(played.map(({ number }) => number)).toEqual(
      [...Array(14).keys()].map((index) => index + 1),
    );
  });

  it('names only tests that exist', () => {
    const missing = sections.flatMap(({ proofs }) => proofs).filter((proof) => !isThere(proof));

    expect(missing).toEqual([]);
  });
});

describe('the mutants', () => {
  it('still find the lines that they get wrong, each once', () => {
    const lost = mutants.flatMap(({ edits }) =>
      edits.filter(({ file, find }) => textOf(`src/${file}`).split(find).length !== 2),
    );

    expect(lost).toEqual([]);
  });

  it('that were hunted were found', () => {
    const results: unknown = JSON.parse(textOf('test/mutants/results.json'));

    expect(results).toSatisfy(
      (all: readonly { readonly mutant: string; readonly by?: string }[]) =>
        all.length >= 10 &&
        all.every(
          ({ mutant, by }) => by !== undefined && mutants.some(({ name }) => name === mutant),
        ),
    );
  });
});
