import { describe, expect, it } from 'vitest';
import { findMarkdownProblems } from '../../../src/lib/markdown-check.ts';

const placed = (source: string): readonly string[] =>
  findMarkdownProblems(source).map(({ line, column, what }) => `${line}:${column} ${what}`);

describe('findMarkdownProblems', () => {
  it('finds nothing wrong with what a notice may say', () => {
    const good =
      '**Power** is out: 5 < 6.\n\n- [status](https://status.example.kr/a?b=c)\n- <mailto:help@example.kr>';

    expect(placed(good)).toEqual([]);
  });

  it.each([
    [
      'raw HTML',
      'one\ntwo <b>bold</b>',
      ['2:5 raw HTML is not allowed', '2:12 raw HTML is not allowed'],
    ],
    ['a block of HTML', 'one\n\n<div class="x">\ntwo', ['3:1 raw HTML is not allowed']],
    ['a comment', 'a <!-- b --> c', ['1:3 raw HTML is not allowed']],
    ['a picture', 'see ![x](https://example.org/x.png)', ['1:5 a picture is not allowed']],
    ['a script link', 'a\n[b](javascript:x)', ['2:5 the link javascript:x is not allowed']],
    ['a link that is not whole', '[b](/status)', ['1:5 the link /status is not allowed']],
    ['an automatic link', '<vbscript:x>', ['1:2 the link vbscript:x is not allowed']],
  ])('points at %s', (_, source, problems) => {
    expect(placed(source)).toEqual(problems);
  });

  it('points at each of several by its own place, in order', () => {
    expect(placed('[b](/x)\n\n<b>\n\n<i>').map((problem) => problem.split(' ')[0])).toEqual([
      '1:5',
      '3:1',
      '5:1',
    ]);
  });

  it('says what to do about each', () => {
    expect(findMarkdownProblems('<b>x</b>')[0]?.remedy).toContain('**bold**');
  });
});
