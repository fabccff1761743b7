import type { Route } from '../../../src/core/route-plan.ts';
import { familyOf, hostPrefixAddress, parseAddress, parsePrefix } from '../../../src/lib/ip.ts';
import { type Device, type DeviceRoute, runLine } from '../support/device.ts';
import type { Faults } from '../support/faults.ts';
import type { Terminal } from '../support/terminal.ts';

/** One static route of the running configuration, as FRR keeps it. */
export interface FrrRoute extends Route {
  readonly tag?: number;
  readonly distance?: number;
}

export interface FrrDeviceOptions {
  /** A login begins without rights, and takes them by this. */
  readonly enablePassword?: string;
}

/** What one login has come to. */
interface Session {
  isPrivileged: boolean;
  isConfiguring: boolean;
}

const hostname = 'edge-1';

const unknownCommand = (line: string): string => `% Unknown command: ${line}\n`;

/**
 * FRR at a terminal, as vtysh shows it to whoever logs in by telnet. The words are those that FRR 8.4.4 of Debian 12 gave
 * when the same lines were typed into it; the real one is met in test/lab.
 */
export class FrrDevice implements Device {
  readonly faults: Faults = {};
  readonly pagerPrompt = '--More--';
  readonly received: string[] = [];
  /** FRR has no change that waits to be confirmed. */
  readonly isChangePending = false;
  running: readonly FrrRoute[] = [];
  startup: readonly FrrRoute[] = [];
  readonly #enablePassword: string | undefined;

  constructor({ enablePassword }: FrrDeviceOptions = {}) {
    this.#enablePassword = enablePassword;
  }

  hostRoutes(): readonly DeviceRoute[] {
    return this.running
      .filter(({ prefix }) => hostPrefixAddress(prefix) !== undefined)
      .map((route) => ({ prefix: route.prefix, nextHop: route.nextHop, words: lineOf(route) }));
  }

  addForeign({ prefix, nextHop }: Route): void {
    this.running = [...this.running, { prefix, nextHop }];
  }

  removeByHand(route: Route): void {
    this.running = this.running.filter((one) => !isSame(one, route));
  }

  goBack(): void {
    // Nothing waits to be confirmed.
  }

  restart(): void {
    this.running = this.startup;
  }

  async serve(terminal: Terminal): Promise<void> {
    const session = { isPrivileged: this.#enablePassword === undefined, isConfiguring: false };
    terminal.print('\nHello, this is FRRouting (version 8.4.4).\n\n');
    for (;;) {
      const mark = session.isPrivileged ? '#' : '>';
      const prompt = `${hostname}${session.isConfiguring ? '(config)' : ''}${mark} `;
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
      const answer = await runLine(terminal, line, () => this.#run(line, session, terminal));
      if (answer === undefined) {
        return;
      }
      await terminal.answer(answer, prompt);
    }
  }

  #run(line: string, session: Session, terminal: Terminal): string | Promise<string> {
    if (session.isConfiguring) {
      return this.#configure(line, session);
    }
    switch (line) {
      case 'terminal length 0':
        terminal.pageLength = 0;
        return '';
      case 'show daemons':
        return ' zebra staticd\n';
      case 'show ip route static json':
        return this.#table('ipv4');
      case 'show ipv6 route static json':
        return this.#table('ipv6');
      case 'enable':
        return session.isPrivileged ? '' : this.#enable(session, terminal);
      default:
        return session.isPrivileged ? this.#privileged(line, session) : unknownCommand(line);
    }
  }

  #privileged(line: string, session: Session): string {
    switch (line) {
      case 'configure terminal':
        session.isConfiguring = true;
        return '';
      case 'end':
        return '';
      case 'show running-config':
        return this.#configuration();
      case 'write memory':
        this.startup = this.running;
        return 'Building Configuration...\nConfiguration saved to /etc/frr/staticd.conf\n[OK]\n';
      default:
        return unknownCommand(line);
    }
  }

  #configure(line: string, session: Session): string {
    switch (line) {
      case 'end':
      case 'exit':
        session.isConfiguring = false;
        return '';
      case 'XFRR_start_configuration':
      case 'XFRR_end_configuration':
        return '';
      default:
        return this.#edit(line);
    }
  }

  #edit(line: string): string {
    const isRemoval = line.startsWith('no ');
    const route = routeOf(isRemoval ? line.slice(3) : line);
    if (route === undefined) {
      return unknownCommand(line);
    }
    const others = this.running.filter((one) => !isSame(one, route));
    if (isRemoval && others.length === this.running.length) {
      return '% Refusing to remove a non-existent route\n';
    }
    this.running = isRemoval ? others : [...others, route];
    return '';
  }

  async #enable(session: Session, terminal: Terminal): Promise<string> {
    for (let tries = 1; tries <= 3; tries += 1) {
      const secret = await terminal.ask('Password: ', { isSecret: true });
      this.received.push('(secret)');
      if (secret === this.#enablePassword) {
        session.isPrivileged = true;
        return '';
      }
    }
    return '% Bad enable passwords, too many failures!\n';
  }

  /** What nobody can reach is configured and in no table: 203.0.113.0/24, on this device. */
  #table(family: 'ipv4' | 'ipv6'): string {
    const shown = this.running.filter(
      ({ prefix, nextHop }) =>
        familyOf(prefix) === family &&
        this.faults.isNotInstalled !== true &&
        !nextHop.startsWith('203.0.113.'),
    );
    const entries = shown.map(({ prefix, nextHop, tag = 0, distance = 1 }) => [
      prefix,
      [
        {
          ...{ prefix, protocol: 'static', selected: true, destSelected: true, distance },
          ...{ metric: 0, installed: true, tag, table: 254, uptime: '00:00:08' },
          nexthops: [{ flags: 3, fib: true, ip: nextHop, afi: family, active: true, weight: 1 }],
        },
      ],
    ]);
    return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
  }

  #configuration(): string {
    const lines = this.running.map(lineOf).join('');
    return `Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.4.4\nfrr defaults traditional\nhostname ${hostname}\n!\n${lines}!\nend\n`;
  }
}

/** FRR knows a static route by its prefix and next hop; a line without tag and distance means any. */
const isSame = (one: Route, other: Route): boolean =>
  one.prefix === other.prefix && one.nextHop === other.nextHop;

function routeOf(line: string): FrrRoute | undefined {
  const form = /^(ip|ipv6) route (\S+) (\S+)(?: tag (\d+))?(?: (\d+))?$/;
  const [, word, prefixText = '', hopText = '', tag, distance] = form.exec(line) ?? [];
  const [prefix, nextHop] = [parsePrefix(prefixText), parseAddress(hopText)];
  if (prefix === undefined || nextHop === undefined) {
    return;
  }
  const isItsFamily = familyOf(prefix) === (word === 'ip' ? 'ipv4' : 'ipv6');
  return isItsFamily
    ? {
        prefix,
        nextHop,
        ...(tag === undefined ? {} : { tag: Number(tag) }),
        ...(distance === undefined ? {} : { distance: Number(distance) }),
      }
    : undefined;
}

function lineOf({ prefix, nextHop, tag, distance }: FrrRoute): string {
  const words = [
    familyOf(prefix) === 'ipv4' ? 'ip' : 'ipv6',
    `route ${prefix} ${nextHop}`,
    ...(tag === undefined ? [] : [`tag ${tag}`]),
    ...(distance === undefined ? [] : [distance]),
  ];
  return `${words.join(' ')}\n`;
}
