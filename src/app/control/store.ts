import { openSqliteStore } from '../../adapters/stores/sqlite/sqlite-store.ts';
import type { Settings } from '../../config/settings.ts';
import { DetourError } from '../../lib/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';

/** The file of the journal, which is always on this machine: beside it lives the store unless that is shared. */
export function journalFile(settings: Settings): string {
  if (settings.store.type === 'mongodb') {
    throw new DetourError('The MongoDB store is not part of this version; write store: sqlite:…', {
      code: 'DETOUR_STORE_UNAVAILABLE',
    });
  }
  return settings.store.file;
}

/** Opens the store that the configuration names. */
export function openStore(settings: Settings, clock: Clock): Store {
  return openSqliteStore({ file: journalFile(settings), clock, isOwned: true });
}
