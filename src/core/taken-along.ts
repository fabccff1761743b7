import { wantsRoutes } from './desired-routes.ts';
import { noticeOrder } from './diversion.ts';
import { neighboursOf } from './estate.ts';
import type { Diversion } from './phase.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/** The site whose standing diversion covers an address of this one, if any. */
export function coveredBy(state: State, name: string): string | undefined {
  const addresses = state.config.sites[name]?.addresses ?? [];
  return neighboursOf(state.config.sites, name, addresses).find((neighbour) => {
    const phase = state.sites.get(neighbour)?.phase;
    return (
      phase !== undefined &&
      phase.name !== 'diverting' &&
      wantsRoutes(phase) &&
      'diversion' in phase &&
      phase.diversion.addresses.some((address) => addresses.includes(address))
    );
  });
}

/** Follows a neighbour whose diversion moved a shared address: this site's visitors see its notice as well. */
export function takeAlong(turn: Turn, name: string, by: string): void {
  const other = turn.site(by)?.phase;
  if (other === undefined || !('diversion' in other)) {
    return;
  }
  const own = turn.state.config.sites[name]?.addresses ?? [];
  const diversion: Diversion = {
    ...other.diversion,
    by: 'neighbour',
    cause: 'shared-address',
    addresses: other.diversion.addresses.filter((address) => own.includes(address)),
  };
  turn.patchSite(name, { pathChangedAt: turn.now });
  // Published with the other's diversion already, unless this site has withdrawn a notice of its own since.
  turn.give({
    type: 'publish-notice',
    id: turn.nextId(),
    order: noticeOrder(turn.state, name, diversion),
  });
  turn.enter(
    name,
    { name: 'diverted', diversion },
    'taken-along',
    `shares an address with ${by}, which is diverted`,
  );
}
