import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { tighten } from '../../../../../src/adapters/publishers/snapshot/tighten.ts';

describe('tighten', () => {
  it('takes out indentation, empty lines and comment lines, and keeps line ends between words', () => {
    expect(tighten('  <p>\n\n  One,\n  two</p>\n  // three\n')).toBe('<p>\nOne,\ntwo</p>');
  });

  it('keeps what styles mean', () => {
    const css =
      'a :hover,\n  li + li::after {\n /* x */\n  content: " ( {a: b; } ";\n  font: 1rem / 1.6 x;\n}';

    expect(tighten(`<style>${css}</style>`)).toBe(
      '<style>a :hover,li + li::after{content:" ( {a: b; } ";font:1rem / 1.6 x}</style>',
    );
  });

  it('keeps what scripts do', () => {
    const script =
      'let a = 1\nlet b = a\n  ? 2\n  : 3\n++b\nresult = [\n  b,\n  (() => {\n    return a\n  })(),\n]\n  .join()\n';

    const [, tight = ''] =
      /<script>(.*)<\/script>/s.exec(tighten(`<script>${script}</script>`)) ?? [];

    expect(runInNewContext(tight)).toBe('3,1');
    expect(runInNewContext(script)).toBe('3,1');
  });
});
