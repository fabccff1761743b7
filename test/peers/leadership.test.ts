import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openMongoStore } from '../../src/adapters/stores/mongo/mongo-store.ts';
import type { SampleNetwork } from '../../src/quickstart/sample-network.ts';
import { until } from '../support/until.ts';
import { prepareControllerPair } from './support/controller-pair.ts';
import { startFerret } from './support/ferret.ts';

/** Waits until the shared store knows these words about a site. */
async function untilCopied(url: string, site: string, words: string): Promise<void> {
  const clock = { now: Date.now, monotonicMs: () => performance.now() };
  await using store = openMongoStore({ url, clock });
  await until(`the store to know ${words} of ${site}`, async () => {
    const copy = await store.get('durable', `site/${site}`);
    return JSON.stringify(copy?.value ?? {}).includes(words);
  });
}

/** The design's limit for the take-over, with room for a busy machine. */
const takeOverMs = 30_000;

const diverted = '127.0.80.100/32';

const hasRoute = ({ table }: SampleNetwork): boolean =>
  table.routes.some(({ prefix }) => prefix === diverted);

describe('two controllers on one store', () => {
  it('hand over diversions and orders when the leader is killed, and no route moves meanwhile', async () => {
    await using server = await startFerret();
    await using pair = await prepareControllerPair(server.url);
    const { one, two, network } = pair;
    one.launch();
    await one.untilLeading(takeOverMs);
    two.launch();
    await until('the second to stand by', () => two.isStandingBy(), { timeoutMs: takeOverMs });
    await network.sites[0]?.breakDown();
    await one.untilPhase('home01', 'diverted');
    const hold = { action: 'hold', reason: 'a disk is being changed', expiresInSeconds: 3_600 };
    expect((await one.ask('PUT', '/api/v1/sites/home02/override', hold)).status).toBe(200);
    await untilCopied(server.url, 'home02', '"action":"hold"');
    let changes = 0;
    network.table.watch(() => {
      changes += 1;
    });

    await one.kill();
    await two.untilLeading(takeOverMs);

    expect(await two.site('home01')).toMatchObject({ phase: 'diverted' });
    expect(await two.site('home02')).toMatchObject({ override: { action: 'hold' } });
    expect({ changes, isDiverted: hasRoute(network) }).toEqual({ changes: 0, isDiverted: true });

    await network.sites[0]?.repair();
    await two.untilPhase('home01', 'serving');
    expect(hasRoute(network)).toBe(false);
  });

  it('keep a leader that was paused past its lease from writing when it wakes', async () => {
    await using server = await startFerret();
    await using pair = await prepareControllerPair(server.url);
    const { one, two, network } = pair;
    one.launch();
    await one.untilLeading(takeOverMs);
    two.launch();
    await until('the second to stand by', () => two.isStandingBy(), { timeoutMs: takeOverMs });
    await network.sites[0]?.breakDown();
    await one.untilPhase('home01', 'diverted');

    one.signal('SIGSTOP');
    await two.untilLeading(takeOverMs);
    const order = {
      action: 'restore',
      reason: 'visitors shall see the site',
      expiresInSeconds: 600,
    };
    expect((await two.ask('PUT', '/api/v1/sites/home01/override', order)).status).toBe(200);
    await until('the route to be gone', () => !hasRoute(network), { timeoutMs: 20_000 });
    let changes = 0;
    network.table.watch(() => {
      changes += 1;
    });
    one.signal('SIGCONT');
    await until('the first to stand by', () => one.isStandingBy());
    // Three reconciling rounds of the sleeper: whatever it still wanted, it has had its chance.
    await delay(5_000);

    expect({ changes, isDiverted: hasRoute(network) }).toEqual({ changes: 0, isDiverted: false });
  });

  it('write nothing while the store is gone, and go on by themselves when it is back', async () => {
    await using server = await startFerret();
    await using pair = await prepareControllerPair(server.url);
    const { one, network } = pair;
    one.launch();
    await one.untilLeading(takeOverMs);

    await server.kill();
    await until('the leader to say that it may not act', () => one.isStandingBy(), {
      timeoutMs: takeOverMs,
    });
    await network.sites[0]?.breakDown();
    await delay(4_000);
    expect(hasRoute(network)).toBe(false);

    await server.restart();
    await one.untilLeading(takeOverMs);
    await one.untilPhase('home01', 'diverted');
    expect(hasRoute(network)).toBe(true);
  });
});
