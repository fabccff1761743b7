import { causes } from '../../../core/rule.ts';
import { hour } from '../../../lib/time.ts';
import type { NoticeText } from '../../../ports/notice-text.ts';
import type { Nearness } from './ageing.ts';
import { type NoticeModel, noticeModel, type Voice } from './model.ts';
import { defaultReturnPace, paceText } from './return-pace.ts';
import type { SmallModel } from './small-page.ts';

const everything: NoticeText = {
  message: { en: 'A **message**' },
  contact: '+82 2 120',
  links: [{ url: 'https://example.org/', label: { en: 'Elsewhere' } }],
  logo: 'data:image/png;base64,iVBORw0KGgo=',
};

const nearnesses: readonly Nearness[] = ['around', 'soon', 'late', 'open'];

/** One sample for each text, cause and distance; with the wave for good measure. */
function modelsOf(voice: Voice, text: NoticeText): readonly NoticeModel[] {
  return causes.flatMap((cause) =>
    nearnesses.flatMap((nearness) =>
      [{}, { isMass: true as const }].map((wave) =>
        noticeModel(
          {
            site: { name: 'sample', title: { en: 'Sample' }, noticeStatus: 503 },
            text,
            order: { site: 'sample', generation: 1, cause, since: 0, incident: 's-1', ...wave },
            expectedRecoveryAt: hour,
          },
          voice,
          { defaultLanguage: 'en', pace: paceText(defaultReturnPace), nearness },
        ),
      ),
    ),
  );
}

/**
 * Notices that reach every branch of a page template in every language: first with all there can be, then with the least.
 * The very first has every value.
 */
export function sampleModels(voices: readonly Voice[]): readonly NoticeModel[] {
  return voices.flatMap((voice) => [everything, {}].flatMap((text) => modelsOf(voice, text)));
}

/** The same for the small page. */
export function sampleSmallModels(voices: readonly Voice[]): readonly SmallModel[] {
  const least = { title: undefined, text: undefined, expected: undefined };
  return [
    ...sampleModels(voices).map((model) => ({ ...model, text: model.heading })),
    ...voices.map(({ locale }) => ({
      ...least,
      language: locale.language,
      pace: paceText(defaultReturnPace),
      documentTitle: locale.neutral.heading,
      heading: locale.neutral.heading,
      expectedLabel: locale.expected,
      words: locale,
    })),
  ];
}
