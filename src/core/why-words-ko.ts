import { formatDuration } from '../lib/duration.ts';
import { causeKo } from './causes-ko.ts';
import { durationKo } from './duration-ko.ts';
import { toldText } from './record-told.ts';
import type { SaidTarget, WhyWords } from './why-words-en.ts';

/** What ends a hindrance of a restore. */
const restoreRemedies: WhyWords['restoreRemedies'] = {
  'observe-only': (site) =>
    `관찰 모드는 알리기만 합니다. "detour restore ${site} --reason …"으로 경로를 되돌리십시오.`,
};

/** What ends each hindrance of a diversion. */
const remedies: WhyWords['remedies'] = {
  'observe-only': (site) =>
    `관찰 모드는 알리기만 합니다. 모드를 confirm이나 auto로 바꾸거나 "detour divert ${site} --reason …"으로 명령하십시오.`,
  'awaiting-approval': (site) =>
    `"detour approve ${site} --reason …"으로 승인하거나 "detour hold ${site} --reason …"으로 고정하십시오.`,
  'awaiting-reference': () => '기준 대상이 응답하면 바로 이어집니다.',
  'too-few-vantages': () => '관측 지점이 충분히 보고하면 바로 이어집니다.',
  'brake-max-active': () =>
    '다른 우회가 끝나면 풀립니다. "detour brake release max-active --reason …"은 보류된 사이트를 통과시킵니다.',
  'brake-rate': () =>
    '다음 우회는 몇 초 안에 시작될 수 있습니다. "detour brake release rate --reason …"은 바로 통과시킵니다.',
  'brake-mass-failure': () =>
    '여러 사이트가 함께 실패했으니 공통 원인을 먼저 찾으십시오. "detour brake release mass-failure --reason …"은 보류된 사이트를 통과시킵니다.',
  'brake-isolation': () => '기준 대상이 다시 응답하면 이어집니다.',
  'brake-warm-up': () => '모든 라우터를 읽고 첫 탐침이 끝나면 이어집니다.',
  'brake-freeze': () => '"detour thaw"로 자동 동작을 다시 시작합니다.',
  'brake-shared-address': (site) =>
    `이웃 사이트도 장애가 되면 이어집니다. "detour divert ${site} --reason …"은 이웃까지 함께 우회시킵니다.`,
  'brake-conflict': () =>
    '그 라우터에서 다른 사람의 경로를 지우십시오. Detour는 절대로 건드리지 않습니다.',
  'brake-router-unready': () =>
    '라우터를 읽을 수 있고 경로를 실을 수 있게 되면 이어집니다. "detour doctor"와 GET /api/v1/routers를 보십시오.',
  'brake-drill': (site) =>
    `훈련이 통과하면 풀립니다(POST /api/v1/routers/{router}/drill). "detour divert ${site} --reason …"은 훈련을 기다리지 않습니다.`,
  'brake-not-leader': () => '임대를 가진 컨트롤러가 동작하고, 이 컨트롤러는 지켜보기만 합니다.',
};

const target = ({ probe, address, vantage }: SaidTarget): string =>
  `${address}의 탐침 ${probe}(관측 지점 ${vantage})`;

/** Every sentence of `why`, in Korean. What rules, people and devices said stays as it was said. */
export const whyKo: WhyWords = {
  duration: (ms) => durationKo(formatDuration(ms)),
  dueNow: '(지금)',
  in: (time) => `(${time} 뒤)`,
  divertingStages: {
    publishing: '안내를 게시하는 중이며, 아직 옮긴 경로는 없습니다.',
    installing: '안내가 준비되었고, 라우터에 알리는 중입니다.',
    proving: '경로가 들어갔고, 실제 경로로 안내가 보이는지 확인하는 중입니다.',
    passing:
      '안내가 보였고, 같은 주소의 정상 사이트가 안내 서버를 거쳐 여전히 응답하는지 확인하는 중입니다.',
    confirming: '실제 경로로 안내가 보였고, 라우터에 변경을 유지하라고 알리는 중입니다.',
    undoing: '우회가 증명되지 않아 경로를 되돌리는 중입니다.',
  },
  divertedBy: {
    rule: '규칙이 발동했기 때문입니다',
    approval: '규칙이 발동했고 사람이 승인했기 때문입니다',
    override: '사람이 명령했기 때문입니다',
    maintenance: '점검이 시작되었기 때문입니다',
    neighbour: '같은 주소의 사이트가 우회되었기 때문입니다',
  },
  orders: { divert: '우회', restore: '복구', hold: '고정' },
  remedies,
  restoreRemedies,
  serving: (site) => `${site}: 방문자가 사이트를 그대로 보고 있습니다.`,
  suspect: (site) =>
    `${site}: 방문자가 사이트를 그대로 보고 있지만, 탐침이 실패해 더 자주 확인합니다.`,
  diverted: (site, by, cause) =>
    `${site}: 방문자가 안내를 보고 있습니다. ${by}(원인 ${causeKo(cause)}).`,
  recovering: (site) =>
    `${site}: 방문자가 아직 안내를 보고 있고, 원래 서버는 다시 탐침을 통과합니다.`,
  removing: '경로를 되돌리는 중이며, 경로가 없어질 때까지 안내가 답합니다.',
  provingOrigin: '경로가 없어졌고, 실제 경로로 원래 서버가 답하는지 확인하는 중입니다.',
  heldOnOrigin: (site) =>
    `${site}: 사이트를 보는 상태로 고정되어 있으며, 자동 동작을 하지 않습니다.`,
  heldOnNotice: (site) => `${site}: 안내를 보는 상태로 고정되어 있으며, 자동 동작을 하지 않습니다.`,
  passedFor: (cover) =>
    `주소는 ${cover} 때문에 우회되었고, 방문자는 안내 서버를 거쳐 원래 서버로 연결됩니다.`,
  unknownRoute: (site, router) =>
    `그러나 ${router}에 이 컨트롤러가 기억하지 못하는 Detour의 경로가 있어 방문자가 안내를 보고 있을 수 있습니다. "detour divert ${site} --reason …"으로 넘겨받은 뒤 "detour restore ${site} --reason …"으로 되돌리십시오.`,
  neighboursPassed: (neighbours) =>
    `같은 주소의 ${neighbours} 방문자는 안내 서버를 거쳐 원래 서버로 연결됩니다.`,
  blind: (silent, speaking, total) =>
    `관측 지점 ${total}곳 가운데 ${speaking}곳만 결과를 보내고 있습니다(응답 없음: ${silent}). 판정하기에 부족하므로 스스로 우회하거나 되돌리지 않습니다.`,
  neighboursTaken: (neighbours) =>
    `같은 주소의 ${neighbours} 방문자도 안내를 봅니다. 원래 서버로 연결할 길이 없기 때문입니다.`,
  leaseRuns: (router, at) => `지금 Detour가 멈추면 ${router}의 경로는 ${at}에 저절로 없어집니다.`,
  leaseEnds: (router, at, problem) =>
    `임대를 연장할 수 없어 ${router}의 경로가 ${at}에 저절로 없어집니다: ${problem}.`,
  restoreHeldBack: (reason, detail) =>
    `되돌릴 조건이 되었지만 보류했습니다: ${toldText(reason, detail).ko}.`,
  heldBack: (reason, detail) =>
    `우회할 조건이 되었지만 보류했습니다: ${toldText(reason, detail).ko}.`,
  holdDownEnds: (at) => `지켜보는 시간은 ${at}에 끝납니다. 장애를 확인 처리하면 바로 끝납니다.`,
  windowEnds: (at) => `점검은 ${at}에 끝납니다.`,
  order: (action, { owner, reason, site }, at) =>
    `${owner}님의 "${action}" 명령(${reason})이 ${at}까지 모든 규칙에 앞섭니다. "detour release ${site}"로 바로 끝낼 수 있습니다.`,
  question: ({ reason, text }, site) =>
    `자동 동작이 멈추고 사람에게 묻습니다: ${toldText(reason, text).ko} "detour release ${site}"로 이어 가게 하거나 우회, 복구, 고정을 명령하십시오.`,
  frozen: (owner, reason) =>
    `${owner}님이 모든 자동 동작을 멈췄습니다(${reason}). "detour thaw"로 다시 시작합니다.`,
  windowDiverts: (reason, at) => `점검(${reason}) 동안 안내를 보여 줍니다. ${at}까지입니다.`,
  windowStills: (reason, at) => `점검(${reason}) 동안 자동 동작이 쉽니다. ${at}까지입니다.`,
  ruleBroken: (rule, error) => `규칙 ${rule}을(를) 계산할 수 없습니다: ${error}.`,
  ruleKeeps: (rule, condition, at) =>
    `규칙 ${rule}: 조건 ${condition}은(는) 더 이상 맞지 않지만 ${at}까지 발동 상태를 유지합니다.`,
  ruleFires: (rule, condition) => `규칙 ${rule}: 조건 ${condition}이(가) 맞는 동안 발동합니다.`,
  ruleHolds: (rule, condition, { since, at }) =>
    `규칙 ${rule}: 조건 ${condition}이(가) ${since}부터 맞았고, 계속되면 ${at}에 발동합니다.`,
  ruleWould: (rule, condition, cause, forTime) =>
    `규칙 ${rule}: 조건 ${condition}이(가) ${forTime === '' ? '' : `${forTime} 동안 `}맞으면 우회합니다(원인 ${causeKo(cause)}).`,
  noRule: '이 사이트를 우회할 규칙이 없습니다. 탐침에 맞는 규칙이 없기 때문입니다.',
  failing: (of, fails, fall) =>
    `${target(of)}: 연속 ${fall}번 가운데 ${fails}번 실패했고, ${fall - fails}번 더 실패하면 장애로 봅니다.`,
  rising: (of, passes, rise) =>
    `${target(of)}: ${of.path === 'origin' ? '원래 서버로 가는 길로 ' : ''}연속 ${rise}번 가운데 ${passes}번 통과했습니다.`,
  blocked: (sources) => `규칙이 이 사이트 때문에 차단한 출발지: ${sources}.`,
  blockedUntil: (source, at) => `${source}(${at}까지)`,
  trial: (at) =>
    `원래 서버로 가는 다른 길이 없어 경로를 잠깐 되돌려 확인합니다. 다음은 ${at}입니다.`,
  withTheOther: '함께 우회된 사이트가 돌아갈 때 같이 돌아갑니다.',
  restoredOnce: (site, clean) =>
    `${site}의 모든 탐침이 통과하고 발동한 규칙이 없는 상태가 ${clean} 동안 이어지면 복구합니다.`,
  restoredAt: (at) => `그때까지 실패한 탐침이 없으면 ${at}에 복구합니다.`,
  waits: (routers) => `안내 서버와 ${routers}의 응답을 기다립니다.`,
  routerUnreadable: (router, error) => `${router} 라우터를 읽을 수 없습니다: ${error}.`,
  routerRefuses: (router, message, times, at) =>
    `${router} 라우터가 변경을 ${times === 1 ? '' : `연속 ${times}번 `}받아들이지 않았습니다(${message}). ${at}에 다시 지시하고, 그 간격은 점점 길어집니다. 사람의 명령이나 설정 다시 읽기는 곧바로 다시 지시합니다.`,
  triedAgain: (at) => `${at}에 다시 시도합니다.`,
  next: {
    probe: (probe, address) => `${address}의 탐침 ${probe}`,
    rule: (rule) => `규칙 ${rule} 발동 여부`,
    order: '명령이 끝남',
    window: '점검이 끝남',
    holdDown: '지켜보는 시간이 끝남',
    retry: '실패한 단계를 다시 시도',
    clock: '내부 시계',
  },
};
