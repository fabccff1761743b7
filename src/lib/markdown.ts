import type { Token } from 'markdown-it';
import { openDialect } from './markdown-dialect.ts';

const dialect = openDialect();

// The page has one h1, its own; every heading inside a message is one step below it.
dialect.renderer.rules['heading_open'] = (): string => '<h2>';
dialect.renderer.rules['heading_close'] = (): string => '</h2>\n';

/** Writes a message as HTML that holds no more than p, h2, ul, ol, li, blockquote, em, strong, s, br and checked links. */
export function markdownHtml(source: string): string {
  return dialect.render(source).trim();
}

/** Where a link leads, in brackets, unless its text says so itself. */
function linkEnd(text: string, address: string): string {
  const shown = address.replace(/^(mailto|tel):/, '');
  return text === address || text === shown ? '' : ` (${shown})`;
}

function inlineText(children: readonly Token[]): string {
  let text = '';
  let linkStart = 0;
  let address = '';
  for (const token of children) {
    if (token.type === 'link_open') {
      linkStart = text.length;
      address = String(token.attrGet('href') ?? '');
    } else if (token.type === 'link_close') {
      text += linkEnd(text.slice(linkStart), address);
    } else {
      text += token.type.endsWith('break') ? '\n' : token.content;
    }
  }
  return text;
}

/** Puts blocks of text under each other and numbers the items of lists. */
class TextLayout {
  /** The number of the next item of each open list; undefined where items have a dash. */
  readonly #lists: (number | undefined)[] = [];
  #text = '';
  #mark = '';

  get text(): string {
    return this.#text;
  }

  take(token: Token): void {
    switch (token.type) {
      case 'bullet_list_open':
        this.#lists.push(undefined);
        break;
      case 'ordered_list_open':
        this.#lists.push(Number(token.attrGet('start') ?? 1));
        break;
      case 'bullet_list_close':
      case 'ordered_list_close':
        this.#lists.pop();
        break;
      case 'list_item_open':
        this.#beginItem();
        break;
      case 'inline':
        this.#add(inlineText(token.children ?? []));
        break;
      default:
    }
  }

  #beginItem(): void {
    const number = this.#lists.pop();
    this.#mark = number === undefined ? '- ' : `${number}. `;
    this.#lists.push(number === undefined ? undefined : number + 1);
  }

  #add(words: string): void {
    const isFirstOfItem = this.#mark !== '';
    const depth = this.#lists.length - (isFirstOfItem ? 1 : 0);
    if (this.#text !== '') {
      this.#text += isFirstOfItem ? '\n' : '\n\n';
    }
    this.#text += `${'  '.repeat(depth)}${this.#mark}${words}`;
    this.#mark = '';
  }
}

/** Writes a message as plain text: blank lines between paragraphs, a dash or number before each item of a list. */
export function markdownText(source: string): string {
  const layout = new TextLayout();
  for (const token of dialect.parse(source, {})) {
    layout.take(token);
  }
  return layout.text;
}
