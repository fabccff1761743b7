import { describe, expect, it } from 'vitest';
import { Health } from '../../../src/app/control/health.ts';
import { second } from '../../../src/lib/time.ts';
import type { NoticeStatus } from '../../../src/ports/notice-control.ts';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';
import { snapshotLayout } from '../../../src/ports/snapshot.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

const serving: NoticeStatus = {
  pid: 1,
  version: '0.1.0',
  snapshotLayout,
  workers: 1,
  listening: [],
  listeningHttps: [],
  snapshot: { generation: 1, writtenAt: 0 },
  problem: null,
  sessions: { total: 0, sites: {} },
  passed: { total: 0, sites: {}, bytes: 0 },
  ladder: 'full',
  limits: defaultNoticeLimits,
  host: null,
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the health of a controller', () => {
  it('names the notice process while it does not answer, and no longer when it does', async () => {
    const clock = new ManualClock();
    let isServing = false;
    await using health = new Health({
      clock,
      notices: {
        status: () => (isServing ? Promise.resolve(serving) : Promise.reject(new Error('gone'))),
      },
      isLeaseOutOfReach: () => false,
    });

    await health.start();
    const whileGone = health.report();
    isServing = true;
    clock.advance(5 * second);
    await settle();

    expect(whileGone.unready).toEqual([
      expect.stringContaining('The notice process does not answer'),
    ]);
    expect(health.report().unready).toEqual([]);
  });

  it('names a snapshot that was refused, a journal that is full and a lease out of reach', async () => {
    await using health = new Health({
      clock: new ManualClock(),
      notices: { status: async () => ({ ...serving, problem: 'its signature does not fit' }) },
      isLeaseOutOfReach: () => true,
    });
    await health.start();

    health.noteJournal(false);

    expect(health.report().unready).toEqual([
      expect.stringContaining('The journal cannot be written'),
      expect.stringContaining('its signature does not fit'),
      expect.stringContaining('The store cannot be reached'),
    ]);
  });

  it('names a notice process that was left behind by an upgrade, also while it finds nothing wrong itself', async () => {
    await using health = new Health({
      clock: new ManualClock(),
      notices: { status: async () => ({ ...serving, snapshotLayout: snapshotLayout - 1 }) },
      isLeaseOutOfReach: () => false,
    });

    await health.start();

    expect(health.report().unready).toEqual([
      expect.stringMatching(/process 1 is of version 0\.1\.0 and cannot read .* Restart it/),
    ]);
  });
});
