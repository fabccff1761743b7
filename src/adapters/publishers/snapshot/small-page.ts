import type { Locale } from './locale.ts';
import type { Template } from './template.ts';

/** Largest small page in bytes: with its headers it leaves in one or two packets, however loaded we are. */
export const maxSmallPageBytes = 1_200;

const maxTitleLength = 40;

/** What the small page may say. */
export interface SmallModel {
  readonly language: string;
  readonly documentTitle: string;
  readonly title: string | undefined;
  readonly heading: string;
  readonly text: string | undefined;
  readonly expected: string | undefined;
  readonly words: Locale;
}

const clip = (text: string, length: number): string => {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
};

/** Fills in the small page; the text is cut, and in the end left out, until the page fits its limit. */
export function renderSmallPage(template: Template, model: SmallModel): string {
  const short = {
    ...model,
    documentTitle: model.heading,
    title: model.title === undefined ? undefined : clip(model.title, maxTitleLength),
  };
  const whole = template.render(short);
  if (Buffer.byteLength(whole) <= maxSmallPageBytes) {
    return whole;
  }
  // Escaping makes some characters six bytes long, so the length that fits is found by halving.
  let fits = template.render({ ...short, text: undefined });
  let low = 2;
  let high = Math.min([...(model.text ?? '')].length, maxSmallPageBytes);
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const page = template.render({ ...short, text: clip(model.text ?? '', middle) });
    if (Buffer.byteLength(page) <= maxSmallPageBytes) {
      fits = page;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return fits;
}
