import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasons } from '../../src/core/reason.ts';
import { errorCodes } from '../../src/lib/errors.ts';

const read = (file: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../docs', file), 'utf8');

describe('the pages for operators', () => {
  it('say of every error what to do, and of no other', () => {
    const page = read('errors.md');
    const sections = page.split(/^## /m).slice(1);

    expect(sections.map((section) => section.split('\n')[0])).toEqual([...errorCodes]);
    for (const section of sections) {
      expect(section.trim().split('\n\n')).toHaveLength(3);
    }
  });

  it('say of every reason what it means, and of no other', () => {
    const rows = [...read('reasons.md').matchAll(/^\| `([a-z-]+)` \| (.{10,}) \|$/gm)];

    expect(rows.map(([, reason]) => reason)).toEqual([...reasons]);
  });
});
