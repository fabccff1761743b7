import { onceFor } from './once-for.ts';
import type { Site } from './site.ts';

const purpose = 'drill';

/** The name of the site that stands for the drill address of a router. */
export const drillSiteName = (router: string): string => `drill-${router}`;

/**
 * A drill moves a site like any other, so that it tries the very way of a real diversion: this one has a reserved address,
 * no probes and no owner but Detour, and nothing moves it but an order.
 */
export function drillSite(
  router: string,
  { address, port }: { readonly address: string; readonly port: number },
): Site {
  const name = drillSiteName(router);
  return {
    name,
    title: { ko: `${router} 전환 훈련`, en: `Drill of ${router}` },
    hostnames: [`${name}.drill.invalid`],
    addresses: [address],
    routers: [router],
    mode: 'observe',
    probes: [],
    labels: { purpose },
    sharedAddress: 'any',
    noticeStatus: 503,
    onDeath: 'stay',
    owner: 'file',
    lookPort: port,
  };
}

/** True for a site that stands for a drill address: nobody owns it, and nothing of it can fail. */
function isDrillSite({ labels, probes }: Site): boolean {
  return labels['purpose'] === purpose && probes.length === 0;
}

/** How many sites somebody owns: what a share of the sites is a share of. Each drilled router has one that does not count. */
export const countOwnedSites = onceFor(
  (sites: Readonly<Record<string, Site>>): number =>
    Object.values(sites).filter((site) => !isDrillSite(site)).length,
);
