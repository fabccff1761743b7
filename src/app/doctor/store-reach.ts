import { placeOf } from '../../adapters/stores/mongo/mongo-connection.ts';
import { pingMongo } from '../../adapters/stores/mongo/mongo-ping.ts';
import type { Settings } from '../../config/settings.ts';
import { errorChain } from '../../lib/errors.ts';
import { bad, type Finding, good, note } from './finding.ts';

/** Controllers whose clocks differ by more than this confuse the people who read their audits. */
const clockSlackMs = 5_000;

function clockFinding(offsetMs: number | undefined): readonly Finding[] {
  return offsetMs === undefined || Math.abs(offsetMs) <= clockSlackMs
    ? []
    : [
        note(
          `the clock of the store is ${Math.round(offsetMs / 1000)} s off ours - keep both by NTP; leases do not go by it`,
        ),
      ];
}

/** Whether the store can be reached; one in a file is checked with its folder. */
export async function checkStore({ store }: Settings): Promise<readonly Finding[]> {
  if (store.type === 'sqlite') {
    return [good(`store ${store.file}: on this machine, so one controller`)];
  }
  try {
    const { isReplicated, clockOffsetMs } = await pingMongo(store.url);
    return [
      good(`store ${placeOf(store.url)} answers`),
      ...(isReplicated
        ? []
        : [note('the store is a single server: a standby is no use while that one is down')]),
      ...clockFinding(clockOffsetMs),
    ];
  } catch (error) {
    return [
      bad(
        `store ${placeOf(store.url)} cannot be reached: ${errorChain(error)}`,
        'check the URL, the way there and the rights of its user; until then no controller can lead',
      ),
    ];
  }
}
