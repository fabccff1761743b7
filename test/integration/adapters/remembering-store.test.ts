import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RememberingStore } from '../../../src/adapters/stores/remembering-store.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { storeContract } from '../../contract/store.contract.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'detour-remember-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;

function freshFolder(): string {
  count += 1;
  return path.join(folder, String(count));
}

function open(shared: SharedMemory, own: string, clock = new ManualClock()): RememberingStore {
  return new RememberingStore({
    store: new MemoryStore(clock, shared),
    folder: own,
    log: silentLog,
  });
}

storeContract('that also remembers on disk', () => {
  const clock = new ManualClock();
  const shared = new SharedMemory();
  return {
    clock,
    hasAtomicUpdates: true,
    open: () => open(shared, freshFolder(), clock),
    close: (): void => undefined,
  };
});

const anyNumber = { limit: 100 };

describe('a store that remembers', () => {
  it('knows the sites, notices, limits and windows after a restart without its store', async () => {
    const shared = new SharedMemory();
    const own = freshFolder();
    const before = open(shared, own);
    for (const kind of ['site', 'notice', 'maintenance'] as const) {
      await before.list(kind, anyNumber);
      await before.put(kind, 'home01', { kind });
    }
    await before.put('limits', 'notice', { sessions: 5 });
    shared.isUp = false;

    const after = open(shared, own);

    for (const kind of ['site', 'notice', 'maintenance'] as const) {
      expect((await after.list(kind, anyNumber)).map(({ value }) => value)).toEqual([{ kind }]);
    }
    expect((await after.get('limits', 'notice'))?.value).toEqual({ sessions: 5 });
  });

  it('forgets what was removed, and takes over what others wrote', async () => {
    const shared = new SharedMemory();
    const own = freshFolder();
    const ours = open(shared, own);
    const theirs = open(shared, freshFolder());
    await ours.list('site', anyNumber);
    await ours.put('site', 'home01', 1);
    await theirs.put('site', 'home02', 2);
    await ours.remove('site', 'home01');
    await ours.list('site', anyNumber);
    shared.isUp = false;

    const known = await open(shared, own).list('site', anyNumber);

    expect(known.map(({ id }) => id)).toEqual(['home02']);
  });

  it('never takes one document for all of its kind', async () => {
    const shared = new SharedMemory();
    const own = freshFolder();
    await open(shared, own).put('site', 'home01', 1);
    shared.isUp = false;

    await expect(open(shared, own).list('site', anyNumber)).rejects.toMatchObject({
      code: 'DETOUR_STORE_UNAVAILABLE',
    });
  });

  it('writes nothing without its store, and reads no history or intents from memory', async () => {
    const shared = new SharedMemory();
    const own = freshFolder();
    const store = open(shared, own);
    await store.list('site', anyNumber);
    await store.list('durable', anyNumber);
    await store.list('incident', anyNumber);
    shared.isUp = false;
    const away = { code: 'DETOUR_STORE_UNAVAILABLE' };

    await expect(store.put('site', 'home01', 1)).rejects.toMatchObject(away);
    await expect(store.remove('site', 'home01')).rejects.toMatchObject(away);
    await expect(store.list('durable', anyNumber)).rejects.toMatchObject(away);
    await expect(store.list('incident', anyNumber)).rejects.toMatchObject(away);
    await expect(store.acquireLease('leader', 'one', 15_000)).rejects.toMatchObject(away);
  });

  it('takes a damaged copy for none', async () => {
    const shared = new SharedMemory();
    const own = freshFolder();
    await open(shared, own).list('site', anyNumber);
    const file = path.join(own, 'site.json');
    writeFileSync(file, `${readFileSync(file, 'utf8')}x`);
    shared.isUp = false;

    await expect(open(shared, own).list('site', anyNumber)).rejects.toMatchObject({
      code: 'DETOUR_STORE_UNAVAILABLE',
    });
  });
});
