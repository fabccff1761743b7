import type { NoticeNodeView } from '../../ports/notice-nodes.ts';
import { timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import type { ApiServer } from '../http/server.ts';
import { type NoticeNode, noticeNodeListSchema } from './schema.ts';

function readinessView(report: NoticeNodeView['report']): NoticeNode['readiness'] {
  const readiness = report?.readiness;
  return readiness === undefined
    ? null
    : {
        ...readiness,
        named: [...readiness.named],
        certificateEndsAt: timeOrNull(readiness.certificateEndsAt ?? undefined),
      };
}

function nodeView({ name, isUp, isCurrent, lastSeenAt, report }: NoticeNodeView): NoticeNode {
  return {
    name,
    isUp,
    isCurrent,
    lastSeenAt: timeOrNull(lastSeenAt),
    version: report?.version ?? null,
    generation: report?.generation ?? null,
    writtenAt: timeOrNull(report?.writtenAt ?? undefined),
    problem: report?.problem ?? null,
    sessions: report?.sessions ?? null,
    ladder: report?.ladder ?? null,
    readiness: readinessView(report),
  };
}

/** The notice nodes on other hosts, as each of them says it stands. */
export function noticeNodeRoutes(app: ApiServer, { noticeNodes }: ApiContext): void {
  app.get(
    '/notice-nodes',
    {
      schema: {
        operationId: 'listNoticeNodes',
        tags: ['notices'],
        summary: 'Notice nodes on other hosts, and what they would show.',
        response: { 200: noticeNodeListSchema },
      },
    },
    () => ({ nodes: (noticeNodes?.() ?? []).map(nodeView) }),
  );
}
