import MarkdownIt, { type MarkdownIt as Dialect, type Token } from 'markdown-it';
import { isNoticeLink } from './notice-link.ts';

/** Lists and quotes inside each other, at most: deeper ones are no help to a reader. */
const maxNesting = 12;

/** What a notice has no use for: it has its own headings, and code, tables and hidden definitions make it no clearer. */
const unused = ['fence', 'code', 'backticks', 'table', 'lheading', 'reference', 'hr'];

/** Leaves of the links only those that lead somewhere, and of those only the address: `[x]()` passes every other check. */
function keepGoodLinks(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = [];
  let isGood = false;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const address = String(token.attrGet('href') ?? '');
      isGood = isNoticeLink(address);
      token.attrs = [['href', address]];
    }
    if (isGood || !token.type.startsWith('link_')) {
      kept.push(token);
    }
  }
  return kept;
}

/** The Markdown of a notice: paragraphs, headings, lists, quotes, emphasis and links. Raw HTML is text, and a picture is no link. */
export function openDialect(): Dialect {
  const markdown = new MarkdownIt({ html: false, breaks: true, linkify: false, maxNesting });
  markdown.disable([...unused, 'image', 'html_block', 'html_inline']);
  markdown.validateLink = isNoticeLink;
  markdown.core.ruler.push('good_links', ({ tokens }) => {
    for (const token of tokens) {
      token.children &&= [...keepGoodLinks(token.children)];
    }
  });
  return markdown;
}

/** The same, but raw HTML and pictures are found instead of being passed over, and `onRefused` hears of every link that is none. */
export function openStrictDialect(onRefused: (address: string) => void): Dialect {
  const markdown = new MarkdownIt({ html: true, breaks: true, linkify: false, maxNesting });
  markdown.disable(unused);
  const normalise = markdown.normalizeLink.bind(markdown);
  let written = '';
  markdown.normalizeLink = (address): string => {
    written = address;
    return normalise(address);
  };
  markdown.validateLink = (address): boolean => {
    const isGood = isNoticeLink(address);
    if (!isGood) {
      onRefused(written);
    }
    return isGood;
  };
  return markdown;
}
