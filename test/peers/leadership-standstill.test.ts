import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isWrite, momentOf, type StandstillMoment } from '../support/standstill.ts';
import { type Arrival, openWatchedRouter } from '../support/stopping-router.ts';
import { until } from '../support/until.ts';
import { prepareControllerPair } from './support/controller-pair.ts';
import { startFerret } from './support/ferret.ts';

/** The design's limit for the take-over, with room for a busy machine. */
const takeOverMs = 40_000;

const diverted = '127.0.80.100/32';

/** It has read the router twice and is about to write; `npm run test:long -- standstill` plays every moment with one controller. */
const moment: StandstillMoment = 'a channel for the write';

describe('a leader that was stopped in the middle of a diversion while its standby took over', () => {
  it('writes nothing when it wakes, whatever the other has ordered since', async () => {
    await using server = await startFerret();
    let stoppedAt: number | undefined;
    const sinceLive: Arrival[] = [];
    const arrivals: (readonly Arrival[])[] = [];
    await using pair = await prepareControllerPair(server.url, async ({ table }, known) => {
      const watched = await openWatchedRouter(table, (arrival) => {
        if (stoppedAt !== undefined || !known().one.output.includes('notice-live')) {
          return;
        }
        sinceLive.push(arrival);
        if (momentOf(sinceLive) === moment) {
          known().one.signal('SIGSTOP');
          stoppedAt = performance.now();
        }
      });
      arrivals.push(watched.arrivals);
      return watched.access;
    });
    const { one, two, network } = pair;
    const hasRoute = (): boolean => network.table.routes.some(({ prefix }) => prefix === diverted);
    one.launch();
    await one.untilLeading(takeOverMs);
    two.launch();
    await until('the second to stand by', () => two.isStandingBy(), { timeoutMs: takeOverMs });
    await network.sites[0]?.breakDown();
    await until('the standstill', () => stoppedAt !== undefined, {
      timeoutMs: 30_000,
      everyMs: 5,
    });

    await two.untilLeading(takeOverMs);
    await two.untilPhase('home01', 'diverted', takeOverMs);
    const order = { action: 'restore', reason: 'it shall be seen', expiresInSeconds: 600 };
    expect((await two.ask('PUT', '/api/v1/sites/home01/override', order)).status).toBe(200);
    await until('the route to be gone', () => !hasRoute(), { timeoutMs: 20_000 });
    let changes = 0;
    network.table.watch(() => {
      changes += 1;
    });
    const wokenAt = performance.now();
    one.signal('SIGCONT');
    await until('the first to stand by', () => one.isStandingBy(), { timeoutMs: takeOverMs });
    // Whatever it still wanted, it has had its chance.
    await delay(5_000);

    const since = arrivals.flat().filter(({ at }) => at > wokenAt);
    expect(since.filter(({ text }) => isWrite(text))).toEqual([]);
    expect({ changes, isDiverted: hasRoute() }).toEqual({ changes: 0, isDiverted: false });
  });
});
