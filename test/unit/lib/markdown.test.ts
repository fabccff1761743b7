import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdownHtml, markdownText } from '../../../src/lib/markdown.ts';

const message = `Power is out in **hall 3**.
We *expect* no loss of data.

## What you can do

- Call [the desk](tel:+8221234)
- See <https://status.example.kr/>

1. First
2. Second`;

describe('markdownHtml', () => {
  it('writes paragraphs, line ends, emphasis, headings, lists and links', () => {
    const html = markdownHtml(message);

    expect(html).toContain('<p>Power is out in <strong>hall 3</strong>.<br>\nWe <em>expect</em>');
    expect(html).toContain('<h2>What you can do</h2>');
    expect(html).toContain('<li>Call <a href="tel:+8221234">the desk</a></li>');
    expect(html).toContain(
      '<a href="https://status.example.kr/">https://status.example.kr/</a></li>',
    );
    expect(html).toContain('<ol>\n<li>First</li>');
  });

  it.each([
    ['raw HTML', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['a picture', '![x](https://example.org/x.png)', '!<a href'],
    ['a script link', '[x](javascript:alert(1))', '[x](javascript:alert(1))'],
    ['a data link', '[x](data:text/html,x)', '[x](data:text/html,x)'],
    ['a link with a password', '[x](https://a:b@example.org/)', '[x](https://a:b@'],
    ['a link without a host', '[x](/path)', '[x](/path)'],
    ['a link to nowhere', '[x]()', '<p>x</p>'],
    ['a title', '[x](https://e.org/ "onload=1")', '<a href="https://e.org/">x</a>'],
    ['an entity', '&lt;b&gt;', '&lt;b&gt;'],
    ['code', '`<b>`', '`&lt;b&gt;`'],
  ])('leaves %s as words', (_, source, shown) => {
    expect(markdownHtml(source)).toContain(shown);
  });

  it('writes no element and no attribute beyond its own, whatever it is given', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.constantFrom(
          '<b onclick=x>',
          '[a](',
          ')',
          '<',
          '>',
          '"',
          "'",
          '\n',
          '![',
          '](',
          '&#x3c;',
        ),
        fc.constantFrom(
          'javascript:x',
          'https://e.org/"onx=1',
          '> ',
          '- ',
          '**',
          '# ',
          '<http://a b>',
        ),
      ),
      { maxLength: 30 },
    );
    const known =
      /^<(\/?(p|h2|ul|ol|li|blockquote|em|strong|s|br|a)|ol start="\d+"|a href="(https?:|mailto:|tel:)[^"<>]*")>$/;

    fc.assert(
      fc.property(hostile, (parts) => {
        for (const [tag] of markdownHtml(parts.join('')).matchAll(/<[^>]*>/g)) {
          expect(tag).toMatch(known);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('markdownText', () => {
  it('says the same without markup', () => {
    expect(markdownText(message)).toBe(
      ['Power is out in hall 3.\nWe expect no loss of data.', 'What you can do'].join('\n\n') +
        '\n- Call the desk (+8221234)\n- See https://status.example.kr/\n1. First\n2. Second',
    );
  });

  it('keeps plain words as they are', () => {
    expect(markdownText('3전산실 정전.\n5 < 6 & 7')).toBe('3전산실 정전.\n5 < 6 & 7');
  });
});
