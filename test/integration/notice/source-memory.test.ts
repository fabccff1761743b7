import { describe, expect, it } from 'vitest';
import { maxSources } from '../../../src/notice/source-table.ts';
import { mustRun } from '../../support/command.ts';

const script = new URL('../support/source-flood.ts', import.meta.url).pathname;

describe('a million sources', () => {
  it.each(['ipv4', 'ipv6'])(
    'of %s are remembered within 40 MB',
    { timeout: 120_000 },
    async (family) => {
      const output = await mustRun([process.execPath, '--expose-gc', script, family]);

      const { size, bytes } = JSON.parse(output);
      expect(size).toBe(maxSources);
      expect(bytes).toBeGreaterThan(1e6);
      expect(bytes).toBeLessThan(40e6);
    },
  );
});
