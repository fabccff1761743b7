import { describe, expect, it } from 'vitest';
import { inspectConfig } from '../../../src/config/load.ts';

const tabbed = 'admin: { tokensFile: ./tokens.yaml }\nrouters:\n\t- name: edge-1\n';

describe('a configuration that is not YAML', () => {
  it('is told what to put right, and not what it lacks: that could not be read', () => {
    const { problems, warnings } = inspectConfig({ file: 'detour.yaml', text: tabbed, env: {} });

    expect(problems[0]).toMatchObject({ line: 3, remedy: 'indent with spaces' });
    expect(warnings).toEqual([]);
  });

  it('is told to begin with routers and sites when it is empty, and nothing else', () => {
    const { problems, warnings } = inspectConfig({ file: 'detour.yaml', text: '\n', env: {} });

    expect(problems.map(({ what }) => what)).toEqual(['the file must be a map of keys']);
    expect(warnings).toEqual([]);
  });

  it('says of a wildcard that every name of a site is written out', () => {
    const text = 'sites: [{ name: shop, hostnames: ["*.example.kr"] }]\n';

    const { problems } = inspectConfig({ file: 'detour.yaml', text, env: {} });

    expect(problems.find(({ what }) => what.includes('*.example.kr'))?.remedy).toContain('in full');
  });
});
