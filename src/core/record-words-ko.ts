import { causePhrasesKo } from './causes-ko.ts';
import { durationKo } from './duration-ko.ts';
import type { Phrasebook } from './phrasebook.ts';
import { ofRouters } from './record-ko-routers.ts';
import {
  along,
  decided,
  failures,
  hindrances,
  ordered,
  relapsed,
  sights,
  speaking,
  vanished,
} from './record-ko-shared.ts';

const ofDiversions: Phrasebook['reasons'] = {
  'first-failure': [['a probe failed; probing faster', '탐침이 실패해 더 자주 확인합니다']],
  'failure-cleared': [
    ['every probe passes again', '모든 탐침이 다시 통과합니다'],
    ['the site answers again', '사이트가 다시 응답합니다'],
  ],
  'rule-fired': [['rule {rule} fires: {cause}', '규칙 {rule}이(가) 발동했습니다: {cause}']],
  'rule-not-evaluable': [
    ['rule {rule} cannot be evaluated: {quote}', '규칙 {rule}을(를) 계산할 수 없습니다: {quote}'],
  ],
  'decided-by-rule': decided,
  'approved-by-person': decided,
  'ordered-by-override': ordered,
  'maintenance-began': hindrances,
  'more-addresses-down': [['also down: {names}', '장애가 확인된 주소 추가: {names}']],
  'taken-along': [
    [
      'shares an address with {site}, which is diverted',
      '우회된 {site} 사이트와 같은 주소를 씁니다',
    ],
  ],
  'notice-live': [
    ['the notice answers for the site', '안내 서버가 이 사이트의 안내로 응답합니다'],
    ['the route is to be set anew', '경로를 새로 넣습니다'],
  ],
  'notice-failed': failures,
  'route-installed': [
    ['the router shows the route as installed', '라우터에 경로가 들어간 것을 읽었습니다'],
  ],
  'route-failed': [...failures, ['{router}: {trouble}', '{router}: {trouble}']],
  'path-proven': [
    ['the notice came back through the data path', '실제 경로로 안내가 보이는 것을 확인했습니다'],
  ],
  'neighbours-answer': [
    [
      '{names} still answered, passed through the notice host',
      '같은 주소의 {names}은(는) 안내 서버를 거쳐 여전히 응답합니다',
    ],
  ],
  proven: [
    ['the notice came back through the data path', '실제 경로로 안내가 보이는 것을 확인했습니다'],
    [
      '{names} still answered, passed through the notice host',
      '같은 주소의 {names}은(는) 안내 서버를 거쳐 여전히 응답합니다',
    ],
    ['the routers keep the proven change', '확인된 변경을 라우터가 유지합니다'],
  ],
  'proof-failed': failures,
  undone: [['no route of the diversion is left', '우회 경로가 모두 없어졌습니다']],
  'origin-passing': [['the origin passes its probes', '원래 서버가 탐침을 통과합니다']],
  'origin-relapsed': relapsed,
  'trial-withdrawal': [
    [
      'no path to the origin: withdraws for a moment and looks',
      '원래 서버로 가는 다른 길이 없어 경로를 잠깐 되돌려 확인합니다',
    ],
  ],
  'trial-failed': relapsed,
  'clean-long-enough': [['no failure for {seconds} s', '{seconds}초 동안 실패가 없었습니다']],
  'restore-ordered': ordered,
  'neighbour-restored': [
    ['the shared address is back at its origin', '함께 쓰는 주소가 원래 서버로 돌아갔습니다'],
    [
      'its visitors are passed through to its origin while {site} is diverted',
      '{site} 사이트가 우회된 동안 방문자는 원래 서버로 연결됩니다',
    ],
  ],
  'maintenance-over': [['the window has ended', '점검 시간이 끝났습니다']],
  'route-removed': [
    ['the routers show no route of the diversion', '라우터에 우회 경로가 없는 것을 읽었습니다'],
    [
      'its visitors are passed through, as {site} on the same address is diverted',
      '같은 주소의 {site} 사이트가 우회되어 있어 방문자를 원래 서버로 연결합니다',
    ],
  ],
  restored: [
    ['the origin answers at its own address again', '원래 서버가 자기 주소에서 다시 응답합니다'],
  ],
  'restore-proof-failed': failures,
};

const ofPersons: Phrasebook['reasons'] = {
  'override-set': [['{action} until {at}: {quote}', '{action} 명령, {at}까지: {quote}']],
  'override-cleared': [['back to automation', '다시 자동으로 운영합니다']],
  'override-expired': [['{action} by {owner} has ended', '{owner}님의 {action} 명령이 끝났습니다']],
  'override-ending': [['{action} ends at {at}', '{action} 명령이 {at}에 끝납니다']],
  'hold-ordered': [['held by {owner}: {quote}', '{owner}님이 고정했습니다: {quote}'], ...vanished],
  'hold-released': [
    ['no longer held; behind its notice', '고정이 풀렸고, 안내를 보여 주는 중입니다'],
    ['no longer held', '고정이 풀렸습니다'],
  ],
  'freeze-cleared': [['automation may act again', '다시 자동으로 동작합니다']],
  'brake-engaged': [
    [
      'Brake {brake} holds automation back: {hindrance}',
      '{brake} 브레이크가 자동 동작을 막습니다: {hindrance}',
    ],
  ],
  'brake-released': [
    [
      '{brake} released for {count} sites until {at}: {quote}',
      '{brake} 브레이크가 사이트 {count}개를 {at}까지 통과시킵니다: {quote}',
    ],
  ],
  'brake-cleared': [
    [
      'Brake {brake} no longer holds automation back',
      '{brake} 브레이크가 더 이상 자동 동작을 막지 않습니다',
    ],
  ],
  'incident-acknowledged': [
    ['incident {incident} acknowledged', '장애 {incident}을(를) 확인했습니다'],
  ],
  'notice-changed': [
    ['the words of the notice changed', '안내문이 바뀌었습니다'],
    ['the words that mass incidents share changed', '대규모 장애의 공통 안내문이 바뀌었습니다'],
    ['no expected recovery', '복구 예정 시각을 지웠습니다'],
    ['expected recovery {at}', '복구 예정 시각: {at}'],
  ],
  'site-changed': [
    ['site {site} registered with {names}', '{site} 사이트를 등록했습니다: {names}'],
    ['site {site} removed', '{site} 사이트를 삭제했습니다'],
  ],
  'limits-changed': [['session limits: {quote}', '세션 제한: {quote}']],
  'source-blocked': [
    [
      'rule {rule} has {source} blocked for {seconds} s',
      '규칙 {rule}에 따라 {source}을(를) {seconds}초 동안 차단합니다',
    ],
    [
      '{source} blocked for {seconds} s: {quote}',
      '{source}을(를) {seconds}초 동안 차단합니다: {quote}',
    ],
  ],
  'block-refused': [
    [
      '{source} is not blocked: {count} sources of this site are, which is the most',
      '이 사이트 때문에 차단한 출발지가 이미 최대인 {count}개라서 {source}을(를) 차단하지 않습니다',
    ],
    ['{source} is not blocked: {trouble}', '{source}을(를) 차단하지 않습니다: {trouble}'],
  ],
  'source-lifted': [['{source} is let in again', '{source}의 차단을 풀었습니다']],
  'maintenance-changed': [
    ['window {id} for {names} {when}: {quote}', '점검 {id} 추가({names}, {when}): {quote}'],
    ['window {id} removed', '점검 {id} 삭제'],
  ],
  'glass-broken': [
    [
      'until {at} orders are carried out without the lease: {quote}',
      '{at}까지 임대 없이도 명령을 수행합니다: {quote}',
    ],
  ],
  'glass-mended': [
    ['this controller leads again', '이 컨트롤러가 다시 맡았습니다'],
    ['another controller leads', '다른 컨트롤러가 맡았습니다'],
    ['a person ended it', '사람이 끝냈습니다'],
    ['its time is up', '정한 시간이 끝났습니다'],
  ],
};

const ofTheEstate: Phrasebook['reasons'] = {
  started: [
    [
      'the controller started; nothing is changed before the warm-up is over',
      '컨트롤러가 시작되었습니다. 준비가 끝날 때까지 아무것도 바꾸지 않습니다',
    ],
  ],
  'wave-joined': [['goes on as part of {incident}', '대규모 장애 {incident}의 일부로 이어집니다']],
  'wave-progress': [['{total} sites: {counts}', '사이트 {total}개: {counts}']],
  'vantage-silent': [
    [
      'vantage {vantage} has sent no result for {duration}; {rest}',
      '관측 지점 {vantage}이(가) {duration} 동안 결과를 보내지 않았습니다. {rest}',
    ],
  ],
  'vantage-heard': [
    ['vantage {vantage} sends results again', '관측 지점 {vantage}이(가) 다시 결과를 보냅니다'],
  ],
  isolated: [
    [
      'no reference target answers ({count} asked, {times} times in a row)',
      '기준 대상 {count}개가 연속 {times}번 모두 응답하지 않았습니다',
    ],
  ],
  'isolation-over': [
    ['reference {name} answers', '기준 대상 {name}이(가) 응답합니다'],
    ['the reference targets were changed', '기준 대상이 바뀌었습니다'],
  ],
  'lease-gained': [['this controller may act', '이 컨트롤러가 동작을 맡습니다']],
  'lease-lost': [
    [
      'another controller may act; this one only watches',
      '다른 컨트롤러가 동작을 맡고, 이 컨트롤러는 지켜보기만 합니다',
    ],
  ],
  'config-applied': [
    [
      '{sites} sites, {routers} routers, {rules} rules',
      '사이트 {sites}개, 라우터 {routers}개, 규칙 {rules}개',
    ],
  ],
  'config-rejected': [
    ['one problem; the old configuration stays', '문제가 1건 있어 이전 설정을 유지합니다'],
    [
      '{count} problems; the old configuration stays',
      '문제가 {count}건 있어 이전 설정을 유지합니다',
    ],
  ],
  'names-differ': [
    [
      'DNS now says {said}, pinned is {names}; if that is meant, write addresses: into the configuration',
      'DNS의 주소는 이제 {said}이고, 고정된 주소는 {names}입니다. 의도한 변경이면 설정에 addresses:를 적으십시오',
    ],
  ],
  'names-agree': [['DNS says again what is pinned', 'DNS의 주소가 다시 고정된 주소와 같습니다']],
  'certificate-issued': [
    ['a new certificate for {hostname} is in use', '{hostname}의 새 인증서를 쓰고 있습니다'],
  ],
};

/** Everything that Detour writes into its record and says beside it, in Korean. What people, rules and routers said stays as it was said. */
export const recordKo: Phrasebook = {
  reasons: { ...ofTheEstate, ...ofDiversions, ...ofPersons, ...ofRouters },
  anywhere: [
    ['held back: {hindrance}', '보류했습니다: {hindrance}'],
    ['stopped before any route moved', '경로를 옮기기 전에 멈췄습니다'],
    ...ordered,
    ...hindrances,
  ],
  inner: {
    hindrance: hindrances,
    cold: hindrances,
    trouble: [...failures, ...vanished],
    sight: sights,
    rest: speaking,
    along,
    names: [['{names} and {count} more', '{names} 외 {count}개']],
    said: [['nothing', '없음']],
    when: [
      ['at {cron}', '{cron}'],
      ['from {from} to {to}', '{from} ~ {to}'],
    ],
    quote: [
      ['the site left the configuration', '사이트가 설정에서 빠졌습니다'],
      ['drill of {router}', '{router} 라우터의 훈련'],
    ],
    cause: causePhrasesKo,
    policy: [
      ['all', '모두'],
      ['share {share}', '비율 {share}'],
    ],
    action: [
      ['divert', '우회'],
      ['restore', '복구'],
      ['hold', '고정'],
    ],
    brake: [
      ['max-active', '동시 우회 수'],
      ['rate', '우회 속도'],
      ['mass-failure', '대규모 장애'],
      ['isolation', '고립'],
      ['warm-up', '시작 준비'],
      ['freeze', '전체 정지'],
      ['not-leader', '대기 컨트롤러'],
    ],
    counts: [
      ['{first}, {counts}', '{first}, {counts}'],
      ['{first}', '{first}'],
    ],
    first: [
      ['{count} held back', '보류 {count}'],
      ['{count} failing', '실패 중 {count}'],
      ['{count} answering again', '다시 응답 {count}'],
      ['{count} on their way to the notice', '우회 중 {count}'],
      ['{count} behind their notice', '안내 표시 중 {count}'],
      ['{count} on their way back', '복구 중 {count}'],
      ['{count} at their origin again', '원래 서버로 복귀 {count}'],
    ],
  },
  duration: durationKo,
};
