import type { OriginPath, ProbeSpec, Site } from '../../core/site.ts';
import type { State } from '../../core/state.ts';
import { parseDuration } from '../../lib/duration.ts';
import { prefixContains } from '../../lib/ip.ts';
import { own } from '../http/fields.ts';
import type { ProblemError } from '../http/problem.ts';
import type { ProbeInput, SiteInput } from './input-schema.ts';

const durationMs = (text: string): number => parseDuration(text) ?? 0;

function statusRange(range: number | string): readonly [number, number] {
  const [from = '', to = from] = String(range).split('-');
  return [Number(from), Number(to)];
}

function probeOf(input: ProbeInput): ProbeSpec {
  const { name, type, url, port, rise, fall, expect } = input;
  return {
    name,
    type,
    rise,
    fall,
    intervalMs: durationMs(input.interval),
    suspectIntervalMs: durationMs(input.suspectInterval),
    divertedIntervalMs: durationMs(input.divertedInterval),
    timeoutMs: durationMs(input.timeout),
    expect: {
      status: expect.status.map(statusRange),
      ...(expect.body === undefined ? {} : { body: expect.body }),
    },
    ...(url === undefined ? {} : { url }),
    ...(port === undefined ? {} : { port }),
  };
}

function originOf({ origin }: SiteInput): { readonly origin?: OriginPath } {
  if (origin === undefined) {
    return {};
  }
  const { address, sourceAddress } = origin;
  return {
    origin: {
      ...(address === undefined ? {} : { address }),
      ...(sourceAddress === undefined ? {} : { sourceAddress }),
    },
  };
}

/** The site that a request describes, with the addresses it is pinned to. */
export function siteOf(name: string, input: SiteInput, addresses: readonly string[]): Site {
  const { title, hostnames, routers, mode, labels, sharedAddress, noticeStatus } = input;
  return {
    name,
    title,
    hostnames: [...new Set(hostnames)],
    addresses: [...new Set(addresses)],
    routers: [...new Set(routers)],
    mode,
    ...originOf(input),
    probes: input.probes.map(probeOf),
    labels,
    sharedAddress,
    noticeStatus,
    owner: 'api',
  };
}

function probeProblems(input: ProbeInput, index: number, site: Site): readonly ProblemError[] {
  const path = `/body/probes/${index}`;
  if (input.type === 'tcp') {
    return input.port === undefined || input.url !== undefined
      ? [{ path, message: 'A tcp probe has a port and no url.' }]
      : [];
  }
  const url = input.url === undefined ? null : URL.parse(input.url);
  if (url === null || input.port !== undefined) {
    return [{ path, message: `A probe of type ${input.type} has a url, with the port inside it.` }];
  }
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  const errors: ProblemError[] = [];
  if (url.protocol !== `${input.type}:`) {
    errors.push({ path: `${path}/url`, message: `The url must begin with ${input.type}://.` });
  }
  if (!site.hostnames.includes(host) && !site.addresses.includes(host)) {
    const message = `${host} is none of the site's hostnames or addresses; a probe reaches nothing else.`;
    errors.push({ path: `${path}/url`, message });
  }
  if (url.username !== '' || url.password !== '') {
    errors.push({ path: `${path}/url`, message: 'A url must not carry a password.' });
  }
  return errors;
}

function routerProblems(state: State, site: Site): readonly ProblemError[] {
  const unknown = site.routers.flatMap((name, index): readonly ProblemError[] =>
    own(state.config.routers, name) === undefined
      ? [{ path: `/body/routers/${index}`, message: `No router is named ${name}.` }]
      : [],
  );
  const estates = site.routers.flatMap((name) => own(state.config.routers, name)?.estate ?? []);
  const outside = site.addresses.flatMap((address, index): readonly ProblemError[] =>
    estates.some((prefix) => prefixContains(prefix, address))
      ? []
      : [
          {
            path: `/body/addresses/${index}`,
            message: `${address} lies outside the estate of its routers (${estates.join(', ') || 'none'}), so it may not be diverted.`,
          },
        ],
  );
  return [...unknown, ...outside];
}

function hostnameProblems(state: State, site: Site): readonly ProblemError[] {
  const others = Object.values(state.config.sites).filter(({ name }) => name !== site.name);
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

function repeatedProbes(input: SiteInput): readonly ProblemError[] {
  const names = input.probes.map(({ name }) => name);
  return names.flatMap((name, index): readonly ProblemError[] =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: `/body/probes/${index}/name`,
            message: `There is another probe named ${name}; rules could not tell them apart.`,
          },
        ],
  );
}

/** Everything that keeps a well-formed site from being registered beside the others, each with its place. */
export function siteProblems(state: State, input: SiteInput, site: Site): readonly ProblemError[] {
  return [
    ...routerProblems(state, site),
    ...hostnameProblems(state, site),
    ...repeatedProbes(input),
    ...input.probes.flatMap((probe, index) => probeProblems(probe, index, site)),
  ];
}
