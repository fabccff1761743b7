import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toldReadiness } from '../../../src/api/operations/readiness-ko.ts';
import { toldDrillStep } from '../../../src/api/routers/drill-ko.ts';
import { type Phrase, sayFrom } from '../../../src/core/phrasebook.ts';
import { reasons } from '../../../src/core/reason.ts';
import { toldText } from '../../../src/core/record-told.ts';
import { recordKo } from '../../../src/core/record-words-ko.ts';
import { isNamed, writtenSentences } from '../../support/written-sentences.ts';

const root = path.join(import.meta.dirname, '../../..');
const hangul = /[가-힣]/;

/** Where sentences stand that are told elsewhere: `why` has words of its own. */
const ownWords = /\/(why[^/]*|record-[^/]*|phrasebook|duration-ko|guards|on-.*-never)\.ts$/;

/** Strings of the core that are no sentences of the record. */
const unrecorded: readonly string[] = [
  // Alerts, which go to other machines in English.
  ' (x1 holds x1 connections)',
  'The override x1 of x1 has ended; automation decides again',
  // A title, a key, and the words of the drill by which it is found again.
  'Drill of x1',
  'x1 via x1',
];

const innerPhrases: readonly Phrase[] = Object.values(recordKo.inner).flat();

function isTold(text: string): boolean {
  return (
    reasons.some((reason) => hangul.test(toldText(reason, text).ko)) ||
    hangul.test(sayFrom({ ...recordKo, anywhere: innerPhrases }, 'started', text) ?? '')
  );
}

describe('the record', () => {
  it('has Korean words for every sentence that the core can write', () => {
    const files = globSync('src/core/*.ts', { cwd: root }).filter(
      (file) => !ownWords.test(`/${file}`),
    );
    const written = files.flatMap((file) => writtenSentences(path.join(root, file)));

    expect(written.length).toBeGreaterThan(90);
    expect(written.filter((text) => !isTold(text) && !unrecorded.includes(text))).toEqual([]);
  });

  it('has Korean words for what the rest of Detour has the core write down', () => {
    const isMeant = isNamed(['detail', 'note', 'judge']);
    const files = globSync('src/{api,app,controller}/**/*.ts', { cwd: root }).filter((file) =>
      /type: '(noted|names-compared|isolation-changed|glass-mended)'|onNews/.test(
        readFileSync(path.join(root, file), 'utf8'),
      ),
    );
    const written = files.flatMap((file) => writtenSentences(path.join(root, file), isMeant));

    expect(written.length).toBeGreaterThan(15);
    expect(written.filter((text) => !isTold(text))).toEqual([]);
  });

  it('has Korean words for every reason why Detour is not ready', () => {
    const files = ['src/api/operations/readiness.ts', 'src/app/control/health.ts'];
    const written = files.flatMap((file) => writtenSentences(path.join(root, file)));

    expect(written.length).toBeGreaterThan(8);
    expect(written.filter((text) => !hangul.test(toldReadiness(text).ko))).toEqual([]);
  });

  it('has Korean words for what a drill finds', () => {
    const found = writtenSentences(path.join(root, 'src/api/routers/drill.ts'));
    const held = writtenSentences(
      path.join(root, 'src/controller/drills.ts'),
      isNamed(['done', 'trouble']),
    ).map((text) => `${text} (1.0 s)`);

    expect(found.length).toBeGreaterThan(5);
    expect(held.length).toBeGreaterThan(2);
    expect([...found, ...held].filter((text) => !hangul.test(toldDrillStep(text).ko))).toEqual([]);
  });

  it('leaves what it does not know as it was said', () => {
    expect(toldText('freeze-set', 'Kim: works on the backbone')).toEqual({
      en: 'Kim: works on the backbone',
      ko: 'Kim: works on the backbone',
    });
  });

  it('tells a line of many sites with the site that it is about', () => {
    const text = 'shop: the router accepted the route but does not forward by it';

    expect(toldText('route-failed', text).ko).toBe(
      'shop: 라우터가 경로를 받았지만 그 경로로 전달하지 않습니다',
    );
  });

  it('tells what stands inside a sentence, too', () => {
    const text = 'held back: would take along blog, news and 3 more, not down (policy share 0.5)';

    expect(toldText('brake-shared-address', text).ko).toBe(
      '보류했습니다: 장애가 아닌 blog, news 외 3개까지 함께 우회하게 됩니다(정책 비율 0.5)',
    );
    expect(
      toldText('wave-progress', '9 sites: 3 held back, 4 failing, 2 behind their notice').ko,
    ).toBe('사이트 9개: 보류 3, 실패 중 4, 안내 표시 중 2');
    expect(
      toldText(
        'vantage-silent',
        'vantage seoul has sent no result for 1m30s; 1 of 3 still does, too few for a verdict: nothing is diverted or restored by itself',
      ).ko,
    ).toBe(
      '관측 지점 seoul이(가) 1분 30초 동안 결과를 보내지 않았습니다. 관측 지점 3곳 가운데 1곳은 보내고 있습니다. 판정하기에 부족하므로 스스로 우회하거나 되돌리지 않습니다',
    );
  });
});
