import { type NoticeNode, noticeNodeListSchema } from '../api/notice-nodes/schema.ts';
import { routerListSchema } from '../api/routers/schema.ts';
import { siteListSchema } from '../api/sites/schema.ts';
import { type StatusView, statusSchema } from '../api/status/schema.ts';
import type { ClientCommand } from './client-command.ts';
import { routerTroubles } from './router-command.ts';
import { printable, table } from './table.ts';
import { age, inLanguage, remark } from './words.ts';

/** Worth a line only when the notice plane is under strain. */
function noticeLines({ notice }: StatusView): readonly string[] {
  if (notice === null) {
    return [];
  }
  const { ladder, sessions, blockedSources, hostProblems } = notice;
  const step = { full: '', small: 'small pages', close: 'turning visitors away' }[ladder];
  return [
    ...(step === '' ? [] : [`NOTICE UNDER LOAD: ${step}, ${sessions} sessions`]),
    ...(blockedSources === 0 ? [] : [`${blockedSources} abusing sources blocked`]),
    ...hostProblems.map((problem) => `NOTICE HOST: ${problem}`),
  ];
}

/** What a person should know of a node at once; empty when all is well. */
function nodeRemark({ isUp, isCurrent, problem, ladder, readiness }: NoticeNode): string {
  const notReady = readiness?.notReady ?? 0;
  const named = readiness?.named.join(', ') ?? '';
  return [
    isUp ? '' : 'does not follow: serves its last copy, or is dead',
    isUp && !isCurrent && problem === null ? 'is taking the newest snapshot' : '',
    problem === null ? '' : `refuses the newest snapshot: ${problem}`,
    ladder === 'small' ? 'small pages' : '',
    ladder === 'close' ? 'turning visitors away' : '',
    notReady === 0 ? '' : `${notReady} sites not ready (${named})`,
  ]
    .filter((words) => words !== '')
    .join('; ');
}

function nodeTable(nodes: readonly NoticeNode[], now: number): string {
  const since = (at: string | null): string => (at === null ? '-' : age(at, now));
  const rows = nodes.map((node) => [
    node.name,
    node.isUp ? 'up' : 'DOWN',
    String(node.generation ?? '-'),
    since(node.writtenAt),
    since(node.lastSeenAt),
    String(node.sessions ?? '-'),
    nodeRemark(node),
  ]);
  const heading = ['NODE', 'STATE', 'SNAPSHOT', 'AGE', 'HEARD', 'SESSIONS', 'REMARK'];
  return `\n${table([heading, ...rows])}`;
}

function headline(status: StatusView): readonly string[] {
  const { sites, routers, freeze } = status;
  const phases = Object.entries(sites.byPhase)
    .filter(([, count]) => count > 0)
    .map(([phase, count]) => `${count} ${phase}`);
  const brakes = status.activeBrakes.join(', ');
  return [
    `Detour ${status.version}: ${sites.total} sites (${phases.join(', ') || 'none'}), ${routers.readable} of ${routers.total} routers readable, ${status.openIncidents} incidents open`,
    ...(status.isReady ? [] : [`NOT READY: ${status.notReadyBecause.join(' ')}`]),
    ...(freeze.isFrozen ? [`FROZEN by ${freeze.owner}: ${freeze.reason}`] : []),
    ...(status.isIsolated
      ? ['ISOLATED: no reference target answers; automation stands still']
      : []),
    ...(status.isLeader
      ? []
      : ['STANDBY: this controller does not hold the lease and takes no orders']),
    ...noticeLines(status),
    ...(brakes === '' ? [] : [`BRAKES ACTIVE: ${brakes}`]),
  ];
}

/** Shows every site and what holds automation back. */
export const showStatus: ClientCommand = async ({ client, language }) => {
  const [status, { sites }, { nodes }, { routers }] = await Promise.all([
    client.call({ path: '/api/v1/status', answer: statusSchema }),
    client.call({ path: '/api/v1/sites', answer: siteListSchema }),
    client.call({ path: '/api/v1/notice-nodes', answer: noticeNodeListSchema }),
    client.call({ path: '/api/v1/routers', answer: routerListSchema }),
  ]);
  const now = Date.parse(status.now);
  const rows = sites.map((site) => [
    site.name,
    inLanguage(site.title, language),
    site.stage === null ? site.phase : `${site.phase} (${site.stage})`,
    site.verdict,
    site.mode,
    age(site.since, now),
    remark(site),
  ]);
  const heading = ['SITE', 'TITLE', 'PHASE', 'VERDICT', 'MODE', 'FOR', 'REMARK'];
  const head = [...headline(status), ...routerTroubles(routers)].map(printable).join('\n');
  return {
    json: { status, sites, nodes, routers },
    text: [
      `${head}\n`,
      ...(sites.length === 0 ? [] : [`\n${table([heading, ...rows])}`]),
      ...(nodes.length === 0 ? [] : [nodeTable(nodes, now)]),
    ].join(''),
  };
};
