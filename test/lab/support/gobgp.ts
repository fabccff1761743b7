import { writeFile } from 'node:fs/promises';
import { gobgpPrograms } from '../../peers/support/gobgp.ts';
import { mustRun, run } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { inside } from './namespaces.ts';
import { Relay } from './relay.ts';

const apiPort = 50_051;

/** A GoBGP daemon in one namespace. */
export interface GobgpPlan {
  readonly namespace: string;
  /** Where its files may lie. */
  readonly folder: string;
  readonly name: string;
  readonly as: number;
  readonly routerId: string;
  readonly neighbours: readonly { readonly address: string; readonly as: number }[];
  /** So long the neighbours are asked to keep its routes when it is gone without a word (RFC 4724); not at all unless said. */
  readonly restartSeconds?: number;
  /** Debian's version 3 unless said. */
  readonly version?: 3 | 4;
}

/** A GoBGP in a namespace, whose API the test process reaches on a port of its own. */
export class LabGobgp implements AsyncDisposable {
  readonly #plan: GobgpPlan;
  readonly #client: string;
  readonly #daemon: Daemon;
  readonly #relay: Relay;

  private constructor(
    plan: GobgpPlan,
    parts: { readonly client: string; readonly daemon: Daemon; readonly relay: Relay },
  ) {
    this.#plan = plan;
    this.#client = parts.client;
    this.#daemon = parts.daemon;
    this.#relay = parts.relay;
  }

  /** Resolves when its command line answers; its sessions may take a few seconds more. */
  static async start(plan: GobgpPlan): Promise<LabGobgp> {
    const { namespace, folder, name } = plan;
    const file = `${folder}/${name}.toml`;
    await writeFile(file, configOf(plan));
    const { gobgpd, gobgp: client } = await gobgpPrograms(plan.version ?? 3);
    const argv = [gobgpd, '-f', file, '--api-hosts', `127.0.0.1:${apiPort}`, '--pprof-disable'];
    const daemon = new Daemon(`gobgpd ${name}`, inside(namespace, argv));
    await until(`gobgpd ${name} to answer; it said: ${daemon.output}`, async () => {
      const { exitCode } = await run(inside(namespace, [client, 'global']));
      return exitCode === 0;
    });
    const socket = `${folder}/${name}.sock`;
    const relay = await Relay.open({ namespace, host: '127.0.0.1', port: apiPort, socket });
    return new LabGobgp(plan, { client, daemon, relay });
  }

  /** Where its API is reached from the test process. */
  get port(): number {
    return this.#relay.port;
  }

  async cli(...words: readonly string[]): Promise<string> {
    return await mustRun(inside(this.#plan.namespace, [this.#client, ...words]));
  }

  /** Resolves when every neighbour has a session with it. */
  async established(): Promise<void> {
    const { name, neighbours } = this.#plan;
    await until(
      `all neighbours of ${name}`,
      async () => (await this.cli('neighbor')).split('Establ').length - 1 === neighbours.length,
      { timeoutMs: 40_000, everyMs: 100 },
    );
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    await this.#daemon.kill();
  }
}

const families = ['ipv4-unicast', 'ipv6-unicast', 'ipv4-flowspec', 'ipv6-flowspec'];

const configOf = ({ as, routerId, neighbours, restartSeconds }: GobgpPlan): string => `
[global.config]
as = ${as}
router-id = "${routerId}"
${neighbours
  .map(
    (neighbour) => `
[[neighbors]]
[neighbors.config]
neighbor-address = "${neighbour.address}"
peer-as = ${neighbour.as}
[neighbors.timers.config]
connect-retry = 1
idle-hold-time-after-reset = 1
${
  neighbour.as === as
    ? ''
    : `[neighbors.ebgp-multihop.config]
enabled = true
multihop-ttl = 3`
}
[neighbors.graceful-restart.config]
enabled = ${restartSeconds !== undefined}
restart-time = ${restartSeconds ?? 0}
${families
  .map(
    (family) => `[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "${family}"
[neighbors.afi-safis.mp-graceful-restart.config]
enabled = ${restartSeconds !== undefined}
`,
  )
  .join('')}`,
  )
  .join('')}`;
