import { defaultGuards } from '../../src/core/guards.ts';
import type { Site } from '../../src/core/site.ts';
import type { CoreConfig } from '../../src/core/state.ts';
import { minute, second } from '../../src/lib/time.ts';
import { edge, site, siteDown } from '../scenario/support/world.ts';
import type { Random } from './random.ts';

/** The way by which visitors of a healthy site are passed through while a neighbour is diverted. */
const passedOrigin = {
  address: '10.10.0.100',
  passThrough: { address: '10.10.0.100', http: 80, https: 443, proxyProtocol: false },
};

/** An estate of a few sites behind two routers, with guards that are in a hurry. */
export function sampleConfig(random: Random): CoreConfig {
  const sites = sampleSites(random);
  return {
    sites: Object.fromEntries(sites.map((one) => [one.name, one])),
    routers: {
      'edge-1': edge,
      'edge-2': { ...edge, name: 'edge-2', nextHop: { ipv4: '198.51.100.2' } },
    },
    rules: [siteDown],
    guards: {
      ...defaultGuards,
      maxActive: { count: random.between(1, 4), share: 0.1 },
      restoreAfterMs: 10 * second,
      holdDown: { initialMs: 20 * second, maxMs: minute },
      trial: { initialMs: 20 * second, maxMs: 2 * minute },
    },
    vantages: random.oneIn(3) ? ['a', 'b', 'c'] : ['a'],
  };
}

/** Sites as an estate has them: some share an address, some can be passed through, some cannot be seen while diverted. */
function sampleSites(random: Random): readonly Site[] {
  const count = random.between(2, 8);
  return Array.from({ length: count }).map((_item, index) => {
    // Now and then two sites share an address.
    const number = index > 0 && random.oneIn(3) ? index - 1 : index;
    const made = site(`s${index}`, `203.0.113.${10 + number}`, {
      sharedAddress: random.pick(['any', 'all', { share: 0.5 }] as const) ?? 'all',
      mode: random.oneIn(6) ? 'confirm' : 'auto',
      routers: random.oneIn(3) ? ['edge-1', 'edge-2'] : ['edge-1'],
    });
    if (!random.oneIn(3)) {
      return random.oneIn(2) ? made : { ...made, origin: passedOrigin };
    }
    const { origin: _, ...blind } = made;
    return blind;
  });
}

/** The same site, probed for its mail as well or no longer. */
export function withMail(spec: Site, hasMail: boolean): Site {
  const web = spec.probes.filter(({ name }) => name === 'web');
  const mail = web.map((probe) => ({ ...probe, name: 'mail' }));
  return { ...spec, probes: hasMail ? [...web, ...mail] : web };
}
