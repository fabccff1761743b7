import { noticeOrder } from './diversion.ts';
import type { Diversion } from './phase.ts';
import type { Turn } from './turn.ts';

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
  const { retryAt } = turn.site(name) ?? {};
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
  if (retryAt !== undefined) {
    // What of its own has just failed is not tried again the sooner for that.
    turn.patchSite(name, { retryAt });
  }
}
