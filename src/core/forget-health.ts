import type { TargetState } from './state.ts';
import { unknownHealth } from './target-health.ts';
import type { Turn } from './turn.ts';

/** Forgets what was measured over the path that has just changed. */
export function forgetHealth(turn: Turn, name: string): void {
  const site = turn.site(name);
  if (site === undefined) {
    return;
  }
  const forget = (target: TargetState): TargetState => ({ ...target, health: unknownHealth });
  const targets = Object.fromEntries(
    Object.entries(site.targets).map(([id, views]) => [
      id,
      Object.fromEntries(Object.entries(views).map(([vantage, view]) => [vantage, forget(view)])),
    ]),
  );
  // Routing takes a moment to spread (micro-loops of up to 0.3 s were measured); probes begun in it count for nothing.
  const pathChangedAt = turn.now + turn.state.config.guards.settleMs;
  turn.patchSite(name, { targets, pathChangedAt });
  turn.clearSite(name, ['firstFailAt']);
}
