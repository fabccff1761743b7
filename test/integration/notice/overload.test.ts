import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { acceptQueues } from '../../../src/notice/accept-queue.ts';
import { until } from '../../support/until.ts';
import { answerMs, Flood, SlowProcess } from './slow-process.ts';
import { tempFolder } from './stage.ts';

const sites = [{ name: 'home01', fullBytes: 6_000 }];
const limits = { sourceSessions: 20_000, sourceNewPerSecond: 20_000 };

describe('three times as many visitors as a notice process can take', () => {
  it('get full pages, then small ones, and are closed before a queue of them grows that only the kernel sees', async () => {
    const folder = await tempFolder();
    await using ends = new AsyncDisposableStack();
    ends.defer(() => rm(folder, { recursive: true, force: true }));
    const slow = await SlowProcess.start(folder, { sites, limits });
    ends.use(slow);
    const step = async () => (await slow.control.status(AbortSignal.timeout(5_000))).ladder;
    const figure = async (pattern: RegExp) => {
      const metrics = await slow.control.metrics(AbortSignal.timeout(5_000));
      return Number(pattern.exec(metrics)?.[1]) || undefined;
    };

    const flood = new Flood(slow.port, (3 * 1_000) / answerMs);
    let waiting = 0;
    await until(
      'connections to be closed',
      async () => {
        const queue = acceptQueues('/proc/self/net/tcp').find(({ port }) => port === slow.port);
        waiting = Math.max(waiting, queue?.waiting ?? 0);
        return (await step()) === 'close';
      },
      { timeoutMs: 15_000, everyMs: 50 },
    );
    const refused = await until('a visitor to be closed', () =>
      figure(/reason="overload"\} (\d+)/),
    );
    const longest = await until('a wait at the door', () => figure(/accept_wait_seconds ([\d.]+)/));
    const texts = (await flood.end()).map(({ text }) => text);

    expect(waiting).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    expect(longest).toBeGreaterThan(0);
    const [full, small] = ['[ko html full]', '[ko html small]'].map((words) =>
      texts.findIndex((text) => text.includes(words)),
    );
    expect(full).toBe(0);
    expect(small).toBeGreaterThan(0);
    await until('the ladder to go up again', async () => (await step()) !== 'close');
  });
});
