import { silentVantages, speakingCount } from '../../core/silent-vantages.ts';
import type { State } from '../../core/state.ts';
import type { HealthReport } from '../http/options.ts';

function blindReason(state: State): readonly string[] {
  const { speaking, total, isEnough } = speakingCount(state);
  const silent = silentVantages(state).join(', ');
  return isEnough
    ? []
    : [
        `Only ${speaking} of ${total} vantages send results (silent: ${silent}), too few for a verdict on any site.`,
      ];
}

/** Why Detour could not divert by itself now, in sentences; none when it is ready. */
export function unreadyReasons(state: State, health: HealthReport): readonly string[] {
  const unread = Object.entries(state.routers)
    .filter(([, { readAt }]) => readAt === undefined)
    .map(([name]) => name);
  return [
    ...(unread.length === 0 ? [] : [`Routers not read yet: ${unread.join(', ')}.`]),
    ...(state.isWarmedUp
      ? []
      : [`The warm-up is not over: ${state.brakes['warm-up'].detail || 'first probe rounds'}.`]),
    ...(state.isLeader
      ? []
      : ['Only the controller that holds the lease acts; this one stands by.']),
    ...blindReason(state),
    ...health.unready,
  ];
}
