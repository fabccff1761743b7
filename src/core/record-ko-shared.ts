import type { Phrase } from './phrasebook.ts';

/** Why automation is held back, as it also stands behind a brake. */
export const hindrances: readonly Phrase[] = [
  ['this controller does not hold the lease', '이 컨트롤러는 임대를 갖고 있지 않습니다'],
  ['frozen by {owner}: {quote}', '{owner}님이 모든 자동 동작을 멈췄습니다({quote})'],
  [
    'no reference target answers: our own uplink is in doubt',
    '기준 대상이 하나도 응답하지 않아 우리 쪽 회선이 의심됩니다',
  ],
  ['routers not read yet: {names}; {cold}', '아직 읽지 못한 라우터: {names}, {cold}'],
  ['routers not read yet: {names}', '아직 읽지 못한 라우터: {names}'],
  ['1 site with fewer than {rounds} probe rounds', '탐침이 {rounds}회에 못 미친 사이트 1개'],
  [
    '{count} sites with fewer than {rounds} probe rounds',
    '탐침이 {rounds}회에 못 미친 사이트 {count}개',
  ],
  ['fewer than {rounds} probe rounds since the start', '시작한 뒤 탐침이 {rounds}회에 못 미칩니다'],
  ['{router} cannot be read', '{router} 라우터를 읽을 수 없습니다'],
  [
    '{router} has a route for {prefix} via {nextHop} that is not ours',
    '{router} 라우터에 Detour의 것이 아닌 경로가 있습니다({prefix} → {nextHop})',
  ],
  [
    'no router may carry a route for its addresses',
    '이 사이트의 주소로 가는 경로를 실을 수 있는 라우터가 없습니다',
  ],
  [
    'a person keeps {site} at its origin, and it shares the address',
    '사람이 원래 서버에 두도록 한 {site} 사이트가 같은 주소를 씁니다',
  ],
  [
    'the way by which its visitors are passed through is in doubt, as {site} is being diverted',
    '{site} 사이트를 우회하는 중이라, 방문자를 원래 서버로 연결하는 길이 확실하지 않습니다',
  ],
  [
    'would take along {names}, not down (policy {policy})',
    '장애가 아닌 {names}까지 함께 우회하게 됩니다(정책 {policy})',
  ],
  [
    '{action} is ordered, but it shares an address with {site}, which is diverted',
    '{action} 명령이 있지만 같은 주소의 {site} 사이트가 우회되어 있습니다',
  ],
  [
    '{count} diversions active, at most {most}',
    '우회 {count}건이 진행 중이며, 최대 {most}건까지입니다',
  ],
  [
    '{count} begun within {seconds} s, at most {most}',
    '최근 {seconds}초 안에 우회 {count}건이 시작되었고, 최대 {most}건까지입니다',
  ],
  [
    '{count} of {total} sites began to fail within {seconds} s: a common cause is likelier than each its own',
    '{seconds}초 안에 사이트 {total}개 가운데 {count}개가 실패하기 시작했습니다. 각자의 장애보다 공통 원인일 가능성이 큽니다',
  ],
  ['maintenance: {quote}', '점검: {quote}'],
  [
    'restored or taken back lately; hold-down ends in {seconds} s',
    '복구하거나 우회를 취소한 지 얼마 되지 않아 지켜보는 중이며, {seconds}초 뒤에 끝납니다',
  ],
  [
    'no reference target has answered since the failure began',
    '실패가 시작된 뒤로 기준 대상이 아직 응답하지 않았습니다',
  ],
  ['mode observe: would divert, but only says so', '관찰 모드라서 우회하지 않고 알리기만 합니다'],
  ['mode observe: would restore, but only says so', '관찰 모드라서 복구하지 않고 알리기만 합니다'],
  ['mode confirm: waits for a person to approve', '승인 모드라서 사람의 승인을 기다립니다'],
  ['not yet known', '아직 알 수 없습니다'],
  [
    'the last drill of {router} failed: {trouble}',
    '{router} 라우터의 마지막 훈련이 실패했습니다: {trouble}',
  ],
  ['{router} has had no drill yet', '{router} 라우터는 아직 훈련한 적이 없습니다'],
  [
    'the last drill of {router} was {duration} ago',
    '{router} 라우터의 마지막 훈련은 {duration} 전입니다',
  ],
];

/** What a look through the data path saw. */
export const sights: readonly Phrase[] = [
  ['{sight} (over HTTPS)', '{sight} (HTTPS)'],
  ['no answer: {quote}', '응답 없음: {quote}'],
  ['no answer', '응답 없음'],
  ['the site has no usable hostname', '쓸 수 있는 호스트 이름이 없음'],
  ['status {status} without a marker', '상태 코드 {status}, 안내 표지 없음'],
  [
    'status {status} with a marker that is not ours',
    '상태 코드 {status}, Detour의 것이 아닌 안내 표지',
  ],
  [
    'status {status}, notice of {site}, generation {generation}',
    '상태 코드 {status}, {site}의 안내(세대 {generation})',
  ],
];

/** Why a command could not be carried out, where Detour itself says so. */
export const failures: readonly Phrase[] = [
  [
    '{address} did not show the notice of {site} within {seconds} s: {sight}',
    '{seconds}초 안에 {address}에서 {site}의 안내가 보이지 않았습니다: {sight}',
  ],
  [
    '{address} did not show the origin of {site} within {seconds} s: {sight}',
    '{seconds}초 안에 {address}에서 {site}의 원래 서버가 보이지 않았습니다: {sight}',
  ],
  [
    '{site}, which is well, did not answer when it was passed through the notice host',
    '정상인 {site} 사이트가 안내 서버를 거쳐서는 응답하지 않았습니다',
  ],
  [
    'the router accepted the route but does not forward by it',
    '라우터가 경로를 받았지만 그 경로로 전달하지 않습니다',
  ],
  [
    'not read back as installed within {seconds} s',
    '{seconds}초 안에 라우터에 경로가 들어간 것을 읽지 못했습니다',
  ],
  [
    'the change on {router} could not be confirmed: {trouble}',
    '{router} 라우터의 변경을 확정하지 못했습니다: {trouble}',
  ],
  ['no driver for {router}', '{router} 라우터의 드라이버가 없습니다'],
  ['{site} is not registered', '{site} 사이트가 등록되어 있지 않습니다'],
];

/** What a vantage that falls silent means. */
export const speaking: readonly Phrase[] = [
  [
    '{rest}, too few for a verdict: nothing is diverted or restored by itself',
    '{rest}. 판정하기에 부족하므로 스스로 우회하거나 되돌리지 않습니다',
  ],
  ['{speaking} of {total} still do', '관측 지점 {total}곳 가운데 {speaking}곳은 보내고 있습니다'],
  ['{speaking} of {total} still does', '관측 지점 {total}곳 가운데 {speaking}곳은 보내고 있습니다'],
];

/** What a diversion does to others on the address. */
export const along: readonly Phrase[] = [
  [
    ' takes along {names}; passes {passed} through',
    '함께 우회: {names}, 원래 서버로 연결: {passed}',
  ],
  [' takes along {names}', '함께 우회: {names}'],
  [' passes {passed} through', '원래 서버로 연결: {passed}'],
];

/** Why a rule diverts a site. */
export const decided: readonly Phrase[] = [
  [
    'rule {rule} fires while the site is taken along',
    '함께 우회된 동안 규칙 {rule}이(가) 발동했습니다',
  ],
  ['rule {rule} fires ({cause});{along}', '규칙 {rule}이(가) 발동했습니다(원인 {cause}). {along}'],
  ['rule {rule} fires ({cause})', '규칙 {rule}이(가) 발동했습니다(원인 {cause})'],
];

/** What a person ordered. */
export const ordered: readonly Phrase[] = [
  ['ordered by {owner}: {quote}', '{owner}님의 명령: {quote}'],
];

/** What automation asks about a route that went twice. */
export const vanished: readonly Phrase[] = [
  [
    'our route for {prefix} was taken off {router} twice; is it meant to stay off?',
    '{router} 라우터에서 {prefix} 경로가 두 번 없어졌습니다. 없는 채로 두려는 것입니까?',
  ],
];

/** Why a site that recovered stays behind its notice. */
export const relapsed: readonly Phrase[] = [
  ['the site fails again', '사이트가 다시 실패합니다'],
  [
    'the trial withdrawal found the site still failing',
    '경로를 잠깐 되돌려 보니 사이트가 여전히 실패합니다',
  ],
  [
    'a person or a window keeps the notice up',
    '사람의 명령이나 점검 때문에 안내를 계속 보여 줍니다',
  ],
  ['the origin is no longer seen up', '원래 서버가 더 이상 정상으로 보이지 않습니다'],
];
