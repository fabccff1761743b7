import type { Incident } from './incident.ts';
import { diversionOf } from './phase.ts';
import type { SiteState, State } from './state.ts';
import type { Turn } from './turn.ts';

/** The open incident that sites which failed together share; there is never more than one. */
export function openWave(state: State): Incident | undefined {
  return Object.values(state.incidents).find(
    ({ isWave, closedAt }) => isWave === true && closedAt === undefined,
  );
}

/** True when a site is part of this incident now: it may have been restored, or never have failed for long. */
function isPartOf(state: State, name: string, { id }: Incident): boolean {
  return state.sites.get(name)?.incident === id;
}

/** True when a site's incident is one that it shares: what happens to it is told of all together. */
export function isInWave(state: State, name: string): boolean {
  const incident = state.sites.get(name)?.incident;
  return incident !== undefined && state.incidents[incident]?.isWave === true;
}

/** Opens the incident of a mass failure, or takes these sites into the one that is still open. */
export function openOrWidenWave(turn: Turn, sites: readonly string[]): void {
  if (openWave(turn.state) === undefined) {
    turn.putIncident({
      id: `i${turn.nextGeneration()}-mass`,
      sites: [],
      cause: 'network-failure',
      severity: 'critical',
      openedAt: turn.now,
      timeline: [],
      isWave: true,
    });
  }
  for (const name of sites) {
    joinWave(turn, name);
  }
}

/** Makes a site part of the open wave. An incident that it had of its own ends there and says where it goes on. */
export function joinWave(turn: Turn, name: string): void {
  const wave = openWave(turn.state);
  const site = turn.site(name);
  if (wave === undefined || site === undefined || isPartOf(turn.state, name, wave)) {
    return;
  }
  const own = site.incident === undefined ? undefined : turn.state.incidents[site.incident];
  if (own !== undefined) {
    const text = `goes on as part of ${wave.id}`;
    const timeline = [...own.timeline, { at: turn.now, reason: 'wave-joined', text } as const];
    turn.putIncident({ ...own, timeline, closedAt: turn.now });
  }
  if (!wave.sites.includes(name)) {
    turn.putIncident({ ...wave, sites: [...wave.sites, name] });
  }
  turn.patchSite(name, { incident: wave.id });
}

/**
 * True when what begins at this site is a part of the open wave and no matter of its own: it fails while the sites are
 * held, or it was in the wave before, so that one incident at a time tells of it.
 */
export function belongsToWave(turn: Turn, name: string): boolean {
  const wave = openWave(turn.state);
  if (wave === undefined) {
    return false;
  }
  const isFailing = turn.site(name)?.firstFailAt !== undefined;
  return wave.sites.includes(name) || (isFailing && turn.state.brakes['mass-failure'].isActive);
}

/** Words for how many sites of a wave are where, in the order of the way there and back. */
const standings = [
  ['held', 'held back'],
  ['failing', 'failing'],
  ['answering', 'answering again'],
  ['leaving', 'on their way to the notice'],
  ['behind', 'behind their notice'],
  ['returning', 'on their way back'],
  ['back', 'at their origin again'],
] as const;
type Standing = (typeof standings)[number][0];

function standingOf({ phase, heldBack, firstFailAt }: SiteState): Standing {
  switch (phase.name) {
    case 'serving':
    case 'suspect':
      if (firstFailAt === undefined) {
        return 'answering';
      }
      return heldBack === undefined ? 'failing' : 'held';
    case 'diverting':
      return 'leaving';
    case 'diverted':
    case 'recovering':
      return 'behind';
    case 'restoring':
      return 'returning';
    case 'held':
      return diversionOf(phase) === undefined ? 'held' : 'behind';
  }
}

function countStandings(state: State, wave: Incident): ReadonlyMap<Standing, number> {
  const counts = new Map<Standing, number>();
  for (const name of wave.sites) {
    const site = state.sites.get(name);
    const standing = site === undefined || !isPartOf(state, name, wave) ? 'back' : standingOf(site);
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  return counts;
}

/** Tells once that every site of a wave that may leave is behind its notice, in place of a word about each of them. */
function tellDiverted(turn: Turn, wave: Incident, counts: ReadonlyMap<Standing, number>): void {
  const behind = counts.get('behind') ?? 0;
  if (behind <= (wave.toldDiverted ?? 0) || counts.has('leaving')) {
    return;
  }
  turn.putIncident({ ...wave, toldDiverted: behind });
  turn.alert({
    key: `wave:${wave.id}`,
    severity: 'warning',
    reason: 'proven',
    incident: wave.id,
    text: `${behind} of ${wave.sites.length} sites that failed together are diverted and their visitors see the notice`,
    isResolved: false,
  });
}

function isOver(turn: Turn, wave: Incident): boolean {
  return (
    !turn.state.brakes['mass-failure'].isActive &&
    !wave.sites.some((name) => isPartOf(turn.state, name, wave))
  );
}

function close(turn: Turn, wave: Incident): void {
  turn.patchIncident(wave.id, { closedAt: turn.now });
  if (wave.toldDiverted !== undefined) {
    turn.alert({
      key: `wave:${wave.id}`,
      severity: 'info',
      reason: 'restored',
      incident: wave.id,
      text: `All ${wave.sites.length} sites that failed together are at their origin again`,
      isResolved: true,
    });
  }
}

/**
 * Follows the open wave as time goes by: writes how many of its sites are where, each time that has changed, and closes
 * it with the last of them. A line for each step of hundreds of sites would push out what people did.
 */
export function followWave(turn: Turn): void {
  const wave = openWave(turn.state);
  if (wave === undefined) {
    return;
  }
  const counts = countStandings(turn.state, wave);
  const parts = standings.flatMap(([standing, words]) => {
    const count = counts.get(standing);
    return count === undefined ? [] : [`${count} ${words}`];
  });
  const text = `${wave.sites.length} sites: ${parts.join(', ')}`;
  const before = wave.timeline.findLast(({ reason }) => reason === 'wave-progress')?.text;
  if (text !== before) {
    turn.audit('wave-progress', text, { incident: wave.id });
  }
  tellDiverted(turn, turn.state.incidents[wave.id] ?? wave, counts);
  const followed = turn.state.incidents[wave.id] ?? wave;
  if (isOver(turn, followed)) {
    close(turn, followed);
  }
}

/** Ends open incidents that no site is part of: those of sites that are gone, and those that an earlier version left. */
export function closeAbandoned(turn: Turn): void {
  const open = Object.values(turn.state.incidents).filter(
    ({ closedAt, isWave }) => closedAt === undefined && isWave !== true,
  );
  for (const incident of open) {
    if (!incident.sites.some((name) => isPartOf(turn.state, name, incident))) {
      turn.patchIncident(incident.id, { closedAt: turn.now });
    }
  }
}
