import type { Phrasebook } from './phrasebook.ts';
import { vanished } from './record-ko-shared.ts';

/** What the record says of routers, in Korean. */
export const ofRouters: Phrasebook['reasons'] = {
  'drift-repaired': [
    [
      'our route for {prefix} vanished from {router} without our doing; it is put back',
      '{router} 라우터에서 {prefix} 경로가 저절로 없어져 다시 넣습니다',
    ],
  ],
  'route-vanished-again': vanished,
  'route-lease-failing': [
    [
      'The leases of {count} routes on {router} are not renewed, and it takes them back by itself at {at}: {trouble}',
      '{router} 라우터의 경로 {count}개의 임대를 연장하지 못해, {at}에 라우터가 스스로 거둡니다: {trouble}',
    ],
  ],
  'route-lease-renewed': [
    [
      '{router} takes leases of routes again as it should',
      '{router} 라우터에서 경로 임대가 다시 연장됩니다',
    ],
  ],
  'route-lease-lapsed': [
    [
      'nobody renewed the lease of its routes in time, so {router} took them back by itself; the site is still down and is diverted again',
      '경로의 임대가 제때 연장되지 않아 {router} 라우터가 스스로 거뒀습니다. 사이트가 아직 장애라서 다시 우회합니다',
    ],
    [
      'nobody renewed the lease of its routes in time, so {router} took them back by itself; whether it is diverted again is decided by what its probes find now',
      '경로의 임대가 제때 연장되지 않아 {router} 라우터가 스스로 거뒀습니다. 다시 우회할지는 지금부터의 탐침 결과로 정합니다',
    ],
  ],
  'foreign-route': [
    [
      '{router} has a route for {prefix} via {nextHop} that is not ours; it is left alone',
      '{router} 라우터에 Detour의 것이 아닌 경로가 있습니다({prefix} → {nextHop}). 건드리지 않습니다',
    ],
  ],
  'unledgered-route': [
    [
      '{router} has a route for {prefix} with our mark that is not in our ledger; it is left alone. It may lead visitors of {site} to the notice server: "detour divert {site}" takes the route over, "detour restore {site}" then takes it back',
      '{router} 라우터의 {prefix} 경로에 Detour의 표시가 있지만 장부에는 없어 건드리지 않습니다. {site} 방문자가 안내 서버로 가고 있을 수 있습니다. "detour divert {site}"로 넘겨받은 뒤 "detour restore {site}"로 되돌리십시오',
    ],
    [
      '{router} has a route for {prefix} with our mark that is not in our ledger; it is left alone',
      '{router} 라우터의 {prefix} 경로에 Detour의 표시가 있지만 장부에는 없어 건드리지 않습니다',
    ],
  ],
  'router-unreadable': [
    ['{router} cannot be read: {trouble}', '{router} 라우터를 읽을 수 없습니다: {trouble}'],
  ],
  'router-readable': [['{router} can be read again', '{router} 라우터를 다시 읽을 수 있습니다']],
  'routes-as-wanted': [
    [
      'the routes on {router} are as they should be again',
      '{router} 라우터의 경로가 다시 계획과 일치합니다',
    ],
  ],
  'insecure-transport': [
    [
      'router {router} is reached by telnet at {place}, in clear text, as its configuration allows',
      '설정에서 허용한 대로 {router} 라우터({place})에 telnet 평문으로 접속합니다',
    ],
    [
      'router {router} at {place} may be reached with the old SSH algorithms of legacy-2012, as its configuration allows',
      '설정에서 허용한 대로 {router} 라우터({place})에 오래된 SSH 알고리즘(legacy-2012)으로 접속할 수 있습니다',
    ],
  ],
  'old-algorithms': [
    [
      'router {router} at {place} is spoken to with {algorithms}, as it has nothing better and its configuration allows',
      '{router} 라우터({place})가 더 나은 것을 지원하지 않아, 설정에서 허용한 대로 {algorithms}을(를) 씁니다',
    ],
  ],
  'drill-passed': [
    ['The drill of {router} passed: {took}', '{router} 라우터의 훈련이 통과했습니다: {took}'],
  ],
  'drill-failed': [
    [
      'The drill of {router} failed, and nothing is diverted there automatically until one passes: {trouble}',
      '{router} 라우터의 훈련이 실패했습니다. 훈련이 통과할 때까지 그 라우터에서는 자동으로 우회하지 않습니다: {trouble}',
    ],
  ],
  'drill-stale': [
    [
      'Nothing is diverted automatically on {router} until a drill passes: {hindrance}',
      '훈련이 통과할 때까지 {router} 라우터에서는 자동으로 우회하지 않습니다: {hindrance}',
    ],
  ],
};
