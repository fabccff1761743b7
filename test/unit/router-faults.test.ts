import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { routerFaults } from '../integration/router-faults/faults.ts';

const root = path.join(import.meta.dirname, '../..');
const text = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const rows = [...text('docs/router-faults.md').matchAll(/^\| ([^|]+) \| [^|]+ \| [^|]+ \|$/gm)]
  .map(([, name = '']) => name)
  .filter((name) => name !== 'Fault' && !name.startsWith('---'));

describe('the page about router faults', () => {
  it('has a row for every fault that the matrix plays', () => {
    const missing = routerFaults.map(({ name }) => name).filter((name) => !rows.includes(name));

    expect(missing).toEqual([]);
  });

  it('has no row that no test plays', () => {
    const played = new Set(routerFaults.map(({ name }) => name));
    const tests = ['test/integration/router-faults/matrix.ts', 'test/lab/router-faults.test.ts']
      .map(text)
      .join('\n');
    const unplayed = rows.filter(
      (name) => !played.has(name) && !tests.includes(`${name}:`) && name !== 'second router fails',
    );

    expect(unplayed).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(28);
  });
});
