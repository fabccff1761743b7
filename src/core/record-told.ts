import { sayFrom } from './phrasebook.ts';
import type { Reason } from './reason.ts';
import { recordKo } from './record-words-ko.ts';

/** One sentence in each language of the page. */
export interface ToldText {
  readonly en: string;
  readonly ko: string;
}

/** What the record says for a reason, in each language; what a person, a rule or a router said stays as it was said. */
export function toldText(reason: Reason, text: string): ToldText {
  return { en: text, ko: sayFrom(recordKo, reason, text) ?? text };
}
