import { type EpochMs, second } from '../lib/time.ts';
import { neighboursOf } from './estate.ts';
import { forgetHealth } from './forget-health.ts';
import type { Diversion } from './phase.ts';
import type { ProbeSpec } from './site.ts';
import { type State, targetId } from './state.ts';
import type { Turn } from './turn.ts';
import { isPassing } from './verdict.ts';

/** How long healthy neighbours may take to be seen through the notice host: as long as the notice itself. */
const passProofMs = 15 * second;

/** Failures in a row that tell a way that does not work from a lost packet, fewer than make a site down. */
const telling = 2;

/** True for a site whose visitors reach its own origin through the notice host while a neighbour's diversion has its address. */
export function isPassedThrough({ config }: Pick<State, 'config'>, name: string): boolean {
  return config.sites[name]?.origin?.passThrough !== undefined;
}

/** The sites on these addresses that go on being served by their origin when another one is diverted. */
export function passedNeighbours(
  state: State,
  name: string,
  addresses: readonly string[],
): readonly string[] {
  return neighboursOf(state.config.sites, name, addresses).filter((neighbour) => {
    const phase = state.sites.get(neighbour)?.phase;
    return (
      isPassedThrough(state, neighbour) && (phase?.name === 'serving' || phase?.name === 'suspect')
    );
  });
}

/** Those of them whose probes pass: what a diversion must not spoil. */
export function healthyPassed(
  state: State,
  name: string,
  addresses: readonly string[],
): readonly string[] {
  return passedNeighbours(state, name, addresses).filter((neighbour) =>
    isPassing(state.sites.get(neighbour)),
  );
}

/** What probes have seen of a neighbour on these addresses since a moment. */
type Passage = 'answers' | 'fails' | 'unseen';

function passageOf(state: State, name: string, target: Target, since: EpochMs): Passage {
  const views = Object.values(
    state.sites.get(name)?.targets[targetId(target.spec.name, target.address)] ?? {},
  ).filter(({ last }) => last !== undefined && last.startedAt >= since);
  if (views.some(({ health }) => health.fails >= telling)) {
    return 'fails';
  }
  const isSeen = views.length > 0 && views.every(({ last }) => last?.outcome === 'pass');
  return isSeen ? 'answers' : 'unseen';
}

interface Target {
  readonly spec: ProbeSpec;
  readonly address: string;
}

/** How a neighbour stands, by its own probes of the addresses that moved, begun since a moment: from outside, over every port that is probed. */
function seenThrough(
  state: State,
  name: string,
  addresses: readonly string[],
  since: EpochMs,
): Passage {
  const spec = state.config.sites[name];
  const seen = (spec?.probes ?? []).flatMap((probe) =>
    (spec?.addresses ?? [])
      .filter((address) => addresses.includes(address))
      .map((address) => passageOf(state, name, { spec: probe, address }, since)),
  );
  if (seen.includes('fails')) {
    return 'fails';
  }
  return seen.includes('unseen') ? 'unseen' : 'answers';
}

/** Whether all neighbours that a diversion must leave served were seen through the notice host; one that was not decides. */
export function passingStands(
  state: State,
  name: string,
  { passed = [], addresses }: Diversion,
  now: EpochMs,
): { readonly is: 'seen' | 'waiting' | 'failed'; readonly neighbour?: string } {
  const since = state.sites.get(name)?.stageSince ?? now;
  const isOver = now - since > passProofMs;
  const missing = passed
    .map((neighbour) => ({ neighbour, passage: seenThrough(state, neighbour, addresses, since) }))
    .filter(({ passage }) => passage !== 'answers');
  const failed = missing.find(({ passage }) => isOver || passage === 'fails');
  if (failed !== undefined) {
    return { is: 'failed', neighbour: failed.neighbour };
  }
  return { is: missing.length === 0 ? 'seen' : 'waiting' };
}

/** The diversions that wait to see this site through the notice host. */
export function waitingToSee(state: State, name: string): readonly string[] {
  if (!isPassedThrough(state, name)) {
    return [];
  }
  const addresses = state.config.sites[name]?.addresses ?? [];
  return neighboursOf(state.config.sites, name, addresses).filter((neighbour) => {
    const phase = state.sites.get(neighbour)?.phase;
    return phase?.name === 'diverting' && phase.stage === 'passing';
  });
}

/** The diversion whose way through the notice host is in doubt: what fails on its addresses now may be that way alone. */
export function doubtfulDiversion(
  state: State,
  name: string,
  addresses: readonly string[],
): string | undefined {
  return isPassedThrough(state, name)
    ? neighboursOf(state.config.sites, name, addresses).find((neighbour) => {
        const phase = state.sites.get(neighbour)?.phase;
        return (
          phase?.name === 'diverting' &&
          (phase.stage === 'passing' || phase.stage === 'undoing') &&
          phase.diversion.passed !== undefined
        );
      })
    : undefined;
}

/** The path to the neighbours that are passed through has moved with a diversion: probes begun over the old one count for nothing. */
export function notePathMoved(turn: Turn, name: string, { addresses }: Diversion): void {
  for (const neighbour of passedNeighbours(turn.state, name, addresses)) {
    if (turn.site(neighbour)?.firstFailAt === undefined) {
      turn.patchSite(neighbour, { pathChangedAt: turn.now });
    } else {
      forgetHealth(turn, neighbour);
    }
  }
}
