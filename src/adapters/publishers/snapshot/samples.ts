import { causes } from '../../../core/rule.ts';
import { day } from '../../../lib/time.ts';
import type { NoticeText } from '../../../ports/notice-text.ts';
import { defaultReturnPace, type NoticeModel, noticeModel, type Voice } from './model.ts';
import type { SmallModel } from './small-page.ts';

const everything: NoticeText = {
  message: { en: 'A message' },
  contact: '+82 2 120',
  links: [{ url: 'https://example.org/', label: { en: 'Elsewhere' } }],
  logo: 'data:image/png;base64,iVBORw0KGgo=',
};

/** Notices that reach every branch of a page template in every language: with all there can be, and with the least. */
export function sampleModels(voices: readonly Voice[]): readonly NoticeModel[] {
  return voices.flatMap((voice) =>
    [everything, {}].flatMap((text) =>
      causes.flatMap((cause) =>
        [false, true].map((isLate) =>
          noticeModel(
            {
              site: { name: 'sample', title: { en: 'Sample' }, noticeStatus: 503 },
              text,
              order: { site: 'sample', generation: 1, cause, since: 0, incident: 'sample-1' },
              ...(text === everything ? { expectedRecoveryAt: day } : {}),
            },
            voice,
            { defaultLanguage: 'en', pace: defaultReturnPace, isLate },
          ),
        ),
      ),
    ),
  );
}

/** The same for the small page. */
export function sampleSmallModels(voices: readonly Voice[]): readonly SmallModel[] {
  const least = { title: undefined, text: undefined, expected: undefined };
  return [
    ...sampleModels(voices).map((model) => ({ ...model, text: model.paragraphs[0]?.text })),
    ...voices.map(({ locale }) => ({
      ...least,
      language: locale.language,
      documentTitle: locale.neutral.heading,
      heading: locale.neutral.heading,
      words: locale,
    })),
  ];
}
