import type { CommandOutcome } from './event.ts';
import { onReading } from './on-routes.ts';
import type { Phase } from './phase.ts';
import type { SiteState } from './state.ts';
import { onChangeFailed } from './sync-routers.ts';
import type { Turn } from './turn.ts';
import { sitesInChange } from './unconfirmed-change.ts';
import { undo } from './undo.ts';

/** True while a site waits for the routes or the proof that decide about an unconfirmed change. */
function isUndecided({ phase }: SiteState): boolean {
  return (
    phase.name === 'diverting' &&
    (phase.stage === 'installing' || phase.stage === 'proving' || phase.stage === 'passing')
  );
}

/** True when visitors of the site were seen to reach its notice, so the change has proven its worth. */
function isProven(phase: Phase): boolean {
  return (
    (phase.name === 'diverting' && phase.stage === 'confirming') ||
    (phase.name === 'diverted' && phase.diversion.by !== 'neighbour') ||
    phase.name === 'recovering' ||
    (phase.name === 'held' && phase.on === 'notice')
  );
}

/**
 * Ends the unconfirmed changes whose proof is in: confirmed when at least one of their diversions was proven
 * (what failed beside it is removed by an ordinary change), taken back by the device itself when none was.
 */
export function settleUnconfirmed(turn: Turn): void {
  for (const [router, { unconfirmed }] of Object.entries(turn.state.routers)) {
    if (unconfirmed === undefined || unconfirmed.endingBy !== undefined) {
      continue;
    }
    const sites = sitesInChange(turn.state, router, unconfirmed.changes).flatMap(
      (name) => turn.site(name) ?? [],
    );
    if (sites.some(isUndecided)) {
      continue;
    }
    const id = turn.nextId();
    const isKept = sites.some(({ phase }) => isProven(phase));
    turn.patchRouter(router, { unconfirmed: { ...unconfirmed, endingBy: id } });
    turn.give({ type: isKept ? 'confirm-routes' : 'cancel-routes', id, router });
  }
}

/** Takes in how the end of an unconfirmed change ended; returns the sites it concerns. */
export function onChangeEnded(
  turn: Turn,
  router: string,
  outcome: CommandOutcome,
): readonly string[] {
  const { unconfirmed } = turn.state.routers[router] ?? {};
  turn.endUnconfirmed(router);
  const sites = sitesInChange(turn.state, router, unconfirmed?.changes ?? []);
  if (outcome.result === 'ok') {
    if (outcome.reading !== undefined) {
      onReading(turn, router, outcome.reading, 'after-sync');
    }
    return sites;
  }
  // Whether the device kept the change is now for a reading to tell; what was not confirmed is not called diverted.
  const wishes = (unconfirmed?.changes ?? []).map((prefix) => ({ prefix, isAdded: true }));
  onChangeFailed(turn, router, { ...outcome, wishes });
  for (const name of sites) {
    const phase = turn.site(name)?.phase;
    if (phase?.name === 'diverting' && phase.stage === 'confirming') {
      undo(turn, name, phase, {
        reason: 'route-failed',
        text: `the change on ${router} could not be confirmed: ${outcome.message}`,
      });
    }
  }
  return sites;
}
