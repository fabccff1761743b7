import { familyOf, prefixContains } from '../lib/ip.ts';
import { suggest } from '../lib/nearest.ts';
import { type Listener, originFindings } from './check-origins.ts';
import { probeFindings } from './check-probes.ts';
import type { Placed } from './draft.ts';
import { duplicates } from './duplicates.ts';
import type { Finding } from './finding.ts';
import type { RouterInput } from './schema/router-schema.ts';
import type { SiteInput } from './schema/site-schema.ts';
import type { ReferenceSettings } from './settings.ts';

/** What a site is checked against. */
export interface Surroundings {
  readonly routers: readonly Placed<RouterInput>[];
  /** Names of routers that are written but could not be read: they are not reported as unknown. */
  readonly brokenRouters: readonly string[];
  readonly references: readonly ReferenceSettings[];
  /** Where the notice server listens. */
  readonly listeners: readonly Listener[];
}

type PlacedSite = Placed<SiteInput>;

function siteRouters(site: SiteInput, { routers }: Surroundings): readonly RouterInput[] {
  return routers.map(({ value }) => value).filter(({ name }) => site.routers.includes(name));
}

function unknownRouters(site: PlacedSite, around: Surroundings): readonly Finding[] {
  const known = around.routers.map(({ value }) => value.name);
  return site.value.routers.flatMap((name, index) =>
    known.includes(name) || around.brokenRouters.includes(name)
      ? []
      : [
          {
            path: [...site.path, 'routers', index],
            what: `there is no router ${name}`,
            remedy: known.length === 0 ? 'describe it under routers:' : suggest(name, known),
          },
        ],
  );
}

/** Addresses that must never be diverted, because Detour or its traffic needs them. */
function reservedAddresses(around: Surroundings): ReadonlyMap<string, string> {
  const reserved = new Map<string, string>();
  for (const { value } of around.routers) {
    for (const hop of [value.nextHop.ipv4, value.nextHop.ipv6]) {
      if (hop !== undefined) {
        reserved.set(hop, `the next hop of router ${value.name}`);
      }
    }
    if (value.drill !== undefined) {
      reserved.set(value.drill.address, `the drill address of router ${value.name}`);
    }
    if ('host' in value.transport) {
      reserved.set(value.transport.host, `the management address of router ${value.name}`);
    }
  }
  for (const { address } of around.references) {
    reserved.set(address, 'a reference of guards.isolation');
  }
  return reserved;
}

function addressFinding(
  address: string,
  site: SiteInput,
  around: Surroundings,
): Omit<Finding, 'path'> | undefined {
  const reserved = reservedAddresses(around).get(address);
  if (reserved !== undefined) {
    const remedy = 'correct one of them: diverting it would cut Detour off';
    return { what: `${address} is ${reserved}`, remedy };
  }
  const routers = siteRouters(site, around);
  const inEstate = routers.filter(({ estate }) =>
    estate.some((prefix) => prefixContains(prefix, address)),
  );
  const isAllKnown = routers.length === site.routers.length;
  if (inEstate.length === 0 && isAllKnown) {
    return {
      what: `${address} lies outside the estate of ${site.routers.join(', ')}`,
      remedy: 'correct the address, or add its prefix to the estate of the router',
    };
  }
  const hopless = inEstate.find(({ nextHop }) => nextHop[familyOf(address)] === undefined);
  return hopless === undefined
    ? undefined
    : {
        what: `router ${hopless.name} has no ${familyOf(address)} next hop for ${address}`,
        remedy: `give the router nextHop.${familyOf(address)}`,
      };
}

function addressFindings(site: PlacedSite, around: Surroundings): readonly Finding[] {
  const addresses = site.value.addresses ?? [];
  const found = addresses.flatMap((address, index) => {
    const finding = addressFinding(address, site.value, around);
    return finding === undefined ? [] : [{ ...finding, path: [...site.path, 'addresses', index] }];
  });
  const keys = addresses.map((key, index) => ({ key, path: [...site.path, 'addresses', index] }));
  return [...found, ...duplicates(keys, 'address', 'take one of them out')];
}

function pinFindings(site: PlacedSite): readonly Finding[] {
  return site.value.addresses !== undefined
    ? []
    : [
        {
          path: [...site.path, 'name'],
          what: `site ${site.value.name} has no addresses`,
          remedy: 'they are resolved from its hostnames and pinned; write them down to be sure',
          isWarning: true,
        },
      ];
}

/** Everything about the sites that no schema can see, with its place. */
export function checkSites(sites: readonly PlacedSite[], around: Surroundings): readonly Finding[] {
  const names = sites.map(({ value, path }) => ({ key: value.name, path: [...path, 'name'] }));
  const hostnames = sites.flatMap(({ value, path }) =>
    value.hostnames.map((key, index) => ({ key, path: [...path, 'hostnames', index] })),
  );
  const reserved = reservedAddresses(around);
  return [
    ...duplicates(names, 'the name', 'rename one of the sites'),
    ...duplicates(
      hostnames,
      'the hostname',
      'a hostname belongs to one site: take one of them out',
    ),
    ...sites.flatMap((site) => {
      const probes = site.value.probes.map(({ name }, index) => ({
        key: name,
        path: [...site.path, 'probes', index, 'name'],
      }));
      return [
        ...unknownRouters(site, around),
        ...addressFindings(site, around),
        ...originFindings(site, { sites, reserved, listeners: around.listeners }),
        ...duplicates(probes, 'the probe name', 'rename one of the probes'),
        ...probeFindings(site),
        ...pinFindings(site),
      ];
    }),
  ];
}
