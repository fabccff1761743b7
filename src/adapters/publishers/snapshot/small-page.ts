import { sentMark } from '../../../ports/snapshot.ts';
import type { Locale } from './locale.ts';
import type { Template } from './template.ts';

/**
 * Largest small page in bytes: with its headers it leaves in one or two packets, however loaded we are.
 * The mark that the notice plane may add is in the count.
 */
export const maxSmallPageBytes = 1_200 - Buffer.byteLength(sentMark);

const maxTitleLength = 40;

/** What the small page may say. */
export interface SmallModel {
  readonly language: string;
  readonly pace: string;
  readonly documentTitle: string;
  readonly title: string | undefined;
  readonly heading: string;
  readonly text: string | undefined;
  readonly expectedLabel: string;
  readonly expected: string | undefined;
  readonly words: Locale;
}

const clip = (text: string, length: number): string => {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
};

/** Fewer characters of a sentence than this say nothing. */
const leastTextLength = 20;

/** Fills in the small page; the text is cut until the page fits its limit. What cannot be cut is left out, the least needed first. */
export function renderSmallPage(template: Template, model: SmallModel): string {
  const title = model.title === undefined ? undefined : clip(model.title, maxTitleLength);
  const short = { ...model, documentTitle: model.heading, title };
  const bare = { ...short, text: undefined };
  const last = { ...bare, expected: undefined, title: undefined };
  const whole = fitting(template, short) ?? withCutText(template, short);
  return (
    whole ??
    fitting(template, bare) ??
    fitting(template, { ...bare, expected: undefined }) ??
    template.render(last)
  );
}

function fitting(template: Template, model: SmallModel): string | undefined {
  const page = template.render(model);
  return Buffer.byteLength(page) <= maxSmallPageBytes ? page : undefined;
}

/** The page with as much of the text as fits. Escaping makes some characters six bytes long, so the length is found by halving. */
function withCutText(template: Template, model: SmallModel): string | undefined {
  const text = model.text ?? '';
  let best: string | undefined;
  let low = leastTextLength;
  let high = Math.min([...text].length, maxSmallPageBytes);
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const page = fitting(template, { ...model, text: clip(text, middle) });
    if (page === undefined) {
      high = middle - 1;
    } else {
      best = page;
      low = middle + 1;
    }
  }
  return best;
}
