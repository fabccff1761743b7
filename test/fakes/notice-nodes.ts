import type { NoticeNodeView } from '../../src/ports/notice-nodes.ts';

/** When everything in these samples happened. */
const at = Date.parse('2026-11-24T04:50:00Z');

/** One node that is well, one whose certificates are wrong, one that is gone and one that was never heard of. */
export const sampleNodes: readonly NoticeNodeView[] = [
  {
    name: 'node-a',
    isUp: true,
    isCurrent: true,
    lastSeenAt: at,
    report: {
      ...{ version: '0.1.0', generation: 12, problem: null, sessions: 7, ladder: 'full' },
      writtenAt: at,
      readiness: { sites: 3, notReady: 0, named: [], certificateEndsAt: at + 1_000 },
    },
  },
  {
    name: 'node-b',
    isUp: true,
    isCurrent: false,
    lastSeenAt: at,
    report: {
      ...{ version: '0.1.0', generation: 11, sessions: 0, ladder: 'small' },
      problem: 'Snapshot 12 has a wrong signature',
      writtenAt: at,
      readiness: { sites: 3, notReady: 2, named: ['home01', 'shop'], certificateEndsAt: null },
    },
  },
  {
    name: 'node-c',
    isUp: false,
    isCurrent: false,
    lastSeenAt: at,
    report: { version: '0.0.9', generation: 3, problem: null, sessions: 0, ladder: 'full' },
  },
  { name: 'node-d', isUp: false, isCurrent: false },
];
