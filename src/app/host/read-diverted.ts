import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { divertedAddresses } from '../../host/host-helper.ts';
import { SnapshotShelf } from '../../notice/snapshot-shelf.ts';
import { snapshotFile, snapshotKeyFile } from '../../ports/snapshot.ts';

/** The addresses that the signed snapshot in the hand-over folder says are diverted; none before the first snapshot. Rejects with DETOUR_SNAPSHOT_INVALID. */
export async function readDiverted(handover: string): Promise<readonly string[]> {
  const file = join(handover, snapshotFile);
  try {
    await access(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
  const key = await readFile(join(handover, snapshotKeyFile), 'utf8');
  const { snapshot } = await new SnapshotShelf().open(file, key);
  return divertedAddresses(snapshot);
}
