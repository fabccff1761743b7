import { mkdir, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { openHostClient } from '../../../src/notice/host-client.ts';
import type { HostHelper } from '../../../src/ports/host-helper.ts';
import { type FakeSnapshot, fakeSnapshot, handOver, makeKeys } from '../../fakes/snapshot.ts';
import { type CommandResult, mustRun, run } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
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

/** What every party of the smallest lab is called, and where it stands. */
export const hostLab = {
  client: { ipv4: '10.77.0.2', ipv6: 'fd77::2' },
  notice: { ipv4: '10.77.0.1', ipv6: 'fd77::1' },
  /** What the notice host may take: the sites' addresses, and some on the wire itself. */
  estate: ['203.0.0.0/16', '2001:db8:80::/48', '10.77.0.0/24'],
} as const;

/** As a service manager would start the helper: nobody, with CAP_NET_ADMIN and no way to more. */
const oneCapability = [
  ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
  ...['--inh-caps=-all,+net_admin', '--ambient-caps=-all,+net_admin'],
  ...['--bounding-set=-all,+net_admin', '--no-new-privs'],
];

type Place = keyof typeof hostLab;

/** One wire between a client, whose routes stand for the network's, and a notice host. */
export class HostLab implements AsyncDisposable {
  readonly name = newLabName();
  readonly #keys = makeKeys();
  readonly #parts = new AsyncDisposableStack();
  #generation = 0;
  #client: NamespaceClient | undefined;

  /** Builds both ends and the wire; whatever cannot be built is taken away again. */
  static async open(): Promise<HostLab> {
    await sweepDeadLabs();
    const lab = new HostLab();
    try {
      await lab.#build();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  get folder(): string {
    return labFolder(this.name);
  }

  get handover(): string {
    return `${this.folder}/handover`;
  }

  get configFile(): string {
    return `${this.folder}/detour.yaml`;
  }

  get client(): NamespaceClient {
    if (this.#client === undefined) {
      throw new Error('The client has not been started');
    }
    return this.#client;
  }

  /** Speaks to the helper of the notice host: UNIX sockets know no namespaces. */
  get helper(): HostHelper {
    return openHostClient(`${this.handover}/host.sock`);
  }

  at(place: Place, argv: readonly string[]): readonly string[] {
    return inside(`${this.name}-${place}`, argv);
  }

  run(place: Place, ...argv: readonly string[]): Promise<CommandResult> {
    return run(this.at(place, argv));
  }

  must(place: Place, argv: readonly string[], stdin = ''): Promise<string> {
    return mustRun(this.at(place, argv), { stdin });
  }

  /** `detour host …` on the notice host. */
  host(act: string): Promise<CommandResult> {
    return run(
      this.at('notice', [
        ...[process.execPath, program, 'host', act],
        `--config.file=${this.configFile}`,
      ]),
      { timeoutMs: 60_000 },
    );
  }

  async configure(notice: object = {}, more: object = {}): Promise<void> {
    await writeFile(
      this.configFile,
      stringify({
        dataFolder: `${this.folder}/data`,
        notice: {
          http: ['[::]:80'],
          workers: 1,
          handover: this.handover,
          host: { estate: hostLab.estate },
          ...notice,
        },
        ...more,
      }),
    );
  }

  /** The network sends these addresses to the notice host. */
  async route(addresses: readonly string[]): Promise<void> {
    const lines = addresses.map((address) =>
      address.includes(':')
        ? `route add ${address}/128 via ${hostLab.notice.ipv6}`
        : `route add ${address}/32 via ${hostLab.notice.ipv4}`,
    );
    await this.must('client', ['ip', '-batch', '-'], `${lines.join('\n')}\n`);
  }

  async publish(snapshot: Omit<FakeSnapshot, 'keys' | 'generation'>): Promise<void> {
    this.#generation += 1;
    await handOver(
      this.handover,
      fakeSnapshot({ ...snapshot, generation: this.#generation, keys: this.#keys }),
      this.#keys,
    );
  }

  /** Runs the notice process; resolves when it listens. */
  async startNotice(): Promise<Daemon> {
    const daemon = this.#detour(['notice']);
    await until('the notice to serve', () => daemon.output.includes('Notice plane serves'));
    return daemon;
  }

  /** Runs the helper, perhaps as an ordinary user with the one capability; resolves when it answers. */
  async startHelper({ asUser = false } = {}): Promise<Daemon> {
    const daemon = this.#detour(['host', 'run'], asUser ? oneCapability : []);
    await until('the helper to serve', () => {
      if (daemon.hasEnded) {
        throw new Error(daemon.output);
      }
      return daemon.output.includes('Host helper serves');
    });
    return daemon;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
    await removeLab(this.name);
  }

  #detour(words: readonly string[], before: readonly string[] = []): Daemon {
    return this.#parts.use(
      new Daemon(
        `detour ${words.join(' ')}`,
        this.at('notice', [
          ...before,
          ...[process.execPath, program, ...words],
          ...[`--config.file=${this.configFile}`, '--log.format=json'],
        ]),
      ),
    );
  }

  async #build(): Promise<void> {
    await mkdir(this.handover, { recursive: true });
    await this.configure();
    for (const place of ['client', 'notice'] as const) {
      await addNamespace(`${this.name}-${place}`, { forwards: false });
    }
    await mustRun([
      ...['ip', '-n', `${this.name}-client`, 'link', 'add', 'eth0', 'type', 'veth'],
      ...['peer', 'name', 'eth0', 'netns', `${this.name}-notice`],
    ]);
    for (const place of ['client', 'notice'] as const) {
      const { ipv4, ipv6 } = hostLab[place];
      const lines = [
        'link set eth0 up',
        `address add ${ipv4}/24 dev eth0`,
        `address add ${ipv6}/64 dev eth0`,
      ];
      await this.must(place, ['ip', '-batch', '-'], `${lines.join('\n')}\n`);
    }
    this.#client = this.#parts.use(await NamespaceClient.start(`${this.name}-client`));
  }
}
