import { sayPhrase } from '../../core/phrasebook.ts';
import type { ToldText } from '../../core/record-told.ts';
import { recordKo } from '../../core/record-words-ko.ts';

/** What the steps of a drill found, in Korean. What routers said stays as they said it. */
const phrases = [
  ['it gave no answer', '응답하지 않았습니다'],
  [
    '{ours} routes of ours, {foreign} foreign host routes',
    'Detour의 경로 {ours}개, 다른 호스트 경로 {foreign}개',
  ],
  ['there is no plan without a reading', '읽지 못해 계획을 세울 수 없습니다'],
  ['it has exactly the routes it should have', '있어야 할 경로만 정확히 있습니다'],
  ['it would need: {quote}', '필요한 변경: {quote}'],
  ['no foreign route stands in the way of a site', '사이트를 가로막는 다른 경로가 없습니다'],
  [
    '{address} showed its notice through the data path ({took} s)',
    '실제 경로로 {address}의 안내가 보였습니다({took}초)',
  ],
  [
    'the route for {address} is gone, and so is its notice ({took} s)',
    '{address} 경로와 안내가 모두 없어졌습니다({took}초)',
  ],
  ['it was not done within {seconds} s ({took} s)', '{seconds}초 안에 끝나지 않았습니다({took}초)'],
  [
    '{prefix} via {nextHop} is foreign (site {site})',
    '{prefix} → {nextHop}: 다른 경로({site} 사이트)',
  ],
  ['{trouble} ({took} s)', '{trouble} ({took}초)'],
] as const;

/** What a step of a drill found, in each language of the page. */
export function toldDrillStep(detail: string): ToldText {
  return { en: detail, ko: sayPhrase(recordKo, phrases, detail) ?? detail };
}
