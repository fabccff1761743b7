import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectFor } from '../../../src/app/load-settings.ts';

const root = path.join(import.meta.dirname, '../../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** What a newcomer would copy. */
const published = {
  'README.md': /^```yaml\n(.*?)^```$/ms.exec(readme)?.[1] ?? '',
  'examples/detour.yaml': readFileSync(path.join(root, 'examples/detour.yaml'), 'utf8'),
  'examples/junos.yaml': readFileSync(path.join(root, 'examples/junos.yaml'), 'utf8'),
  'examples/gobgp.yaml': readFileSync(path.join(root, 'examples/gobgp.yaml'), 'utf8'),
};

describe('a published configuration', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'detour-test-'));
    mkdirSync(path.join(folder, 'examples', 'keys'), { recursive: true });
    cpSync(path.join(root, 'rules'), path.join(folder, 'rules'), { recursive: true });
    for (const [name, text] of [
      ['tokens.yaml', 'tokens: []\n'],
      ['keys/notice-switch', 'a key that only its owner has'],
    ] as const) {
      writeFileSync(path.join(folder, 'examples', name), text, { mode: 0o600 });
    }
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.entries(published))('in %s has no problem and no weak spot', (_, text) => {
    const file = path.join(folder, 'examples', 'detour.yaml');
    writeFileSync(file, text);

    const { problems, settings } = inspectFor(file, {});

    expect(problems).toEqual([]);
    expect(settings?.warnings).toEqual([]);
  });
});
