import { describe, expect, it } from 'vitest';
import { openApiBench } from '../../fakes/api-bench.ts';
import { sampleNodes } from '../../fakes/notice-nodes.ts';

describe('notice nodes in the API', () => {
  it('are told with what they serve, how old it is and how their certificates stand', async () => {
    await using bench = await openApiBench({ noticeNodes: () => sampleNodes });

    const answer = await bench.ask('viewer', { url: '/api/v1/notice-nodes' });

    expect(answer.statusCode).toBe(200);
    expect(answer.json().nodes).toEqual([
      {
        ...{ name: 'node-a', isUp: true, isCurrent: true, version: '0.1.0', generation: 12 },
        ...{ lastSeenAt: '2026-11-24T04:50:00.000Z', writtenAt: '2026-11-24T04:50:00.000Z' },
        ...{ problem: null, sessions: 7, ladder: 'full' },
        readiness: {
          ...{ sites: 3, notReady: 0, named: [] },
          certificateEndsAt: '2026-11-24T04:50:01.000Z',
        },
      },
      expect.objectContaining({
        name: 'node-b',
        problem: 'Snapshot 12 has a wrong signature',
        readiness: { sites: 3, notReady: 2, named: ['home01', 'shop'], certificateEndsAt: null },
      }),
      expect.objectContaining({ name: 'node-c', isUp: false, writtenAt: null, readiness: null }),
      {
        ...{ name: 'node-d', isUp: false, isCurrent: false, version: null, generation: null },
        ...{ lastSeenAt: null, writtenAt: null, problem: null, sessions: null, ladder: null },
        readiness: null,
      },
    ]);
  });

  it('are counted in the status: all, those that follow, those with the newest snapshot', async () => {
    await using bench = await openApiBench({ noticeNodes: () => sampleNodes });

    const status = await bench.ask('viewer', { url: '/api/v1/status' });

    expect(status.json().noticeNodes).toEqual({ total: 4, up: 2, current: 1 });
  });

  it('are none where the configuration names none', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('viewer', { url: '/api/v1/notice-nodes' });

    expect(answer.json()).toEqual({ nodes: [] });
  });
});
