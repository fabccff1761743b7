import type { EpochMs } from '../lib/time.ts';
import type { Severity } from './rule.ts';
import type { Turn } from './turn.ts';
import { belongsToWave, joinWave, openWave } from './wave.ts';

/** How an incident of a site begins. */
export interface IncidentStart {
  readonly cause: string;
  readonly severity: Severity;
  readonly openedAt: EpochMs;
}

/** The open incident of a site: the one it has, the wave that it fails with, or one of its own, opened now. */
export function openIncident(turn: Turn, name: string, start: IncidentStart): string {
  const open = turn.site(name)?.incident;
  if (open !== undefined && turn.state.incidents[open]?.closedAt === undefined) {
    return open;
  }
  const wave = belongsToWave(turn, name) ? openWave(turn.state) : undefined;
  if (wave !== undefined) {
    joinWave(turn, name);
    return wave.id;
  }
  const id = `i${turn.nextGeneration()}-${name}`;
  turn.putIncident({ id, sites: [name], ...start, timeline: [] });
  turn.patchSite(name, { incident: id });
  return id;
}

/** Ends a site's part in its incident, and with it the incident if it is the site's own; a wave ends with its last site. */
export function closeIncident(turn: Turn, name: string): void {
  const id = turn.site(name)?.incident;
  if (id === undefined) {
    return;
  }
  if (turn.state.incidents[id]?.isWave !== true) {
    turn.patchIncident(id, { closedAt: turn.now });
  }
  // A time that was promised for this failure is no promise for the next.
  turn.clearSite(name, ['incident', 'expectedRecoveryAt']);
}
