import path from 'node:path';
import { openMongoStore } from '../../adapters/stores/mongo/mongo-store.ts';
import { RememberingStore } from '../../adapters/stores/remembering-store.ts';
import { openSqliteStore } from '../../adapters/stores/sqlite/sqlite-store.ts';
import { WatchedStore } from '../../adapters/stores/watched-store.ts';
import type { Settings } from '../../config/settings.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { StoreHealth } from './store-health.ts';

/** The file of the journal, which is always on this machine: beside it lives the store unless that is shared. */
export function journalFile({ store, dataFolder }: Settings): string {
  return store.type === 'sqlite' ? store.file : path.join(dataFolder, 'journal.db');
}

interface StoreParts {
  readonly clock: Clock;
  readonly health: StoreHealth;
  readonly log: Log;
}

/** Opens the store that the configuration names, and notes whether it answers. */
export function openStore(
  { store, dataFolder }: Settings,
  { clock, health, log }: StoreParts,
): Store {
  if (store.type === 'sqlite') {
    const own = openSqliteStore({ file: store.file, clock, isOwned: true });
    return new WatchedStore(own, (error) => health.note(error));
  }
  const shared = openMongoStore({ url: store.url, clock });
  return new RememberingStore({
    store: new WatchedStore(shared, (error) => health.note(error)),
    folder: path.join(dataFolder, 'store-copy'),
    log,
  });
}
