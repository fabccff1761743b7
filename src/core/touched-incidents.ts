import { hostPrefix } from '../lib/ip.ts';
import type { State } from './state.ts';

/** The incidents of the sites whose addresses the change that is under way on a router concerns. */
export function touchedIncidents(state: State, router: string): readonly string[] {
  const { syncing, unconfirmed } = state.routers[router] ?? {};
  const changes = new Set(syncing?.changes ?? unconfirmed?.changes);
  const incidents = Object.values(state.config.sites)
    .filter((site) => site.routers.includes(router))
    .filter(({ addresses }) => addresses.some((address) => changes.has(hostPrefix(address))))
    .flatMap(({ name }) => state.sites.get(name)?.incident ?? []);
  return [...new Set(incidents)];
}
