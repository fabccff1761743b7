import { formatDuration } from '../lib/duration.ts';
import { type EpochMs, minute, second } from '../lib/time.ts';
import { onceFor } from './once-for.ts';
import type { CoreConfig, State, VantageState } from './state.ts';
import type { Turn } from './turn.ts';
import { leastLive, recentMs } from './verdict.ts';

/** Silence shorter than this may be a restart, or a report under way. */
const shortestSilenceMs = minute;

/** A busy vantage is heard hundreds of times a second; once is enough. */
const hearEveryMs = second;

/** After this long without any result a vantage is silent: no result of its would still be recent. Never, where nothing is probed. */
const silentAfterMs = onceFor((sites: CoreConfig['sites']): number => {
  const paces = Object.values(sites).flatMap(({ probes }) => probes.map(recentMs));
  return paces.length === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(shortestSilenceMs, Math.min(...paces));
});

function put(turn: Turn, name: string, state: VantageState): void {
  turn.patch({ vantages: { ...turn.state.vantages, [name]: state } });
}

/** Notes that a vantage has spoken, whatever it saw. */
export function hearVantage(turn: Turn, name: string): void {
  const known = turn.state.vantages[name];
  if (known === undefined || turn.now - known.heardAt >= hearEveryMs) {
    put(turn, name, { heardAt: turn.now, isSilent: known?.isSilent ?? false });
  }
}

/** The vantages of the configuration that have fallen silent. */
export function silentVantages({ config, vantages }: State): readonly string[] {
  return config.vantages.filter((name) => vantages[name]?.isSilent === true);
}

/** How many vantages speak, of how many, and whether those are enough for a verdict. */
export function speakingCount(state: State): {
  readonly speaking: number;
  readonly total: number;
  readonly isEnough: boolean;
} {
  const total = state.config.vantages.length;
  const speaking = total - silentVantages(state).length;
  return { speaking, total, isEnough: speaking >= leastLive(total) };
}

function tell(turn: Turn, name: string, isSilent: boolean, silentMs: number): void {
  const { speaking, total, isEnough } = speakingCount(turn.state);
  const rest = `${speaking} of ${total} still ${speaking === 1 ? 'does' : 'do'}`;
  const blind = isEnough
    ? rest
    : `${rest}, too few for a verdict: nothing is diverted or restored by itself`;
  const text = isSilent
    ? `vantage ${name} has sent no result for ${formatDuration(Math.round(silentMs / second) * second)}; ${blind}`
    : `vantage ${name} sends results again`;
  const reason = isSilent ? 'vantage-silent' : 'vantage-heard';
  turn.audit(reason, text);
  if (turn.state.isLeader) {
    turn.alert({
      key: `vantage:${name}`,
      severity: isEnough ? 'warning' : 'critical',
      reason,
      text: text.replace('vantage', 'Vantage'),
      isResolved: !isSilent,
    });
  }
}

function follow(turn: Turn, name: string, now: EpochMs): void {
  const known = turn.state.vantages[name];
  if (known === undefined) {
    // One that has just been named has its time to begin.
    put(turn, name, { heardAt: now, isSilent: false });
    return;
  }
  const silentMs = now - known.heardAt;
  const isSilent = silentMs > silentAfterMs(turn.state.config.sites);
  if (isSilent !== known.isSilent) {
    put(turn, name, { ...known, isSilent });
    tell(turn, name, isSilent, silentMs);
  }
}

/** Says once, as time goes by, that a vantage has fallen silent, and that it speaks again: who sees nothing decides nothing. */
export function tellSilentVantages(turn: Turn): void {
  for (const name of turn.state.config.vantages) {
    follow(turn, name, turn.now);
  }
}
