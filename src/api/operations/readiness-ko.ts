import { sayPhrase } from '../../core/phrasebook.ts';
import type { ToldText } from '../../core/record-told.ts';
import { recordKo } from '../../core/record-words-ko.ts';

/** Why Detour cannot divert by itself, in Korean. */
const phrases = [
  ['Routers not read yet: {names}.', '아직 읽지 못한 라우터: {names}.'],
  ['The warm-up is not over: first probe rounds.', '시작 준비 중: 첫 탐침이 끝나지 않았습니다.'],
  ['The warm-up is not over: {hindrance}.', '시작 준비 중: {hindrance}.'],
  [
    'Only the controller that holds the lease acts; this one stands by.',
    '임대를 가진 컨트롤러가 동작하고, 이 컨트롤러는 대기합니다.',
  ],
  [
    'Only {speaking} of {total} vantages send results (silent: {names}), too few for a verdict on any site.',
    '관측 지점 {total}곳 가운데 {speaking}곳만 결과를 보내(응답 없음: {names}) 어느 사이트도 판정할 수 없습니다.',
  ],
  [
    'The journal cannot be written, so nothing is diverted or restored: make room on its disk, or mend it.',
    '저널에 쓸 수 없어 아무것도 우회하거나 복구하지 않습니다. 디스크 공간을 확보하거나 저널을 고치십시오.',
  ],
  [
    'The notice process does not answer, so no site can be diverted: start it with "detour notice".',
    '안내 프로세스가 응답하지 않아 우회할 수 없습니다. "detour notice"로 시작하십시오.',
  ],
  [
    'The notice process {pid} is of version {version} and cannot read the snapshots that this controller writes: it goes on with its last one, and no new notice can be shown. Restart it with the version of the controller.',
    '안내 프로세스 {pid}(버전 {version})가 이 컨트롤러의 스냅숏을 읽지 못해 마지막 것으로 응답하며, 새 안내를 보여 줄 수 없습니다. 컨트롤러와 같은 버전으로 다시 시작하십시오.',
  ],
  [
    'The notice process serves an older snapshot: {problem}. No new notice can be shown.',
    '안내 프로세스가 이전 스냅숏으로 응답하며, 새 안내를 보여 줄 수 없습니다: {problem}.',
  ],
  [
    'The store cannot be reached, so no controller can hold the lease; orders need "detour break-glass".',
    '저장소에 연결할 수 없어 어느 컨트롤러도 임대를 가질 수 없습니다. 명령하려면 "detour break-glass"가 필요합니다.',
  ],
] as const;

/** A reason why Detour is not ready, in each language of the page. */
export function toldReadiness(text: string): ToldText {
  return { en: text, ko: sayPhrase(recordKo, phrases, text) ?? text };
}
