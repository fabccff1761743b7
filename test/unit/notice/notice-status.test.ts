import { describe, expect, it } from 'vitest';
import { nodeReportOf } from '../../../src/notice/notice-status.ts';
import type { NoticeStatus } from '../../../src/ports/notice-control.ts';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';
import { snapshotLayout } from '../../../src/ports/snapshot.ts';

const status: NoticeStatus = {
  ...{ pid: 1, version: '0.1.0', snapshotLayout, workers: 1, listening: [], listeningHttps: [] },
  ...{ snapshot: { generation: 7, writtenAt: 5 }, problem: null, host: null },
  ...{ sessions: { total: 3, sites: { home01: 3 } }, limits: defaultNoticeLimits },
  passed: { total: 0, bytes: 0, sites: {} },
  ladder: 'full',
};
const site = (name: string, isReady: boolean) => ({
  ...{ site: name, isReady, hostnames: [], missingLanguages: [], reception: [] },
});

describe('what a node tells its controller', () => {
  it('names the sites that are not ready once it has read them all', () => {
    const report = nodeReportOf(status, [site('home01', true), site('home02', false)]);

    expect(report).toMatchObject({ generation: 7, writtenAt: 5, sessions: 3 });
    expect(report.readiness).toEqual({
      ...{ sites: 2, notReady: 1, named: ['home02'], certificateEndsAt: null },
    });
  });

  it('says nothing of how sites stand while it is still reading them', () => {
    expect(nodeReportOf(status, undefined)).not.toHaveProperty('readiness');
  });
});
