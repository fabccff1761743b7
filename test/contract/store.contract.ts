import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minute, second } from '../../src/lib/time.ts';
import type { Store } from '../../src/ports/store.ts';
import type { ManualClock } from '../fakes/manual-clock.ts';

/** How one kind of store is opened for the suite; two openings are two controllers on one store. */
export interface StoreBench {
  readonly clock: ManualClock;
  open(): Store | Promise<Store>;
  /** False: the server checks and writes a version in two steps, so racing writers can both win (not MongoDB itself). */
  readonly hasAtomicUpdates: boolean;
  close(): void | Promise<void>;
}

const ttl = 15 * second;

/** What every store promises, whatever stands behind it. */
export function storeContract(
  name: string,
  openBench: () => StoreBench | Promise<StoreBench>,
): void {
  describe(`the store ${name}`, () => {
    let bench: StoreBench;
    let store: Store;
    let other: Store;

    beforeEach(async () => {
      bench = await openBench();
      store = await bench.open();
      other = await bench.open();
    });

    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await bench.close();
    });

    it('knows nothing at first', async () => {
      expect(await store.get('site', 'shop')).toBeUndefined();
      expect(await store.list('site', { limit: 10 })).toEqual([]);
      expect(await store.remove('site', 'shop')).toBe(false);
      expect(await store.prune('site', bench.clock.now() + minute)).toBe(0);
    });

    it('gives back what was put, to every controller', async () => {
      const value = { title: { ko: '홈페이지' }, addresses: ['192.168.80.100'], deep: [[1, null]] };

      const put = await store.put('site', 'shop', value);

      expect(put).toEqual({ id: 'shop', version: 1, updatedAt: bench.clock.now(), value });
      expect(await other.get('site', 'shop')).toEqual(put);
      expect(await other.get('notice', 'shop')).toBeUndefined();
    });

    it('counts a version up with each write', async () => {
      await store.put('limits', 'now', { sessions: 1 });
      await other.put('limits', 'now', { sessions: 2 });
      const third = await store.put('limits', 'now', { sessions: 3 }, 2);

      expect(third.version).toBe(3);
      expect(await other.get('limits', 'now')).toEqual(third);
    });

    it('refuses to create what exists and to replace what somebody else wrote', async () => {
      await store.put('site', 'shop', 1, 0);

      await expect(other.put('site', 'shop', 2, 0)).rejects.toMatchObject({
        code: 'DETOUR_STORE_CONFLICT',
      });
      await store.put('site', 'shop', 2, 1);
      await expect(other.put('site', 'shop', 3, 1)).rejects.toMatchObject({
        code: 'DETOUR_STORE_CONFLICT',
      });
      await expect(other.put('site', 'none', 3, 1)).rejects.toMatchObject({
        code: 'DETOUR_STORE_CONFLICT',
      });
      expect(await store.get('site', 'shop')).toMatchObject({ version: 2, value: 2 });
    });

    it('lets one of many win that create the same thing at once', async () => {
      const race = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? store : other).put('site', 'shop', index, 0),
        ),
      );

      expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await store.get('site', 'shop'))?.version).toBe(1);
    });

    it('lets one of many win that replace the same version at once', async () => {
      await store.put('site', 'shop', 'before');

      const race = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? store : other).put('site', 'shop', index, 1),
        ),
      );

      const winners = race.filter(({ status }) => status === 'fulfilled').length;
      expect(winners).toBeGreaterThan(0);
      // A server that compares and writes in two steps may let more through; the version still says 2.
      expect(winners).toBeLessThanOrEqual(bench.hasAtomicUpdates ? 1 : race.length);
      expect((await store.get('site', 'shop'))?.version).toBe(2);
    });

    it('keeps keys that mean something to a query language as plain data', async () => {
      const value = JSON.parse(
        '{"$set":{"a.b":1},"$where":"sleep(1)","":"empty","__proto__":{"x":1},"a\\u0000b":2}',
      );

      await store.put('notice', 'shop', value);

      expect((await other.get('notice', 'shop'))?.value).toEqual(value);
    });

    it('finds nothing by an id that is no text', async () => {
      await store.put('site', 'shop', 1);
      const get = store.get.bind(store);

      for (const id of [{ $ne: null }, { $gt: '' }, ['shop'], /shop/, null, 'none']) {
        const call: Promise<unknown> = Reflect.apply(get, undefined, ['site', id]);
        expect(await call.catch(() => undefined)).toBeUndefined();
      }
      expect(await Reflect.apply(get, undefined, ['site', 'shop'])).toBeDefined();
    });

    it('refuses a value that is too large, or no JSON, and an empty id', async () => {
      const refused = { code: 'DETOUR_STORE_VALUE_REFUSED' };
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;

      await expect(store.put('notice', 'shop', 'x'.repeat(1024 * 1024))).rejects.toMatchObject(
        refused,
      );
      await expect(store.put('notice', 'shop', cyclic)).rejects.toMatchObject(refused);
      await expect(store.put('notice', 'shop', undefined)).rejects.toMatchObject(refused);
      await expect(store.put('notice', '', 1)).rejects.toMatchObject(refused);
      expect(await store.list('notice', { limit: 1 })).toEqual([]);
    });

    it('takes a value of almost a mebibyte', async () => {
      const value = '가'.repeat(349_000);

      await store.put('notice', 'shop', value);

      expect((await other.get('notice', 'shop'))?.value).toBe(value);
    });

    it('lists newest first, as many as were asked for', async () => {
      for (const id of ['a', 'b', 'c']) {
        await store.put('incident', id, id);
        bench.clock.advance(second);
      }
      await store.put('incident', 'a', 'again');
      await store.put('site', 'z', 1);

      const two = await other.list('incident', { limit: 2 });

      expect(two.map(({ id }) => id)).toEqual(['a', 'c']);
    });

    it('removes one thing once', async () => {
      await store.put('site', 'shop', 1);

      expect(await other.remove('site', 'shop')).toBe(true);
      expect(await store.remove('site', 'shop')).toBe(false);
      expect((await store.put('site', 'shop', 2, 0)).version).toBe(1);
    });

    it('prunes what was written before a time, and of that kind only', async () => {
      await store.put('incident', 'old', 1);
      await store.put('drill', 'old', 1);
      bench.clock.advance(minute);
      await store.put('incident', 'new', 1);

      expect(await store.prune('incident', bench.clock.now())).toBe(1);
      expect((await store.list('incident', { limit: 9 })).map(({ id }) => id)).toEqual(['new']);
      expect(await store.get('drill', 'old')).toBeDefined();
    });

    it('gives the lease to one holder, who may renew it with the same token', async () => {
      expect(await store.acquireLease('leader', 'one', ttl)).toEqual({ holder: 'one', token: 1 });
      expect(await other.acquireLease('leader', 'two', ttl)).toBeUndefined();
      bench.clock.advance(5 * second);
      expect(await store.acquireLease('leader', 'one', ttl)).toEqual({ holder: 'one', token: 1 });
      expect(await other.acquireLease('other', 'two', ttl)).toEqual({ holder: 'two', token: 1 });
    });

    it('never gives a lease away that is renewed in time', async () => {
      await store.acquireLease('leader', 'one', ttl);
      for (let round = 0; round < 10; round += 1) {
        expect(await other.acquireLease('leader', 'two', ttl)).toBeUndefined();
        bench.clock.advance(14 * second);
        expect(await store.acquireLease('leader', 'one', ttl)).toBeDefined();
      }
    });

    it('gives the lease on with a higher token once its holder was silent for its time, and the old one learns of it', async () => {
      await store.acquireLease('leader', 'one', ttl);
      await other.acquireLease('leader', 'two', ttl);
      bench.clock.advance(ttl - 1);
      expect(await other.acquireLease('leader', 'two', ttl)).toBeUndefined();
      bench.clock.advance(1);

      expect(await other.acquireLease('leader', 'two', ttl)).toEqual({ holder: 'two', token: 2 });
      expect(await store.acquireLease('leader', 'one', ttl)).toBeUndefined();
    });

    it('is not misled by a wall clock that jumps a day ahead', async () => {
      await store.acquireLease('leader', 'one', ttl);
      await other.acquireLease('leader', 'two', ttl);
      bench.clock.stepWall(24 * 60 * minute);

      expect(await other.acquireLease('leader', 'two', ttl)).toBeUndefined();
    });

    it('gives the lease to one of two that reach for it at once, every time', async () => {
      for (let round = 0; round < 10; round += 1) {
        const lease = `leader-${round}`;
        const race = await Promise.all([
          store.acquireLease(lease, 'one', ttl),
          other.acquireLease(lease, 'two', ttl),
        ]);

        expect(race.filter((won) => won !== undefined)).toHaveLength(1);
      }
    });

    it('gives a released lease on at once, and only its holder can release it', async () => {
      await store.acquireLease('leader', 'one', ttl);
      await other.releaseLease('leader', 'two');
      expect(await other.acquireLease('leader', 'two', ttl)).toBeUndefined();

      await store.releaseLease('leader', 'one');

      expect(await other.acquireLease('leader', 'two', ttl)).toEqual({ holder: 'two', token: 2 });
      await store.releaseLease('leader', 'one');
      expect(await other.acquireLease('leader', 'two', ttl)).toEqual({ holder: 'two', token: 2 });
    });

    it('gives a released lease back to the same holder with a higher token', async () => {
      await store.acquireLease('leader', 'one', ttl);
      await store.releaseLease('leader', 'one');

      expect(await store.acquireLease('leader', 'one', ttl)).toEqual({ holder: 'one', token: 2 });
    });
  });
}
