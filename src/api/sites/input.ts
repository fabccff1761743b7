import { siteFrom } from '../../config/build-settings.ts';
import type { ProbeSpec, RouterSpec, Site } from '../../core/site.ts';
import type { State } from '../../core/state.ts';
import { familyOf, prefixContains } from '../../lib/ip.ts';
import { own } from '../http/fields.ts';
import type { ProblemError } from '../http/problem.ts';
import type { SiteInput } from './input-schema.ts';

/** The site that a request describes, pinned to these addresses. */
export function siteOf(name: string, input: SiteInput, addresses: readonly string[]): Site {
  return siteFrom({ ...input, name, addresses: [...new Set(addresses)] }, 'api');
}

/** Each type of probe needs its own key, and has no use for the other's. */
function keyProblem({ type, url, port }: ProbeSpec): string | undefined {
  if (type === 'tcp') {
    return port === undefined || url !== undefined
      ? 'A tcp probe has a port and no url.'
      : undefined;
  }
  return url === undefined || port !== undefined
    ? `A probe of type ${type} has a url, with the port inside it.`
    : undefined;
}

function urlProblems(url: string, type: string, site: Site): readonly string[] {
  const parsed = URL.parse(url);
  if (parsed === null) {
    return [`The url must begin with ${type}://.`];
  }
  const { protocol, username, password, hostname } = parsed;
  return [
    ...(protocol === `${type}:` ? [] : [`The url must begin with ${type}://.`]),
    ...(username === '' && password === '' ? [] : ['A url must not carry a password.']),
    ...(site.hostnames.includes(hostname)
      ? []
      : [`${hostname} is no hostname of the site; a probe reaches nothing else.`]),
  ];
}

function probeProblems(site: Site): readonly ProblemError[] {
  const names = site.probes.map(({ name }) => name);
  return site.probes.flatMap((probe, index): readonly ProblemError[] => {
    const path = `/body/probes/${index}`;
    const key = keyProblem(probe);
    const urls =
      key === undefined && probe.url !== undefined ? urlProblems(probe.url, probe.type, site) : [];
    const repeated = `There is another probe named ${probe.name}; rules could not tell them apart.`;
    return [
      ...(key === undefined ? [] : [{ path, message: key }]),
      ...urls.map((message) => ({ path: `${path}/url`, message })),
      ...(names.indexOf(probe.name) === index ? [] : [{ path: `${path}/name`, message: repeated }]),
    ];
  });
}

function routerProblems(state: State, site: Site): readonly ProblemError[] {
  return site.routers.flatMap((name, index): readonly ProblemError[] =>
    own(state.config.routers, name) === undefined
      ? [{ path: `/body/routers/${index}`, message: `No router is named ${name}.` }]
      : [],
  );
}

/** A site falls back when Detour dies only by routers that take their routes back by themselves. */
function deathProblems(state: State, site: Site): readonly ProblemError[] {
  const wish = site.onDeath ?? state.config.guards.onDeath;
  const unable = site.routers.find((name) => {
    const router = own(state.config.routers, name);
    return router !== undefined && router.canLease !== true;
  });
  const message = `The router ${unable} cannot take routes back by itself when Detour dies; write onDeath: stay, or name other routers.`;
  return wish === 'stay' || unable === undefined ? [] : [{ path: '/body/onDeath', message }];
}

/** Why an address may not be diverted by these routers, if it may not. */
function addressProblem(
  address: string,
  routers: readonly RouterSpec[],
  reserved: ReadonlyMap<string, string>,
): string | undefined {
  const purpose = reserved.get(address);
  if (purpose !== undefined) {
    return `${address} is ${purpose}; diverting it would cut Detour off.`;
  }
  const able = routers.filter(({ estate }) =>
    estate.some((prefix) => prefixContains(prefix, address)),
  );
  if (able.length === 0) {
    const estates = routers.flatMap(({ estate }) => estate).join(', ') || 'none';
    return `${address} lies outside the estate of its routers (${estates}), so it may not be diverted.`;
  }
  const hopless = able.find(({ nextHop }) => nextHop[familyOf(address)] === undefined);
  return hopless === undefined
    ? undefined
    : `The router ${hopless.name} has no ${familyOf(address)} next hop for ${address}.`;
}

function addressProblems(
  state: State,
  site: Site,
  reserved: ReadonlyMap<string, string>,
): readonly ProblemError[] {
  const routers = site.routers.flatMap((name) => own(state.config.routers, name) ?? []);
  return site.addresses.flatMap((address, index): readonly ProblemError[] => {
    const message = addressProblem(address, routers, reserved);
    return message === undefined ? [] : [{ path: `/body/addresses/${index}`, message }];
  });
}

function originProblems(
  others: readonly Site[],
  site: Site,
  reserved: ReadonlyMap<string, string>,
): readonly ProblemError[] {
  const { address, passThrough } = site.origin ?? {};
  const ways = [
    { path: '/body/origin/address', to: address },
    { path: '/body/origin/passThrough', to: passThrough?.address },
  ];
  const purpose = passThrough === undefined ? undefined : reserved.get(passThrough.address);
  return [
    ...ways.flatMap(({ path, to }): readonly ProblemError[] => {
      const owner = [site, ...others].find(({ addresses }) => addresses.includes(to ?? ''));
      const message = `${to} is an address of the site ${owner?.name}, which may itself be diverted.`;
      return owner === undefined ? [] : [{ path, message }];
    }),
    ...(purpose === undefined
      ? []
      : [
          {
            path: '/body/origin/passThrough',
            message: `${passThrough?.address} is ${purpose}; who is passed through to it would come back.`,
          },
        ]),
  ];
}

function hostnameProblems(others: readonly Site[], site: Site): readonly ProblemError[] {
  return site.hostnames.flatMap((hostname, index): readonly ProblemError[] => {
    const holder = others.find(({ hostnames }) => hostnames.includes(hostname));
    return holder === undefined
      ? []
      : [
          {
            path: `/body/hostnames/${index}`,
            message: `${hostname} belongs to the site ${holder.name}; a hostname has one notice.`,
          },
        ];
  });
}

/** Addresses of the configuration that must never be diverted, by what they are for. */
function reservedAddresses(
  state: State,
  more: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const hops = Object.values(state.config.routers).flatMap(({ name, nextHop }) =>
    [nextHop.ipv4, nextHop.ipv6].flatMap((hop): readonly [string, string][] =>
      hop === undefined ? [] : [[hop, `the next hop of the router ${name}`]],
    ),
  );
  return new Map([...more, ...hops]);
}

/** Everything that keeps a well-formed site from being registered beside the others, each with its place. */
export function siteProblems(
  state: State,
  site: Site,
  reserved: ReadonlyMap<string, string>,
): readonly ProblemError[] {
  const others = Object.values(state.config.sites).filter(({ name }) => name !== site.name);
  const all = reservedAddresses(state, reserved);
  const ways = others.flatMap(({ name, origin }): readonly [string, string][] =>
    origin?.passThrough === undefined
      ? []
      : [[origin.passThrough.address, `where visitors of the site ${name} are passed through to`]],
  );
  return [
    ...hostnameProblems(others, site),
    ...addressProblems(state, site, new Map([...all, ...ways])),
    ...routerProblems(state, site),
    ...deathProblems(state, site),
    ...originProblems(others, site, all),
    ...probeProblems(site),
  ];
}
