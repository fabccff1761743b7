import type { Command } from '../core/command.ts';
import type { CommandOutcome } from '../core/event.ts';
import type { Site } from '../core/site.ts';
import { second } from '../lib/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { DataPath, PathSight } from '../ports/data-path.ts';
import { pause, withDeadline } from './deadline.ts';

type Prove = Extract<Command, { type: 'prove' }>;

/** Routing needs time to spread: an OSPF or BGP backbone in the lab takes up to 1.2 s, a wide one some seconds. */
export const proofMs = 15 * second;

/** Pause between two looks. */
const lookEveryMs = 100;

function isAsExpected(command: Prove, sight: PathSight): boolean {
  if (command.expect === 'notice') {
    return sight.marker?.site === command.site && sight.marker.generation === command.generation;
  }
  return sight.isAnswered && sight.marker === undefined;
}

function failure(command: Prove, address: string, sight: PathSight | undefined): CommandOutcome {
  const what = command.expect === 'notice' ? 'the notice' : 'the origin';
  const isSilent = sight?.isAnswered !== true;
  return {
    result: 'failed',
    code: isSilent ? 'DETOUR_PROOF_UNANSWERED' : 'DETOUR_PROOF_FAILED',
    message: `${address} did not show ${what} of ${command.site} within ${proofMs / 1000} s: ${sight?.detail ?? 'no answer'}`,
  };
}

/** Looks at the addresses of a site until all show what is expected, or the time is over. Never rejects. */
export async function provePath(
  options: { readonly clock: Clock; readonly dataPath: DataPath },
  site: Site,
  command: Prove,
): Promise<CommandOutcome> {
  const { clock, dataPath } = options;
  const deadline = clock.monotonicMs() + proofMs;
  for (;;) {
    const sights = await Promise.all(
      command.addresses.map(async (address) => ({
        address,
        sight: await look(clock, (signal) => dataPath.look(site, address, signal)),
      })),
    );
    const wrong = sights.find(({ sight }) => sight === undefined || !isAsExpected(command, sight));
    if (wrong === undefined) {
      return { result: 'ok' };
    }
    if (clock.monotonicMs() >= deadline) {
      return failure(command, wrong.address, wrong.sight);
    }
    await pause(clock, lookEveryMs);
  }
}

async function look(
  clock: Clock,
  act: (signal: AbortSignal) => Promise<PathSight>,
): Promise<PathSight | undefined> {
  const limit = {
    ms: 2 * second,
    what: 'The look through the data path',
    code: 'DETOUR_PROOF_UNANSWERED',
  } as const;
  try {
    return await withDeadline(clock, limit, act);
  } catch {
    // A look that does not come back in time saw nothing; the next one may.
    return undefined;
  }
}
