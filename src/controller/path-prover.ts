import type { Command } from '../core/command.ts';
import type { CommandOutcome } from '../core/event.ts';
import type { Site } from '../core/site.ts';
import { Gate } from '../lib/gate.ts';
import { second } from '../lib/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { DataPath, PathSight } from '../ports/data-path.ts';
import { pause, withDeadline } from './deadline.ts';

type Prove = Extract<Command, { type: 'prove' }>;

/** Routing needs time to spread: an OSPF or BGP backbone in the lab takes up to 1.2 s, a wide one some seconds. */
export const proofMs = 15 * second;

/**
 * Sites looked at in one moment. A mass event asks for hundreds of proofs at once; looked at all together they would
 * keep each other from being answered in time, and every look in vain is made again.
 */
export const looksAtOnce = 32;

/** Pause between two looks: short at first, as most routes have spread by then, and longer from look to look. */
const firstPauseMs = 100;
const longestPauseMs = second;
const pauseGrowth = 1.5;

export interface PathProverOptions {
  readonly clock: Clock;
  readonly dataPath: DataPath;
}

/** Looks through the data path who answers for the addresses of a site, a bounded number of sites at a time. */
export class PathProver {
  readonly #options: PathProverOptions;
  readonly #gate = new Gate(looksAtOnce);

  constructor(options: PathProverOptions) {
    this.#options = options;
  }

  /** Looks until all addresses show what is expected, or the time is over; waiting for its turn takes none of it. Never rejects. */
  async prove(site: Site, command: Prove): Promise<CommandOutcome> {
    const { clock } = this.#options;
    let leftMs = proofMs;
    let pauseMs = firstPauseMs;
    for (;;) {
      const { sights, tookMs } = await this.#gate.run(() => this.#lookAtAll(site, command));
      const wrong = firstWrong(command, sights);
      if (wrong === undefined) {
        return { result: 'ok' };
      }
      leftMs -= tookMs;
      if (leftMs <= 0) {
        return failure(command, wrong.address, wrong.sight);
      }
      await pause(clock, pauseMs);
      leftMs -= pauseMs;
      pauseMs = Math.min(longestPauseMs, pauseMs * pauseGrowth);
    }
  }

  async #lookAtAll(site: Site, { addresses, expect }: Prove): Promise<Looks> {
    const { clock, dataPath } = this.#options;
    const startedAt = clock.monotonicMs();
    const sights = await Promise.all(
      addresses.map(async (address) => ({
        address,
        seen: await look(clock, (signal) => dataPath.look({ site, address, expect }, signal)),
      })),
    );
    return { sights, tookMs: clock.monotonicMs() - startedAt };
  }
}

interface Looks {
  readonly sights: readonly AddressSights[];
  readonly tookMs: number;
}

interface AddressSights {
  readonly address: string;
  /** One for each door; undefined when the look did not come back. */
  readonly seen: readonly PathSight[] | undefined;
}

interface Wrong {
  readonly address: string;
  readonly sight?: PathSight | undefined;
}

/** The first address that does not show what is expected by every door. */
function firstWrong(command: Prove, sights: readonly AddressSights[]): Wrong | undefined {
  for (const { address, seen } of sights) {
    const sight = seen?.find((each) => !isAsExpected(command, each));
    if (sight !== undefined || seen === undefined || seen.length === 0) {
      return { address, sight };
    }
  }
  return undefined;
}

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

async function look(
  clock: Clock,
  act: (signal: AbortSignal) => Promise<readonly PathSight[]>,
): Promise<readonly PathSight[] | undefined> {
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
