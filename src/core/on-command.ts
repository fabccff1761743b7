import { wishesOf } from './change-pace.ts';
import type { CommandOutcome } from './event.ts';
import { onReading, sitesOn } from './on-routes.ts';
import type { Phase } from './phase.ts';
import { onRestoreUnproven } from './restore.ts';
import { onChangeEnded } from './settle-unconfirmed.ts';
import { onChangeFailed, onChangesWell } from './sync-routers.ts';
import type { Turn } from './turn.ts';
import { undo } from './undo.ts';

type Failure = Exclude<CommandOutcome, { result: 'ok' }>;

function onSyncFinished(turn: Turn, name: string, outcome: CommandOutcome): readonly string[] {
  const before = turn.state.routers[name];
  const syncing = before?.syncing;
  const changed = Object.fromEntries((syncing?.changes ?? []).map((prefix) => [prefix, turn.now]));
  const changedAt = { ...before?.changedAt, ...changed };
  turn.endSync(name);
  if (outcome.result !== 'ok') {
    // It may have taken effect, or a part of it: the way back keeps its distance.
    turn.patchRouter(name, { changedAt });
    const wishes = wishesOf(syncing?.changes ?? [], syncing?.desired ?? []);
    onChangeFailed(turn, name, { ...outcome, wishes });
    return sitesOn(turn, name);
  }
  turn.patchRouter(name, {
    changedAt,
    ...(outcome.isUnconfirmed === true ? { unconfirmed: { changes: syncing?.changes ?? [] } } : {}),
  });
  onChangesWell(turn, name);
  turn.endWait(name);
  if (outcome.reading !== undefined) {
    onReading(turn, name, outcome.reading, 'after-sync');
  }
  return sitesOn(turn, name);
}

function onDivertingFailed(
  turn: Turn,
  name: string,
  phase: Extract<Phase, { name: 'diverting' }>,
  failure: Failure,
): void {
  const reason = phase.stage === 'publishing' ? 'notice-failed' : 'proof-failed';
  undo(turn, name, phase, { reason, text: failure.message });
}

function onSiteCommandFinished(
  turn: Turn,
  name: string,
  id: string,
  outcome: CommandOutcome,
): void {
  const site = turn.site(name);
  if (site === undefined) {
    return;
  }
  turn.patchSite(name, { waitingFor: site.waitingFor.filter((waiting) => waiting !== id) });
  if (outcome.result === 'ok') {
    return;
  }
  if (site.phase.name === 'diverting') {
    onDivertingFailed(turn, name, site.phase, outcome);
  } else if (site.phase.name === 'restoring') {
    onRestoreUnproven(turn, name, outcome.code, outcome.message);
  }
}

/** Takes in how a command ended; returns the sites it concerns. An answer nobody waits for any more changes nothing. */
export function onCommandFinished(
  turn: Turn,
  id: string,
  outcome: CommandOutcome,
): readonly string[] {
  const router = Object.keys(turn.state.routers).find(
    (name) => turn.state.routers[name]?.syncing?.id === id,
  );
  if (router !== undefined) {
    return onSyncFinished(turn, router, outcome);
  }
  const changed = Object.keys(turn.state.routers).find(
    (name) => turn.state.routers[name]?.unconfirmed?.endingBy === id,
  );
  if (changed !== undefined) {
    return onChangeEnded(turn, changed, outcome);
  }
  const site = turn.state.sites.names.find((name) =>
    turn.state.sites.get(name)?.waitingFor.includes(id),
  );
  if (site === undefined) {
    return [];
  }
  onSiteCommandFinished(turn, site, id, outcome);
  return [site];
}
