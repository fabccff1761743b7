import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { mustRun, run } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { type Lab, labAddresses } from './lab.ts';
import { speakerPorts } from './speaker-ports.ts';

const backboneAddress = '10.10.3.1';
const asOf = { speaker: 65_010, backbone: 65_001, switch: 65_002 } as const;
const witnessAddress = '10.10.4.21';

interface Party {
  readonly name: keyof typeof speakerPorts;
  readonly address: string;
  readonly as: number;
  readonly neighbours: readonly { readonly address: string; readonly as: number }[];
}

/** Neighbour of both routers: the switch has to forward to the notice server what the backbone sends it. */
const speaker: Party = {
  name: 'speaker',
  address: labAddresses.controller,
  as: asOf.speaker,
  neighbours: [
    { address: labAddresses.switch, as: asOf.switch },
    { address: backboneAddress, as: asOf.backbone },
  ],
};

/** Inside the backbone's own network, where NO_EXPORT lets it hear the diversions. */
const witness: Party = {
  name: 'witness',
  address: witnessAddress,
  as: asOf.backbone,
  neighbours: [{ address: backboneAddress, as: asOf.backbone }],
};

/** What the entry of a router says when it is this speaker. */
export const speakerEntry = {
  driver: 'gobgp',
  transport: { type: 'grpc', port: speakerPorts.speaker },
  options: { witnessPort: speakerPorts.witness },
} as const;

/** Detour's own BGP speaker in a lab whose routers speak BGP, and a witness: both real GoBGP daemons on the controller's machine. */
export class LabSpeaker {
  readonly #lab: Lab;

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Resolves when the routers have sessions with both. */
  static async start(lab: Lab): Promise<LabSpeaker> {
    const own = new LabSpeaker(lab);
    await mustRun([
      ...['ip', '-n', lab.namespace('controller'), 'address', 'add', `${witnessAddress}/24`],
      ...['dev', 'eth0'],
    ]);
    await lab.backbone.configure(
      `router bgp ${asOf.backbone}`,
      ...neighbourLines(speaker, 'ebgp-multihop 3'),
      ...neighbourLines(witness),
    );
    await lab.switch.configure(`router bgp ${asOf.switch}`, ...neighbourLines(speaker));
    for (const party of [witness, speaker]) {
      await own.#launch(party);
    }
    return own;
  }

  /** Announces a route as somebody else would who shares the speaker: without Detour's mark. */
  async addForeign(prefix: string, nextHop: string): Promise<void> {
    await this.#cli('speaker', 'global', 'rib', 'add', prefix, 'nexthop', nextHop);
  }

  /** The host routes that the backbone router has from the speaker and forwards by, as `address via next hop`. */
  async hostRoutes(): Promise<readonly string[]> {
    const text = await this.#lab.backbone.show('show bgp ipv4 unicast json');
    return Object.entries(bgpSchema.parse(JSON.parse(text)).routes)
      .filter(([prefix]) => prefix.endsWith('/32'))
      .flatMap(([prefix, paths]) =>
        paths
          .filter(({ peerId, bestpath }) => peerId === speaker.address && bestpath === true)
          .map(({ nexthops: [hop] }) => `${prefix.replace('/32', '')} via ${hop?.ip}`),
      )
      .toSorted();
  }

  async #launch(party: Party): Promise<void> {
    const file = `${this.#lab.folder}/${party.name}.toml`;
    await writeFile(file, configOf(party));
    const daemon = new Daemon(
      `gobgpd ${party.name}`,
      this.#lab.at('controller', [
        ...['gobgpd', '-f', file, '--pprof-disable'],
        ...['--api-hosts', `127.0.0.1:${speakerPorts[party.name]}`],
      ]),
    );
    this.#lab.use(daemon);
    await until(
      `the ${party.name} to have its sessions`,
      async () => {
        const { stdout } = await run(this.#argv(party.name, 'neighbor'));
        return stdout.match(/Establ/g)?.length === party.neighbours.length;
      },
      { timeoutMs: 40_000 },
    );
  }

  async #cli(which: Party['name'], ...words: readonly string[]): Promise<void> {
    await mustRun(this.#argv(which, ...words));
  }

  #argv(which: Party['name'], ...words: readonly string[]): readonly string[] {
    return this.#lab.at('controller', ['gobgp', '-p', String(speakerPorts[which]), ...words]);
  }
}

function neighbourLines({ address, as }: Party, ...more: readonly string[]): readonly string[] {
  const words = [`remote-as ${as}`, ...more, 'timers 1 3', 'timers connect 1'];
  return [...words, 'advertisement-interval 0'].map((line) => `neighbor ${address} ${line}`);
}

const configOf = ({ address, as, neighbours }: Party): string => `
[global.config]
as = ${as}
router-id = "${address}"
port = -1
${neighbours
  .map(
    (one) => `
[[neighbors]]
[neighbors.config]
neighbor-address = "${one.address}"
peer-as = ${one.as}
[neighbors.transport.config]
local-address = "${address}"
[neighbors.timers.config]
connect-retry = 1
idle-hold-time-after-reset = 1
[neighbors.ebgp-multihop.config]
enabled = ${one.as !== as}
multihop-ttl = 3
`,
  )
  .join('')}`;

const bgpSchema = z.object({
  routes: z.record(
    z.string(),
    z.array(
      z.object({
        peerId: z.string(),
        bestpath: z.boolean().optional(),
        nexthops: z.array(z.object({ ip: z.string() })),
      }),
    ),
  ),
});
