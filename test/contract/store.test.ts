import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/adapters/stores/sqlite/sqlite-store.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../fakes/memory-store.ts';
import { type StoreBench, storeContract } from './store.contract.ts';

storeContract('in memory', (): StoreBench => {
  const clock = new ManualClock();
  const shared = new SharedMemory();
  return {
    clock,
    hasAtomicUpdates: true,
    open: () => new MemoryStore(clock, shared),
    close: (): void => undefined,
  };
});

storeContract('in SQLite', (): StoreBench => {
  const clock = new ManualClock();
  const folder = mkdtempSync(join(tmpdir(), 'detour-store-'));
  return {
    clock,
    hasAtomicUpdates: true,
    open: () => openSqliteStore({ file: join(folder, 'detour.db'), clock, isOwned: true }),
    close: () => rmSync(folder, { recursive: true }),
  };
});
