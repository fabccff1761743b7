import path from 'node:path';
import { openMongoStore } from '../../adapters/stores/mongo/mongo-store.ts';
import { openSqliteStore } from '../../adapters/stores/sqlite/sqlite-store.ts';
import { WatchedStore } from '../../adapters/stores/watched-store.ts';
import type { Settings } from '../../config/settings.ts';
import type { ControlMetrics } from '../../metrics/control-metrics.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';

/** The file of the journal, which is always on this machine: beside it lives the store unless that is shared. */
export function journalFile({ store, dataFolder }: Settings): string {
  return store.type === 'sqlite' ? store.file : path.join(dataFolder, 'journal.db');
}

/** Opens the store that the configuration names, and shows in the metrics whether it answers. */
export function openStore({ store }: Settings, clock: Clock, metrics: ControlMetrics): Store {
  const opened =
    store.type === 'sqlite'
      ? openSqliteStore({ file: store.file, clock, isOwned: true })
      : openMongoStore({ url: store.url, clock });
  return new WatchedStore(opened, (isUp) => metrics.storeUp.set(isUp ? 1 : 0));
}
