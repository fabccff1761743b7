import { mkdir } from 'node:fs/promises';
import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { Frr } from './frr.ts';
import { forgetEarlierNetwork } from './left-behind.ts';
import { NamespaceClient } from './namespace-client.ts';
import {
  addNamespace,
  inside,
  labFolder,
  newLabName,
  removeLab,
  sweepDeadLabs,
} from './namespaces.ts';
import { backboneDaemons, type RoutingProtocol, switchDaemons } from './router-config.ts';
import { type SshServer, startSshServer } from './sshd.ts';

/** One customer's site: its own host on the site network, one public address, and an origin address that is never diverted. */
export interface LabSite {
  readonly name: string;
  readonly hostname: string;
  readonly address: string;
  readonly originAddress: string;
  /** Its visitors are passed through to the origin address while a neighbour has its address diverted. */
  readonly isPassedThrough?: true;
  /** Its visitors use HTTPS, too, and it is probed so. */
  readonly isOverHttps?: true;
  /** What becomes of its diversion when the controller dies; left to the default unless said. */
  readonly onDeath?: 'stay' | 'fall-back';
}

export const home01: LabSite = {
  name: 'home01',
  hostname: 'home01.example.kr',
  address: '192.168.80.100',
  originAddress: '192.168.80.10',
};

export const home02: LabSite = {
  name: 'home02',
  hostname: 'home02.example.kr',
  address: '192.168.80.200',
  originAddress: '192.168.80.20',
};

/** The two sites of the published procedure. */
export const twoSites: readonly LabSite[] = [home01, home02];

export const labAddresses = {
  client: '10.10.1.2',
  backboneToSites: '192.168.80.1',
  switchToBackbone: '10.10.3.2',
  switch: '10.10.4.1',
  notice: '10.10.4.10',
  controller: '10.10.4.20',
} as const;

/** The place of each party: all of them are namespaces of one lab. */
export type LabPlace = 'client' | 'backbone' | 'switch' | 'notice' | 'controller' | `site${number}`;

export interface LabPlan {
  readonly protocol: RoutingProtocol;
  readonly sites: readonly LabSite[];
}

/**
 * The network of the published procedure with real routers and real TCP:
 * client - backbone - sites, and backbone - notice switch - notice server and controller.
 * A static /32 on the notice switch reaches the backbone by OSPF or BGP.
 */
export class Lab implements AsyncDisposable {
  readonly name = newLabName();
  readonly plan: LabPlan;
  readonly #parts = new AsyncDisposableStack();
  readonly #origins = new Map<string, Daemon>();
  #backbone: Frr | undefined;
  #switch: Frr | undefined;
  #ssh: SshServer | undefined;
  #client: NamespaceClient | undefined;
  #operator: NamespaceClient | undefined;

  private constructor(plan: LabPlan) {
    this.plan = plan;
  }

  /** Builds everything and resolves when the client is served by every site. A lab that cannot be built is taken away again. */
  static async open(plan: LabPlan): Promise<Lab> {
    await sweepDeadLabs();
    const lab = new Lab(plan);
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

  get backbone(): Frr {
    return here(this.#backbone);
  }

  get switch(): Frr {
    return here(this.#switch);
  }

  get ssh(): SshServer {
    return here(this.#ssh);
  }

  /** Makes requests as a visitor. */
  get client(): NamespaceClient {
    return here(this.#client);
  }

  /** Makes requests from the controller's machine. */
  get operator(): NamespaceClient {
    return here(this.#operator);
  }

  namespace(place: LabPlace): string {
    return `${this.name}-${place}`;
  }

  /** The command line that runs another one at a place. */
  at(place: LabPlace, argv: readonly string[]): readonly string[] {
    return inside(this.namespace(place), argv);
  }

  /** Hands over something that must end before the lab does. */
  use<T extends AsyncDisposable>(part: T): T {
    return this.#parts.use(part);
  }

  /** Runs a site's web server; resolves when it listens. */
  async startOrigin(site: LabSite): Promise<void> {
    const script = new URL('./origin-server.ts', import.meta.url).pathname;
    const daemon = new Daemon(
      `web server of ${site.name}`,
      this.at(this.#placeOf(site), [process.execPath, script, site.name]),
    );
    this.#origins.set(site.name, daemon);
    await until(`the web server of ${site.name}`, () => daemon.output.includes('ready'), {
      timeoutMs: 40_000,
      everyMs: 20,
    });
  }

  /** The web server dies; its host still answers with resets. */
  async killOrigin(site: LabSite): Promise<void> {
    await this.#origins.get(site.name)?.kill();
  }

  /** The notice host takes packets for these addresses as its own (AnyIP). */
  async acceptAtNotice(addresses: readonly string[]): Promise<void> {
    const lines = addresses.map(
      (address) => `route add local ${address}/${address.includes(':') ? 128 : 32} dev lo`,
    );
    await this.#ip('notice', lines);
  }

  /** The notice switch drops everything from the controller towards the sites, and nothing else. */
  async cutControllerFromSites(): Promise<void> {
    const rules = `table inet cut {
      chain forward {
        type filter hook forward priority 0;
        ip saddr ${labAddresses.controller} drop
      }
    }`;
    await mustRun(this.at('switch', ['nft', '-f', '-']), { stdin: rules });
  }

  async healControllerToSites(): Promise<void> {
    await mustRun(this.at('switch', ['nft', 'delete', 'table', 'inet', 'cut']));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
    await removeLab(this.name);
  }

  #placeOf(site: LabSite): LabPlace {
    return `site${this.plan.sites.indexOf(site) + 1}`;
  }

  async #build(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o755 });
    await this.#layNetwork();
    await Promise.all([this.#startRouters(), this.#startSwitchLogin(), this.#startEnds()]);
    await Promise.all(this.plan.sites.map((site) => this.#waitForSite(site)));
  }

  async #layNetwork(): Promise<void> {
    const siteHosts = this.plan.sites.map((site) => this.#placeOf(site));
    const routers: readonly LabPlace[] = ['backbone', 'switch'];
    const hosts: readonly LabPlace[] = ['client', 'notice', 'controller', ...siteHosts];
    await Promise.all([
      ...routers.map((place) => addNamespace(this.namespace(place), { forwards: true })),
      ...hosts.map((place) => addNamespace(this.namespace(place), { forwards: false })),
    ]);
    const wires: readonly (readonly [LabPlace, string, LabPlace, string])[] = [
      ['client', 'eth0', 'backbone', 'client'],
      ['backbone', 'switch', 'switch', 'backbone'],
      ['notice', 'eth0', 'switch', 'notice'],
      ['controller', 'eth0', 'switch', 'controller'],
      ...siteHosts.map((host) => [host, 'eth0', 'backbone', host] as const),
    ];
    for (const [from, fromPort, to, toPort] of wires) {
      await mustRun([
        ...['ip', '-n', this.namespace(from), 'link', 'add', fromPort, 'type', 'veth'],
        ...['peer', 'name', toPort, 'netns', this.namespace(to)],
      ]);
    }
    await Promise.all([
      this.#configureRouters(siteHosts),
      this.#configureClient(),
      this.#configureHost('notice', [`${labAddresses.notice}/24`, 'fd10:4::10/64']),
      this.#configureController(),
      ...this.plan.sites.map((site) => this.#configureSiteHost(site)),
    ]);
  }

  async #configureRouters(siteHosts: readonly LabPlace[]): Promise<void> {
    await this.#ip('backbone', [
      ...bridge('sites', siteHosts, [`${labAddresses.backboneToSites}/24`, 'fd10:80::1/64']),
      ...port('client', ['10.10.1.1/24', 'fd10:1::1/64']),
      ...port('switch', ['10.10.3.1/24', 'fd10:3::1/64']),
    ]);
    await this.#ip('switch', [
      ...bridge('hosts', ['notice', 'controller'], [`${labAddresses.switch}/24`, 'fd10:4::1/64']),
      ...port('backbone', [`${labAddresses.switchToBackbone}/24`, 'fd10:3::2/64']),
    ]);
  }

  async #configureSiteHost(site: LabSite): Promise<void> {
    const number = this.plan.sites.indexOf(site) + 1;
    await this.#configureHost(this.#placeOf(site), [
      `${site.originAddress}/24`,
      `${site.address}/24`,
      `fd10:80::1${number}/64`,
      `fd10:80::${number}00/64`,
    ]);
  }

  async #configureHost(place: LabPlace, addresses: readonly string[]): Promise<void> {
    const gateways = [...new Set(addresses.map(gatewayOf))];
    await this.#ip(place, [
      ...port('eth0', addresses),
      ...gateways.map((gateway) => `route add default via ${gateway}`),
    ]);
  }

  /**
   * A visitor of the Internet is no neighbour of the backbone, and this one must not behave like one: while a route is on its
   * way back the two routers may hand a packet to each other, and the backbone then redirects the client to the switch, which
   * its wire does not lead to. Linux takes that word for an open connection, and needs 11 s to forget it.
   */
  async #configureClient(): Promise<void> {
    await this.#configureHost('client', [`${labAddresses.client}/24`, 'fd10:1::2/64']);
    await this.#refuseRedirects('client');
  }

  /** As `detour doctor` asks for it: the controller stands beside the notice server, and must not be sent there by a redirect. */
  async #configureController(): Promise<void> {
    await this.#configureHost('controller', [`${labAddresses.controller}/24`, 'fd10:4::20/64']);
    await this.#refuseRedirects('controller');
  }

  async #refuseRedirects(place: LabPlace): Promise<void> {
    const off = ['ipv4.conf.all', 'ipv4.conf.eth0', 'ipv6.conf.eth0'].map(
      (each) => `net.${each}.accept_redirects=0`,
    );
    await mustRun(this.at(place, ['sysctl', '-qw', ...off]));
  }

  async #ip(place: LabPlace, lines: readonly string[]): Promise<void> {
    await mustRun(['ip', '-n', this.namespace(place), '-batch', '-'], {
      stdin: `${lines.join('\n')}\n`,
    });
  }

  async #startRouters(): Promise<void> {
    const { protocol } = this.plan;
    const [backbone, notice] = await Promise.all([
      Frr.start({ namespace: this.namespace('backbone'), daemons: backboneDaemons(protocol) }),
      Frr.start({ namespace: this.namespace('switch'), daemons: switchDaemons(protocol) }),
    ]);
    this.#backbone = this.#parts.use(backbone);
    this.#switch = this.#parts.use(notice);
  }

  async #startSwitchLogin(): Promise<void> {
    await forgetEarlierNetwork(this.namespace('switch'));
    this.#ssh = await startSshServer({
      namespace: this.namespace('switch'),
      folder: this.folder,
      address: labAddresses.switch,
      users: [
        { name: 'detour', shell: 'vtysh' },
        { name: 'ops', shell: 'bash', mayRun: ['/usr/sbin/ip', '/usr/sbin/nft'] },
      ],
    });
  }

  async #startEnds(): Promise<void> {
    const [client, operator] = await Promise.all([
      NamespaceClient.start(this.namespace('client')),
      NamespaceClient.start(this.namespace('controller')),
      ...this.plan.sites.map((site) => this.startOrigin(site)),
    ]);
    this.#client = this.#parts.use(client);
    this.#operator = this.#parts.use(operator);
  }

  /** Served to the visitor and to the controller: the routing protocol has carried both networks. */
  async #waitForSite(site: LabSite): Promise<void> {
    const headers = { host: site.hostname };
    for (const from of [this.client, this.operator]) {
      const look = async (): Promise<boolean> => {
        const answer = await from.request({ address: site.address, headers, timeoutMs: 500 });
        return answer.headers['x-lab'] === site.name;
      };
      await until(`${site.name} to be served`, look, { timeoutMs: 30_000 });
    }
  }
}

function here<T>(part: T | undefined): T {
  if (part === undefined) {
    throw new Error('This part of the lab has not been started');
  }
  return part;
}

function port(name: string, addresses: readonly string[]): readonly string[] {
  return [
    `link set ${name} up`,
    ...addresses.map((address) => `address add ${address} dev ${name}`),
  ];
}

function bridge(
  name: string,
  members: readonly string[],
  addresses: readonly string[],
): readonly string[] {
  return [
    `link add ${name} type bridge`,
    ...members.flatMap((member) => [`link set ${member} master ${name}`, `link set ${member} up`]),
    ...port(name, addresses),
  ];
}

/** Every network's router has the number 1. */
function gatewayOf(address: string): string {
  const host = address.split('/')[0] ?? '';
  return host.includes(':') ? host.replace(/::.*$/, '::1') : host.replace(/\.\d+$/, '.1');
}
