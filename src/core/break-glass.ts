import { isoTime } from '../lib/iso-time.ts';
import type { EpochMs } from '../lib/time.ts';
import type { ControlEvent } from './event.ts';
import type { BreakGlass } from './override.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/** The word of a person that this controller alone acts, while it holds. */
export function brokenGlass({ breakGlass }: State, now: EpochMs): BreakGlass | undefined {
  return breakGlass !== undefined && now < breakGlass.until ? breakGlass : undefined;
}

/** True while this controller may carry out a person's orders: it leads, or a person answers for it. */
export function mayObey(state: State, now: EpochMs): boolean {
  return state.isLeader || brokenGlass(state, now) !== undefined;
}

/** Takes a person's word that no other controller acts. Automation stands still all the same. */
export function onGlassBroken(
  turn: Turn,
  { owner, reason, until }: Extract<ControlEvent, { type: 'glass-broken' }>,
): void {
  if (turn.state.isLeader) {
    return;
  }
  turn.patch({ breakGlass: { owner, reason, setAt: turn.now, until } });
  const text = `until ${isoTime(until)} orders are carried out without the lease: ${reason}`;
  turn.audit('glass-broken', text, { actor: owner });
  turn.alert({
    key: `break-glass:${owner}`,
    severity: 'critical',
    reason: 'glass-broken',
    text: `${owner} has this controller carry out orders without the lease until ${isoTime(until)}: ${reason}`,
    isResolved: false,
  });
}

/** Ends it, for a reason; nothing when it is not in force. */
export function mendGlass(turn: Turn, owner: string, text: string): void {
  const { breakGlass, ...rest } = turn.state;
  if (breakGlass === undefined) {
    return;
  }
  turn.replace(rest);
  turn.audit('glass-mended', text, { actor: owner });
  turn.alert({
    key: `break-glass:${breakGlass.owner}`,
    severity: 'info',
    reason: 'glass-mended',
    text: `Orders are no longer carried out without the lease: ${text}`,
    isResolved: true,
  });
}

/** Ends it when its time is up. */
export function expireGlass(turn: Turn): void {
  const until = turn.state.breakGlass?.until;
  if (until !== undefined && turn.now >= until) {
    mendGlass(turn, 'detour', 'its time is up');
  }
}
