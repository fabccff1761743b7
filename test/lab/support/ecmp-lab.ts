import { mkdir, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { fakeBodies, fakeSnapshot, handOver, makeKeys } from '../../fakes/snapshot.ts';
import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { Frr } from './frr.ts';
import { NamespaceClient } from './namespace-client.ts';
import {
  addNamespace,
  inside,
  labFolder,
  newLabName,
  removeLab,
  sweepDeadLabs,
} from './namespaces.ts';

const program = new URL('../../../bin/detour.js', import.meta.url).pathname;

/** The address that both nodes answer for. */
export const sharedAddress = '203.0.113.10';

/** Each node, its own network towards the router, and the generation in its marker, by which a visitor tells it. */
const nodes = {
  'node-a': { router: '10.1.0.1', address: '10.1.0.2', generation: 1 },
  'node-b': { router: '10.2.0.1', address: '10.2.0.2', generation: 2 },
} as const;
export type NodeName = keyof typeof nodes;
export const nodeNames = ['node-a', 'node-b'] as const;

/** How many of some visits each node answered, and how many ended in which failure. */
export type Tally = Readonly<Record<string, number>>;

/** A client, a router with two equal static routes to one address, and a notice node behind each of them. */
export class EcmpLab implements AsyncDisposable {
  readonly name = newLabName();
  readonly #parts = new AsyncDisposableStack();
  readonly #notices = new Map<NodeName, Daemon>();
  #router: Frr | undefined;
  #client: NamespaceClient | undefined;

  static async open(): Promise<EcmpLab> {
    await sweepDeadLabs();
    const lab = new EcmpLab();
    try {
      await lab.#build();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  /** Runs a command at a place. */
  async run(place: 'client' | 'router' | NodeName, ...argv: readonly string[]): Promise<string> {
    return await mustRun(inside(`${this.name}-${place}`, argv));
  }

  /** Adds or takes away the router's static route to a node. */
  async route(node: NodeName, isThere: boolean): Promise<void> {
    const line = `ip route ${sharedAddress}/32 ${nodes[node].address}`;
    await this.#router?.configure(isThere ? line : `no ${line}`);
  }

  /** Runs a node's notice process; resolves when it serves. */
  async startNotice(node: NodeName): Promise<void> {
    const folder = `${labFolder(this.name)}/${node}`;
    const daemon = this.#parts.use(
      new Daemon(
        `notice on ${node}`,
        inside(`${this.name}-${node}`, [
          ...[process.execPath, program, 'notice'],
          ...[`--config.file=${folder}/notice.yaml`, '--log.format=json'],
        ]),
      ),
    );
    this.#notices.set(node, daemon);
    await until(`the notice on ${node}`, () => daemon.output.includes('Notice plane serves'), {
      timeoutMs: 30_000,
    });
  }

  async killNotice(node: NodeName): Promise<void> {
    await this.#notices.get(node)?.kill();
  }

  /** Visits the address over as many new connections, a few at a time, and tells who answered. */
  async visit(times: number): Promise<Tally> {
    const tally = new Map<string, number>();
    for (let done = 0; done < times; done += 20) {
      const batch = Array.from({ length: Math.min(20, times - done) }, () => this.#visitOnce());
      for (const who of await Promise.all(batch)) {
        tally.set(who, (tally.get(who) ?? 0) + 1);
      }
    }
    return Object.fromEntries(tally);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
    await removeLab(this.name);
  }

  async #visitOnce(): Promise<string> {
    try {
      const answer = await this.#client?.request({ address: sharedAddress, timeoutMs: 1_000 });
      const [, generation] = /generation=(\d+)/.exec(answer?.headers['detour-notice'] ?? '') ?? [];
      return nodeNames.find((node) => nodes[node].generation === Number(generation)) ?? 'nobody';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #wire(
    end: 'client' | NodeName,
    { router, address }: { readonly router: string; readonly address: string },
  ): Promise<void> {
    const namespace = `${this.name}-${end}`;
    await mustRun([
      ...['ip', '-n', namespace, 'link', 'add', 'eth0', 'type', 'veth'],
      ...['peer', 'name', end, 'netns', `${this.name}-router`],
    ]);
    for (const [place, link, own] of [
      [end, 'eth0', address],
      ['router', end, router],
    ] as const) {
      await this.run(place, 'ip', 'link', 'set', link, 'up');
      await this.run(place, 'ip', 'address', 'add', `${own}/24`, 'dev', link);
    }
    await this.run(end, 'ip', 'route', 'add', 'default', 'via', router);
  }

  async #build(): Promise<void> {
    await mkdir(labFolder(this.name), { recursive: true });
    await addNamespace(`${this.name}-router`, { forwards: true });
    // By addresses and ports: visitors are spread, and every packet of a connection goes one way.
    await this.run('router', 'sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1');
    await addNamespace(`${this.name}-client`, { forwards: false });
    await this.#wire('client', { router: '10.3.0.1', address: '10.3.0.2' });
    for (const node of nodeNames) {
      await this.#buildNode(node);
    }
    this.#router = this.#parts.use(
      await Frr.start({
        namespace: `${this.name}-router`,
        // With next hops as kernel objects, FRR 8.4 shows a link that came back as used while the kernel leaves it out.
        daemons: { zebra: ['no zebra nexthop kernel enable'], staticd: [] },
      }),
    );
    this.#client = this.#parts.use(await NamespaceClient.start(`${this.name}-client`));
    for (const node of nodeNames) {
      await this.startNotice(node);
      await this.route(node, true);
    }
    await until('both routes', async () => {
      const installed = await this.run('router', 'ip', 'route', 'show', sharedAddress);
      return nodeNames.every((node) => installed.includes(nodes[node].address));
    });
  }

  async #buildNode(node: NodeName): Promise<void> {
    await addNamespace(`${this.name}-${node}`, { forwards: false });
    await this.#wire(node, nodes[node]);
    await this.run(node, 'ip', 'route', 'add', 'local', `${sharedAddress}/32`, 'dev', 'lo');
    const folder = `${labFolder(this.name)}/${node}`;
    const handover = `${folder}/handover`;
    await mkdir(handover, { recursive: true });
    await writeFile(
      `${folder}/notice.yaml`,
      stringify({
        dataFolder: `${folder}/data`,
        notice: { http: ['0.0.0.0:80'], workers: 1, handover },
      }),
    );
    const keys = makeKeys();
    const { generation } = nodes[node];
    const editions = [{ bodies: fakeBodies('a notice') }];
    const sites = [{ name: 'home01', addresses: [sharedAddress], generation, editions }];
    const limits = { sourceSessions: 10_000, sourceNewPerSecond: 10_000 };
    await handOver(handover, fakeSnapshot({ generation, sites, limits, keys }), keys);
  }
}
