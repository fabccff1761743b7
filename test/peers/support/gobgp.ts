import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import type { RawRoute, RouterBench } from '../../contract/route-driver.contract.ts';
import { mustRun, run } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { freePorts } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';
import { peerBinary } from './peer-binary.ts';

/** One GoBGP daemon: where it speaks BGP, and where its API listens. */
export interface Speaker {
  readonly address: string;
  readonly as: number;
  readonly bgpPort: number;
  readonly apiPort: number;
  readonly programs: GobgpPrograms;
  /** So long others keep its routes when it is gone without a word (RFC 4724); not at all unless said. */
  readonly restartSeconds?: number | undefined;
}

/** The daemon and its command line, of one version. */
export interface GobgpPrograms {
  readonly gobgpd: string;
  readonly gobgp: string;
}

/** Debian has version 3; version 4, which has another API, is built by scripts/peers.sh. */
export async function gobgpPrograms(version: 3 | 4): Promise<GobgpPrograms> {
  return version === 3
    ? { gobgpd: 'gobgpd', gobgp: 'gobgp' }
    : { gobgpd: await peerBinary('gobgp4/gobgpd'), gobgp: await peerBinary('gobgp4/gobgp') };
}

/** The speaker that Detour drives, and a peer of it that is nobody's but the network's. */
export interface GobgpPair extends RouterBench {
  openWith(options: Readonly<Record<string, unknown>>): RouteDriver;
  /** A bench for the flows of the same pair: nobody else makes any there. */
  readonly flows: RouterBench;
  /** Runs the command line of one of the two. */
  cli(which: 'speaker' | 'peer', ...words: readonly string[]): Promise<string>;
  /** Ends one of the two: it says goodbye to the other. */
  stop(which: 'speaker' | 'peer'): Promise<void>;
  /** Ends one of the two without a word. */
  kill(which: 'speaker' | 'peer'): Promise<void>;
  /** Starts one of the two again, with nothing but its configuration. */
  start(which: 'speaker' | 'peer'): Promise<void>;
  /** Where the two take calls. */
  readonly apiPorts: { readonly speaker: number; readonly peer: number };
  /** What the speaker itself holds. */
  readOwn(): Promise<readonly RawRoute[]>;
}

/** Two real GoBGP daemons that peer with each other over loopback. */
export async function openGobgpPair(
  version: 3 | 4 = 3,
  restartSeconds?: number,
): Promise<GobgpPair> {
  const programs = await gobgpPrograms(version);
  const folder = await mkdtemp(join(tmpdir(), 'detour-gobgp-'));
  const parts = new AsyncDisposableStack();
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const [one = 0, two = 0, three = 0, four = 0] = await freePorts(4);
  const same = { programs, restartSeconds };
  const speaker = { address: '127.0.0.1', as: 65_010, bgpPort: one, apiPort: two, ...same };
  const peer = { address: '127.0.0.2', as: 65_002, bgpPort: three, apiPort: four, ...same };
  const daemons = {
    peer: parts.use(await startSpeaker(folder, peer, speaker)),
    speaker: parts.use(await startSpeaker(folder, speaker, peer)),
  };
  await until('the two to be peers', () => isEstablished(speaker), {
    timeoutMs: 40_000,
    everyMs: 200,
  });
  const openWith = (options: Readonly<Record<string, unknown>>): RouteDriver =>
    openRouteDriver('gobgp', {
      router: 'speaker',
      transport: openTransport({ type: 'grpc', port: speaker.apiPort }),
      grpcPort: speaker.apiPort,
      options,
    });
  const narrow = { exceptSources: ['198.51.100.0/24', '2001:db8::/32'] };
  return {
    flows: {
      openDriver: () => openWith({ witnessPort: peer.apiPort, narrow }),
      readRaw: () => redirectedFlows(peer),
      [Symbol.asyncDispose]: () => parts.disposeAsync(),
    },
    openWith,
    openDriver: () => openWith({ witnessPort: peer.apiPort }),
    readRaw: () => hostRoutes(peer),
    addForeign: (route) => byHand(speaker, 'add', route),
    removeForeign: (route) => byHand(speaker, 'del', route),
    cli: (which, ...words) => mustRun(cli(which === 'peer' ? peer : speaker, ...words)),
    stop: (which) => daemons[which].stop(),
    kill: (which) => daemons[which].kill(),
    start: async (which) => {
      const [own, other] = which === 'speaker' ? [speaker, peer] : [peer, speaker];
      daemons[which] = parts.use(await startSpeaker(folder, own, other));
      await until('the two to be peers again', () => isEstablished(speaker), {
        timeoutMs: 40_000,
        everyMs: 200,
      });
    },
    apiPorts: { speaker: speaker.apiPort, peer: peer.apiPort },
    readOwn: () => hostRoutes(speaker),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Starts one daemon that has the other for its neighbour. */
export async function startSpeaker(folder: string, own: Speaker, other: Speaker): Promise<Daemon> {
  const file = join(folder, `${own.as}.toml`);
  await writeFile(file, configOf(own, other));
  const daemon = new Daemon(`gobgpd ${own.as}`, [
    own.programs.gobgpd,
    '-f',
    file,
    '--api-hosts',
    `127.0.0.1:${own.apiPort}`,
    '--pprof-disable',
  ]);
  await until(`gobgpd ${own.as} to answer`, async () => {
    const { exitCode } = await run(cli(own, 'global'));
    return exitCode === 0;
  });
  return daemon;
}

const family = (name: string, isKept: boolean): string => `
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "${name}"
[neighbors.afi-safis.mp-graceful-restart.config]
enabled = ${isKept}
`;

const families = ['ipv4-unicast', 'ipv6-unicast', 'ipv4-flowspec', 'ipv6-flowspec'];

const configOf = (own: Speaker, other: Speaker): string => `
[global.config]
as = ${own.as}
router-id = "10.0.${own.as - 65_000}.1"
port = ${own.bgpPort}
local-address-list = ["${own.address}"]
[[neighbors]]
[neighbors.config]
neighbor-address = "${other.address}"
peer-as = ${other.as}
[neighbors.transport.config]
remote-port = ${other.bgpPort}
local-address = "${own.address}"
[neighbors.timers.config]
connect-retry = 1
idle-hold-time-after-reset = 1
[neighbors.ebgp-multihop.config]
enabled = true
multihop-ttl = 5
[neighbors.graceful-restart.config]
enabled = ${own.restartSeconds !== undefined}
restart-time = ${own.restartSeconds ?? 0}
${families.map((name) => family(name, own.restartSeconds !== undefined)).join('')}`;

const cli = (speaker: Speaker, ...words: readonly string[]): readonly string[] => [
  speaker.programs.gobgp,
  '-p',
  String(speaker.apiPort),
  ...words,
];

/** True when it has a session with its neighbour. */
export async function isEstablished(speaker: Speaker): Promise<boolean> {
  const { stdout } = await run(cli(speaker, 'neighbor'));
  return /Establ/.test(stdout);
}

const tableSchema = z.record(
  z.string(),
  z.array(
    z.object({
      attrs: z.array(
        z.looseObject({
          nexthop: z.string().optional(),
          communities: z.array(z.number()).optional(),
        }),
      ),
    }),
  ),
);

const flowSchema = z.record(
  z.string(),
  z.array(
    z.object({
      attrs: z.array(
        z.looseObject({
          type: z.number(),
          communities: z.array(z.number()).optional(),
          value: z.unknown().optional(),
        }),
      ),
    }),
  ),
);

/** Extended communities, and those of IPv6 (RFC 4360, RFC 5701). */
const extendedTypes = [16, 25];

const redirectSchema = z.array(z.object({ subtype: z.literal(0x0c), value: z.string() })).min(1);

/** Which addresses the flows of a speaker's own table send away, by its own command line: one for each place it leads to. */
async function redirectedFlows(speaker: Speaker): Promise<readonly RawRoute[]> {
  const found: RawRoute[] = [];
  for (const version of ['ipv4-flowspec', 'ipv6-flowspec']) {
    const text = await mustRun(cli(speaker, '-j', 'global', 'rib', '-a', version));
    const table = flowSchema.parse(text.trim() === '' ? {} : JSON.parse(text));
    for (const [flow, [path]] of Object.entries(table)) {
      const [, prefix = ''] = /^\[destination: ([^/]+\/\d+)/.exec(flow) ?? [];
      const attributes = path?.attrs ?? [];
      const extended = attributes.find(({ type }) => extendedTypes.includes(type))?.value;
      const redirect = redirectSchema.safeParse(extended);
      if (redirect.success) {
        const communities = attributes.flatMap((one) => one.communities ?? []);
        // The address, and behind its last colon the flag "copy", which is not set.
        const nextHop = redirect.data[0]?.value.replace(/:0$/, '') ?? '';
        found.push({ prefix, nextHop, words: `${flow} ${communities.join(' ')}` });
      }
    }
  }
  const places = Map.groupBy(found, ({ prefix, nextHop }) => `${prefix} ${nextHop}`);
  return inOrder(
    [...places.values()].flatMap(([first, ...more]) =>
      first === undefined
        ? []
        : [
            {
              ...first,
              words: [first, ...more]
                .map(({ words }) => words)
                .toSorted()
                .join(', '),
            },
          ],
    ),
  );
}

/** What a speaker's own table holds, by its own command line. */
export async function hostRoutes(speaker: Speaker): Promise<readonly RawRoute[]> {
  const found: RawRoute[] = [];
  for (const version of ['ipv4', 'ipv6']) {
    const text = await mustRun(cli(speaker, '-j', 'global', 'rib', '-a', version));
    const table = tableSchema.parse(text.trim() === '' ? {} : JSON.parse(text));
    for (const [prefix, [path]] of Object.entries(table)) {
      const nextHop = path?.attrs.find((one) => one.nexthop !== undefined)?.nexthop ?? '';
      const communities = path?.attrs.flatMap((one) => one.communities ?? []) ?? [];
      found.push({ prefix, nextHop, words: communities.join(' ') });
    }
  }
  return inOrder(found);
}

const inOrder = (routes: readonly RawRoute[]): readonly RawRoute[] =>
  routes.toSorted((a, b) => (`${a.prefix} ${a.nextHop}` < `${b.prefix} ${b.nextHop}` ? -1 : 1));

async function byHand(speaker: Speaker, verb: 'add' | 'del', route: Route): Promise<void> {
  const version = route.prefix.includes(':') ? 'ipv6' : 'ipv4';
  await mustRun(
    cli(speaker, 'global', 'rib', verb, route.prefix, 'nexthop', route.nextHop, '-a', version),
  );
}
