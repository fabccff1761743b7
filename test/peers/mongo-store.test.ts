import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMongoStore } from '../../src/adapters/stores/mongo/mongo-store.ts';
import { readVariable } from '../../src/config/env.ts';
import type { Store } from '../../src/ports/store.ts';
import { type StoreBench, storeContract } from '../contract/store.contract.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { until } from '../support/until.ts';
import { type Ferret, startFerret } from './support/ferret.ts';

/** A real MongoDB of one's own to run the same suite against; its databases of the tests stay behind. */
const ownUrl = readVariable('DETOUR_TEST_MONGO_URL');

let ferret: Ferret | undefined;

beforeAll(async () => {
  ferret = await startFerret();
});

afterAll(async () => {
  await ferret?.[Symbol.asyncDispose]();
});

/** A database of its own on a server. */
function freshUrl(server: string): string {
  const url = new URL(server);
  url.pathname = `/detour-test-${randomBytes(6).toString('hex')}`;
  return url.href;
}

function bench(server: () => string, hasAtomicUpdates: boolean): StoreBench {
  const clock = new ManualClock();
  const url = freshUrl(server());
  return {
    clock,
    hasAtomicUpdates,
    open: () => openMongoStore({ url, clock }),
    close: (): void => undefined,
  };
}

const ferretUrl = (): string => ferret?.url ?? '';

storeContract('in a MongoDB-wire server', () => bench(ferretUrl, false));
if (ownUrl !== undefined) {
  storeContract('in MongoDB itself', () => bench(() => ownUrl, true));
}

/** Writes numbers one after the other until told to stop; remembers what was acknowledged and what was tried. */
async function writeOn(
  store: Store,
  id: string,
  isOver: () => boolean,
): Promise<{ readonly acknowledged: number; readonly tried: number; readonly failures: number }> {
  let acknowledged = 0;
  let tried = 0;
  let failures = 0;
  while (!isOver()) {
    tried += 1;
    try {
      await store.put('incident', id, { number: tried, padding: 'x'.repeat(2_000) });
      acknowledged = tried;
    } catch {
      failures += 1;
    }
  }
  return { acknowledged, tried, failures };
}

describe('the MongoDB store', () => {
  it('loses nothing acknowledged and tears nothing when its server is killed in mid-write and restarted', async () => {
    await using server = await startFerret();
    const clock = { now: Date.now, monotonicMs: () => performance.now() };
    await using store = openMongoStore({ url: freshUrl(server.url), clock });
    let isOver = false;
    const ids = ['a', 'b', 'c', 'd'];
    const writers = ids.map((id) => writeOn(store, id, () => isOver));
    await until('the writers to be under way', async () => {
      const found = await store.list('incident', { limit: 10 });
      return found.length === ids.length && found.every(({ version }) => version > 3);
    });

    await server.kill();
    await expect(store.get('incident', 'a')).rejects.toMatchObject({
      code: 'DETOUR_STORE_UNAVAILABLE',
      retryable: true,
    });
    await server.restart();
    const before = await until('the store to answer again', () =>
      store.list('incident', { limit: 10 }).catch(() => undefined),
    );
    await until('the writers to go on', async () => {
      const found = await store.list('incident', { limit: 10 });
      return found.every(
        ({ id, version }) => version > (before.find((old) => old.id === id)?.version ?? 0) + 3,
      );
    });
    isOver = true;
    const ends = await Promise.all(writers);

    for (const [index, id] of ids.entries()) {
      const { acknowledged = 0, tried = 0, failures = 0 } = ends[index] ?? {};
      const found = await store.get('incident', id);
      expect(failures).toBeGreaterThan(0);
      expect(found?.value).toMatchObject({ padding: 'x'.repeat(2_000) });
      const { number } = Object(found?.value);
      expect(number).toBeGreaterThanOrEqual(acknowledged);
      expect(number).toBeLessThanOrEqual(tried);
    }
  });

  it('says within seconds that a server which hangs is not there, and goes on when it wakes', async () => {
    await using server = await startFerret();
    const clock = { now: Date.now, monotonicMs: () => performance.now() };
    await using store = openMongoStore({ url: freshUrl(server.url), clock });
    await store.put('site', 'shop', 1);

    await server.freeze();
    const startedAt = performance.now();
    await expect(store.get('site', 'shop')).rejects.toMatchObject({
      code: 'DETOUR_STORE_UNAVAILABLE',
    });
    const tookMs = performance.now() - startedAt;
    server.thaw();

    expect(tookMs).toBeLessThan(10_000);
    const found = await until('the store to answer again', () =>
      store.get('site', 'shop').catch(() => undefined),
    );
    expect(found).toMatchObject({ value: 1 });
  });

  it('is there as soon as its server is, however late that starts', async () => {
    const server = await startFerret();
    await using _ = server;
    await server.kill();
    const clock = { now: Date.now, monotonicMs: () => performance.now() };
    await using store = openMongoStore({ url: freshUrl(server.url), clock });
    await expect(store.put('site', 'shop', 1)).rejects.toMatchObject({
      code: 'DETOUR_STORE_UNAVAILABLE',
    });

    await server.restart();

    expect(await store.put('site', 'shop', 1)).toMatchObject({ version: 1 });
  });

  it.each([
    ['w=1', /w=1 lets acknowledged writes be lost/],
    ['w=0', /w=0/],
    ['journal=false', /journal=false/],
    ['readPreference=secondary', /readPreference=secondary/],
  ])('refuses a URL with %s, and does not repeat its password', (query, message) => {
    const url = `mongodb://duty:secret@127.0.0.1/detour?${query}`;
    const clock = new ManualClock();

    expect(() => openMongoStore({ url, clock })).toThrow(message);
    expect(() => openMongoStore({ url, clock })).not.toThrow(/secret/);
  });
});

it('leads above the term that a person has written, where a restored database counted from the start again', async () => {
  const url = freshUrl(ferretUrl());
  await using store = openMongoStore({ url, clock: new ManualClock() });
  expect(await store.acquireLease('leader', 'one', 15_000)).toMatchObject({ token: 1 });
  await store.releaseLease('leader', 'one');
  const connection = await mongoose.createConnection(url).asPromise();
  const leases = connection.collection<{ _id: string; version: number }>('leases');

  // As docs/stores.md tells.
  const [last] = await leases.find({ name: 'leader' }).sort({ version: -1 }).limit(1).toArray();
  const version = (last?.version ?? 0) + 1;
  const raised = { holder: 'kim', token: 41, isReleased: true };
  await leases.insertOne({ ...last, _id: `leader/${version}`, version, ...raised });

  expect(await store.acquireLease('leader', 'two', 15_000)).toMatchObject({ token: 42 });
  await connection.close();
});
