import { mkdir } from 'node:fs/promises';
import { z } from 'zod';
import type { RawRoute } from '../../contract/route-driver.contract.ts';
import { mustRun } from '../../support/command.ts';
import { Frr } from './frr.ts';
import { type GobgpPlan, LabGobgp } from './gobgp.ts';
import {
  addNamespace,
  inside,
  labFolder,
  newLabName,
  removeLab,
  sweepDeadLabs,
} from './namespaces.ts';

/** Who speaks BGP with the router, each over a wire of its own. */
const parties = {
  /** Detour's own speaker. */
  speaker: { as: 65_010, router: '10.10.6.1', address: '10.10.6.2' },
  /** Inside the router's network: hears what NO_EXPORT keeps there. */
  witness: { as: 65_002, router: '10.10.7.1', address: '10.10.7.2' },
  /** The network next door. */
  outside: { as: 65_003, router: '10.10.8.1', address: '10.10.8.2' },
} as const;
export type BgpParty = keyof typeof parties;

const routerAs = 65_002;

const tableSchema = z.object({
  routes: z.record(
    z.string(),
    z.array(
      z.object({ nexthops: z.array(z.object({ ip: z.string(), scope: z.string().optional() })) }),
    ),
  ),
});

const pathSchema = z.object({
  paths: z.array(
    z.object({
      community: z.object({ list: z.array(z.string()) }).optional(),
      largeCommunity: z.object({ list: z.array(z.string()) }).optional(),
    }),
  ),
});

/** A real FRR that forwards, its notice network, and three parties that speak BGP with it. */
export class BgpLab implements AsyncDisposable {
  readonly name = newLabName();
  readonly folder = labFolder(this.name);
  readonly #parts = new AsyncDisposableStack();
  #router: Frr | undefined;

  /** Builds the network and the router; the speakers are started by whoever needs them. */
  static async open(): Promise<BgpLab> {
    await sweepDeadLabs();
    const lab = new BgpLab();
    try {
      await lab.#build();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  get router(): Frr {
    if (this.#router === undefined) {
      throw new Error('The router has not been started');
    }
    return this.#router;
  }

  namespace(place: BgpParty | 'router'): string {
    return `${this.name}-${place}`;
  }

  /** Where a party is reached by the router, and the router by the party. */
  ends(party: BgpParty): (typeof parties)[BgpParty] {
    return parties[party];
  }

  /** Hands over something that must end before the lab does. */
  use<T extends AsyncDisposable>(part: T): T {
    return this.#parts.use(part);
  }

  /** Runs GoBGP as one of the parties. */
  async startGobgp(
    party: BgpParty,
    options: Pick<GobgpPlan, 'restartSeconds' | 'version'> = {},
  ): Promise<LabGobgp> {
    const { as, router, address } = parties[party];
    return this.#parts.use(
      await LabGobgp.start({
        ...options,
        namespace: this.namespace(party),
        folder: this.folder,
        name: party,
        as,
        routerId: address,
        neighbours: [{ address: router, as: routerAs }],
      }),
    );
  }

  /** The host routes in the router's own BGP table, in a steady order. */
  async hostRoutes(): Promise<readonly RawRoute[]> {
    const found: RawRoute[] = [];
    for (const family of ['ipv4', 'ipv6']) {
      const { routes } = tableSchema.parse(
        JSON.parse(await this.router.show(`show bgp ${family} unicast json`)),
      );
      for (const [prefix, paths] of Object.entries(routes)) {
        const hops = paths.flatMap(({ nexthops }) =>
          nexthops.filter(({ scope }) => scope !== 'link-local'),
        );
        found.push(...hops.map(({ ip }) => ({ prefix, nextHop: ip })));
      }
    }
    return found.toSorted((a, b) =>
      `${a.prefix} ${a.nextHop}` < `${b.prefix} ${b.nextHop}` ? -1 : 1,
    );
  }

  /** The communities, plain and large, with which the router has heard of a prefix. */
  async communitiesOf(prefix: string): Promise<readonly string[]> {
    const text = await this.router.show(`show bgp ipv4 unicast ${prefix} json`);
    const { paths } = pathSchema.parse(JSON.parse(text));
    return paths.flatMap(({ community, largeCommunity }) => [
      ...(community?.list ?? []),
      ...(largeCommunity?.list ?? []),
    ]);
  }

  /** By which next hop the router's kernel forwards to an address, or undefined. */
  async forwardsTo(address: string): Promise<string | undefined> {
    const argv = ['ip', 'route', 'show', address];
    return /via (\S+)/.exec(await mustRun(inside(this.namespace('router'), argv)))?.[1];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
    await removeLab(this.name);
  }

  async #build(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o755 });
    await addNamespace(this.namespace('router'), { forwards: true });
    await this.#ip('router', [
      'link add notice type veth peer name far',
      'link set far up',
      'link set notice up',
      'address add 10.10.4.1/24 dev notice',
      'address add fd10:4::1/64 dev notice nodad',
    ]);
    for (const party of partyNames) {
      await this.#join(party);
    }
    this.#router = this.#parts.use(
      await Frr.start({
        namespace: this.namespace('router'),
        daemons: { zebra: [], bgpd: bgpLines() },
      }),
    );
  }

  async #join(party: BgpParty): Promise<void> {
    const { router, address } = parties[party];
    const namespace = this.namespace(party);
    await addNamespace(namespace, { forwards: false });
    await mustRun([
      ...['ip', '-n', namespace, 'link', 'add', 'eth0', 'type', 'veth'],
      ...['peer', 'name', party, 'netns', this.namespace('router')],
    ]);
    await this.#ip('router', [`address add ${router}/24 dev ${party}`, `link set ${party} up`]);
    await this.#ip(party, [`address add ${address}/24 dev eth0`, 'link set eth0 up']);
  }

  async #ip(place: BgpParty | 'router', lines: readonly string[]): Promise<void> {
    await mustRun(['ip', '-n', this.namespace(place), '-batch', '-'], {
      stdin: `${lines.join('\n')}\n`,
    });
  }
}

const partyNames = ['speaker', 'witness', 'outside'] as const;

const bgpLines = (): readonly string[] => [
  `router bgp ${routerAs}`,
  ' bgp router-id 10.10.6.1',
  ' no bgp ebgp-requires-policy',
  ...partyNames.flatMap((party) => {
    const { as, address } = parties[party];
    return [
      ` neighbor ${address} remote-as ${as}`,
      ` neighbor ${address} timers connect 1`,
      ` neighbor ${address} advertisement-interval 0`,
    ];
  }),
  ' address-family ipv6 unicast',
  ...partyNames.map((party) => `  neighbor ${parties[party].address} activate`),
  ' exit-address-family',
];
