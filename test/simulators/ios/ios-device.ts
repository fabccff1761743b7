import type { Route } from '../../../src/core/route-plan.ts';
import { familyOf, hostPrefix, hostPrefixAddress, parseAddress } from '../../../src/lib/ip.ts';
import { type Device, type DeviceRoute, runLine } from '../support/device.ts';
import type { Faults } from '../support/faults.ts';
import type { Terminal } from '../support/terminal.ts';

/** One static route of the running configuration, as the device keeps it. */
export interface IosRoute {
  readonly family: 'ip' | 'ipv6';
  /** `192.0.2.1 255.255.255.255` or `2001:DB8::1/128`. */
  readonly target: string;
  readonly nextHop: string;
  readonly tag?: number;
  readonly name?: string;
}

export interface IosOptions {
  readonly hostname?: string;
  /** Level of a fresh login: 15 is privileged. */
  readonly level?: 1 | 15;
  readonly enablePassword?: string;
  /** True when `archive` with a `path` is configured. */
  readonly hasArchive?: boolean;
  /** How long one minute of the device lasts. */
  readonly minuteMs?: number;
  readonly faults?: Faults;
}

interface Pending {
  readonly user: string;
  readonly minutes: number;
  readonly before: readonly IosRoute[];
  readonly timer: NodeJS.Timeout;
}

const invalid = (column: number): string =>
  `${' '.repeat(column)}^\n% Invalid input detected at '^' marker.\n`;

const codes4 = `Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area
       + - replicated route, % - next hop override

Gateway of last resort is not set
`;

const codes6 = `IPv6 Routing Table - default - 3 entries
Codes: C - Connected, L - Local, S - Static, U - Per-user Static route
       B - BGP, R - RIP, I1 - ISIS L1, I2 - ISIS L2
`;

/** A Cisco IOS device: see the readme for the manual sections behind its words. */
export class IosDevice implements Device {
  readonly faults: Faults;
  readonly pagerPrompt = ' --More-- ';
  readonly received: string[] = [];
  running: readonly IosRoute[] = [];
  startup: readonly IosRoute[] = [];
  readonly #options: IosOptions;
  #pending: Pending | undefined;

  constructor(options: IosOptions = {}) {
    this.#options = options;
    this.faults = options.faults ?? {};
  }

  get isChangePending(): boolean {
    return this.#pending !== undefined;
  }

  hostRoutes(): readonly DeviceRoute[] {
    return this.running.flatMap((route) => {
      const address = hostAddress(route);
      const nextHop = parseAddress(route.nextHop);
      return address === undefined || nextHop === undefined
        ? []
        : [{ prefix: hostPrefix(address), nextHop, words: writeRoute(route) }];
    });
  }

  addForeign({ prefix, nextHop }: Route): void {
    const address = hostPrefixAddress(prefix) ?? '';
    const isV4 = familyOf(prefix) === 'ipv4';
    const route: IosRoute = isV4
      ? { family: 'ip', target: `${address} 255.255.255.255`, nextHop }
      : { family: 'ipv6', target: prefix.toUpperCase(), nextHop: nextHop.toUpperCase() };
    this.running = [...this.running, route];
  }

  removeByHand({ prefix, nextHop }: Route): void {
    this.running = this.running.filter((route) => {
      const address = hostAddress(route);
      const isMeant =
        address !== undefined &&
        hostPrefix(address) === prefix &&
        parseAddress(route.nextHop) === nextHop;
      return !isMeant;
    });
  }

  goBack(): void {
    this.#revertNow();
  }

  restart(): void {
    clearTimeout(this.#pending?.timer);
    this.#pending = undefined;
    this.running = this.startup;
  }

  async serve(terminal: Terminal, user: string): Promise<void> {
    const { hostname = 'edge-1', level = 15 } = this.#options;
    const session = { isPrivileged: level === 15, isConfiguring: false };
    terminal.print('\n');
    for (;;) {
      const mark = session.isPrivileged ? '#' : '>';
      const prompt = session.isConfiguring ? `${hostname.slice(0, 20)}(config)#` : hostname + mark;
      const line = await terminal.ask(prompt);
      if (line === undefined) {
        return;
      }
      if (line.trim() === '') {
        continue;
      }
      this.received.push(line);
      if (line === 'exit' && !session.isConfiguring) {
        return;
      }
      const answer = await runLine(terminal, line, () => this.#run(line, session, terminal, user));
      if (answer === undefined) {
        return;
      }
      await terminal.answer(answer, prompt);
    }
  }

  #run(
    line: string,
    session: { isPrivileged: boolean; isConfiguring: boolean },
    terminal: Terminal,
    user: string,
  ): string | Promise<string> {
    return session.isConfiguring
      ? this.#configure(line, session)
      : this.#exec(line, session, { terminal, user });
  }

  #configure(line: string, session: { isConfiguring: boolean }): string {
    if (line === 'end' || line === 'exit') {
      session.isConfiguring = false;
      return '';
    }
    const isRemoval = line.startsWith('no ');
    const route = readRoute(isRemoval ? line.slice(3) : line);
    if (typeof route === 'string') {
      return route;
    }
    const others = this.running.filter((other) => !isSame(other, route));
    if (!isRemoval) {
      this.running = [...others, route];
      return '';
    }
    const old = this.running.find((other) => isSame(other, route));
    const isMatch = old !== undefined && (route.tag === undefined || route.tag === old.tag);
    if (!isMatch) {
      return '%No matching route to delete\n';
    }
    this.running = others;
    return '';
  }

  async #exec(
    line: string,
    session: { isPrivileged: boolean; isConfiguring: boolean },
    { terminal, user }: { readonly terminal: Terminal; readonly user: string },
  ): Promise<string> {
    switch (line) {
      case 'terminal length 0':
        terminal.pageLength = 0;
        return '';
      case 'terminal width 511':
        return '';
      case 'show ip route static':
        return this.#table4();
      case 'show ipv6 route static':
        return this.#table6();
      case 'enable':
        return session.isPrivileged ? '' : await this.#enable(session, terminal);
      default:
        return session.isPrivileged ? this.#privileged(line, session, user) : invalid(0);
    }
  }

  async #enable(session: { isPrivileged: boolean }, terminal: Terminal): Promise<string> {
    const { enablePassword } = this.#options;
    if (enablePassword === undefined) {
      return '% No password set\n';
    }
    for (let tries = 1; tries <= 3; tries += 1) {
      const secret = await terminal.ask('Password: ', { isSecret: true });
      this.received.push('(secret)');
      if (secret === enablePassword) {
        session.isPrivileged = true;
        return '';
      }
    }
    return '% Bad secrets\n\n';
  }

  #privileged(line: string, session: { isConfiguring: boolean }, user: string): string {
    const include = /^show running-config \| include \^(ip|ipv6) route$/.exec(line)?.[1];
    if (include !== undefined) {
      return this.running
        .filter(({ family }) => family === include)
        .map(writeRoute)
        .join('');
    }
    const minutes = /^configure terminal(?: revert timer (\d+))?$/.exec(line);
    if (minutes !== null) {
      return this.#enter(session, minutes[1], user);
    }
    switch (line) {
      case 'show archive config rollback timer':
        return this.#timer();
      case 'configure confirm':
        return this.#confirm();
      case 'configure revert now':
        return this.#revertNow();
      case 'write memory':
        this.startup = this.running;
        return 'Building configuration...\n[OK]\n';
      default:
        return invalid(line.length);
    }
  }

  #enter(session: { isConfiguring: boolean }, minutes: string | undefined, user: string): string {
    const { lockedBy } = this.faults;
    if (lockedBy !== undefined) {
      return `Configuration mode locked exclusively by user '${lockedBy}' process '88' from terminal '2'. Please try later.\n`;
    }
    if (minutes !== undefined && this.#options.hasArchive !== true) {
      return '%Turn config archive on before using Rollback Confirmed Change\n';
    }
    session.isConfiguring = true;
    if (minutes === undefined) {
      return 'Enter configuration commands, one per line.  End with CNTL/Z.\n';
    }
    this.#arm(Number(minutes), user);
    return 'Rollback Confirmed Change: Backing up current running config to flash:archive-1\n\nEnter configuration commands, one per line.  End with CNTL/Z.\n';
  }

  #arm(minutes: number, user: string): void {
    clearTimeout(this.#pending?.timer);
    const before = this.running;
    const { minuteMs = 60_000 } = this.#options;
    const timer = setTimeout(() => {
      this.running = before;
      this.#pending = undefined;
    }, minutes * minuteMs);
    timer.unref();
    this.#pending = { user, minutes, before, timer };
  }

  #timer(): string {
    return this.#pending === undefined
      ? '%No Rollback Confirmed Change pending\n'
      : `Time configured(or reconfigured): 10:01:22 UTC Tue Nov 24 2026\n  Timer type: absolute timer\n  Timer value: ${this.#pending.minutes} min\n  User: ${this.#pending.user}\n`;
  }

  #confirm(): string {
    if (this.#pending === undefined) {
      return '%No Rollback Confirmed Change pending\n';
    }
    clearTimeout(this.#pending.timer);
    this.#pending = undefined;
    return '';
  }

  #revertNow(): string {
    if (this.#pending === undefined) {
      return '%No Rollback Confirmed Change pending\n';
    }
    clearTimeout(this.#pending.timer);
    this.running = this.#pending.before;
    this.#pending = undefined;
    return 'Rollback Confirmed Change: rolling to:flash:archive-1\n\nTotal number of passes: 1\nRollback Done\n\n';
  }

  /** A next hop in 203.0.113.0/24 cannot be resolved on this device: its routes are configured and not installed. */
  #installed(family: 'ip' | 'ipv6'): readonly IosRoute[] {
    return this.running.filter(
      (route) =>
        route.family === family &&
        this.faults.isNotInstalled !== true &&
        !route.nextHop.startsWith('203.0.113.'),
    );
  }

  #table4(): string {
    const routes = this.#installed('ip').map(({ target, nextHop }) => {
      const [address = ''] = target.split(' ');
      return { network: address.replace(/\.\d+$/, '.0'), address, nextHop };
    });
    const networks = [...new Set(routes.map(({ network }) => network))].sort();
    const parts = networks.map((network) => {
      const inside = routes.filter((route) => route.network === network);
      const lines = inside.map(
        ({ address, nextHop }) => `S        ${address} [1/0] via ${nextHop}\n`,
      );
      return `\n      ${network}/32 is subnetted, ${inside.length} subnets\n${lines.join('')}`;
    });
    return `${codes4}${parts.join('')}`;
  }

  #table6(): string {
    const lines = this.#installed('ipv6').map(
      ({ target, nextHop, tag }) =>
        `S   ${target} [1/0]${tag === undefined ? '' : `, tag ${tag}`}\n     via ${nextHop}\n`,
    );
    return `${codes6}${lines.join('')}`;
  }
}

/** The address of a host route, or undefined for any other. */
function hostAddress({ target }: IosRoute): string | undefined {
  const [address = '', rest = ''] = target.split(/[ /]/);
  return rest === '255.255.255.255' || rest === '128' ? parseAddress(address) : undefined;
}

const isSame = (one: IosRoute, other: IosRoute): boolean =>
  one.target === other.target && one.nextHop === other.nextHop;

/** Reads a route line, or gives the words by which the device refuses it. */
function readRoute(line: string): IosRoute | string {
  const v4 = /^ip route (\S+) (\S+) (\S+)((?: tag \d+| name \S+)*)$/.exec(line);
  const v6 = /^ipv6 route (\S+)\/(\d+) (\S+)((?: tag \d+)*)$/.exec(line);
  if (v4 === null && v6 === null) {
    return invalid(1);
  }
  const [, first = '', second = '', nextHop = '', rest = ''] = v4 ?? v6 ?? [];
  if (parseAddress(first) === undefined || parseAddress(nextHop) === undefined) {
    return invalid(10);
  }
  const tag = /tag (\d+)/.exec(rest)?.[1];
  const name = /name (\S+)/.exec(rest)?.[1];
  return {
    family: v4 === null ? 'ipv6' : 'ip',
    target: v4 === null ? `${first.toUpperCase()}/${second}` : `${first} ${second}`,
    nextHop: v4 === null ? nextHop.toUpperCase() : nextHop,
    ...(tag === undefined ? {} : { tag: Number(tag) }),
    ...(name === undefined ? {} : { name }),
  };
}

/** The device writes the name before the tag, whatever order it was given in. */
function writeRoute({ family, target, nextHop, tag, name }: IosRoute): string {
  const words = [name === undefined ? '' : ` name ${name}`, tag === undefined ? '' : ` tag ${tag}`];
  return `${family} route ${target} ${nextHop}${words.join('')}\n`;
}
