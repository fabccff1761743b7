import type { Route } from '../../../src/core/route-plan.ts';
import { familyOf, hostPrefixAddress, parseAddress } from '../../../src/lib/ip.ts';
import { type Device, type DeviceRoute, runLine } from '../support/device.ts';
import type { Faults } from '../support/faults.ts';
import type { Terminal } from '../support/terminal.ts';

export interface EosOptions {
  readonly hostname?: string;
  readonly level?: 1 | 15;
  /** How long one second of the device lasts. */
  readonly secondMs?: number;
  readonly faults?: Faults;
}

interface EosRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly options: string;
}

interface ConfigSession {
  readonly name: string;
  readonly user: string;
  routes: readonly EosRoute[];
}

interface Visit {
  session: ConfigSession | undefined;
}

/**
 * An Arista switch, as the EOS manual's chapter on configure sessions describes it: a session begins as a copy of the
 * running configuration and replaces it when it is committed, for good or until a timer ends.
 */
export class EosDevice implements Device {
  readonly faults: Faults;
  readonly pagerPrompt = ' --More-- ';
  readonly received: string[] = [];
  running: readonly EosRoute[] = [];
  #startup: readonly EosRoute[] = [];
  readonly #options: EosOptions;
  #pending:
    | {
        readonly session: ConfigSession;
        readonly before: readonly EosRoute[];
        readonly timer: NodeJS.Timeout;
      }
    | undefined;

  constructor(options: EosOptions = {}) {
    this.#options = options;
    this.faults = options.faults ?? {};
  }

  get isChangePending(): boolean {
    return this.#pending !== undefined;
  }

  hostRoutes(): readonly DeviceRoute[] {
    return this.running
      .filter(({ prefix }) => hostPrefixAddress(prefix) !== undefined)
      .map(({ prefix, nextHop, options }) => ({ prefix, nextHop, words: options }));
  }

  addForeign({ prefix, nextHop }: Route): void {
    this.running = [...this.running, { prefix, nextHop, options: '' }];
  }

  removeByHand({ prefix, nextHop }: Route): void {
    this.running = this.running.filter(
      (route) => route.prefix !== prefix || route.nextHop !== nextHop,
    );
  }

  goBack(): void {
    if (this.#pending !== undefined) {
      this.#end(this.#pending.session.name, 'abort');
    }
  }

  restart(): void {
    clearTimeout(this.#pending?.timer);
    this.#pending = undefined;
    this.running = this.#startup;
  }

  async serve(terminal: Terminal, user: string): Promise<void> {
    const { hostname = 'leaf-1', level = 15 } = this.#options;
    const visit: Visit = { session: undefined };
    const mark = level === 15 ? '#' : '>';
    for (;;) {
      const mode =
        visit.session === undefined ? '' : `(config-s-${visit.session.name.slice(0, 6)})`;
      const prompt = `${hostname}${mode}${mark}`;
      const line = await terminal.ask(prompt);
      if (line === undefined || (line === 'exit' && visit.session === undefined)) {
        return;
      }
      if (line.trim() === '') {
        continue;
      }
      this.received.push(line);
      const answer = await runLine(terminal, line, () => this.#run(line, visit, terminal, user));
      if (answer === undefined) {
        return;
      }
      await terminal.answer(answer, prompt);
    }
  }

  #run(line: string, visit: Visit, terminal: Terminal, user: string): string {
    if (visit.session !== undefined) {
      return this.#inSession(line, visit, visit.session);
    }
    const [, name, order] = /^configure session (\S+)(?: (commit|abort))?$/.exec(line) ?? [];
    if (name !== undefined) {
      return order === undefined ? this.#open(name, visit, user) : this.#end(name, order);
    }
    switch (line) {
      case 'terminal length 0':
        terminal.pageLength = 0;
        return 'Pagination disabled.\n';
      case 'terminal width 32767':
        return 'Width set to 32767 columns.\n';
      case 'show ip route static | json':
        return this.#table4();
      case 'show ipv6 route static | json':
        return `${JSON.stringify({ routes: this.#installed('ipv6') }, undefined, 4)}\n`;
      case 'show configuration sessions detail | json':
        return this.#sessions();
      case 'show running-config | include ^ip route':
        return this.#configured('ip', 'ipv4');
      case 'show running-config | include ^ipv6 route':
        return this.#configured('ipv6', 'ipv6');
      case 'write memory':
        this.#startup = this.running;
        return 'Copy completed successfully.\n';
      default:
        return '% Invalid input\n';
    }
  }

  #open(name: string, visit: Visit, user: string): string {
    if (this.faults.lockedBy !== undefined) {
      return `% Cannot enter session: configuration is locked by user ${this.faults.lockedBy}\n`;
    }
    visit.session = { name, user, routes: this.running };
    return '';
  }

  #inSession(line: string, visit: Visit, session: ConfigSession): string {
    const timer = /^commit timer (\d\d):(\d\d):(\d\d)$/.exec(line);
    if (line === 'abort') {
      visit.session = undefined;
      return '';
    }
    if (line === 'commit' || timer !== null) {
      visit.session = undefined;
      const before = this.running;
      this.running = session.routes;
      if (timer !== null) {
        const [, hours, minutes, seconds] = timer.map(Number);
        this.#arm(session, before, (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0));
      }
      return '';
    }
    return edit(line, session);
  }

  #arm(session: ConfigSession, before: readonly EosRoute[], seconds: number): void {
    const { secondMs = 1_000 } = this.#options;
    const timer = setTimeout(() => {
      this.running = before;
      this.#pending = undefined;
    }, seconds * secondMs);
    timer.unref();
    this.#pending = { session, before, timer };
  }

  #end(name: string, order: string): string {
    if (this.#pending?.session.name !== name) {
      return `% Cannot ${order} session ${name}: no such session\n`;
    }
    clearTimeout(this.#pending.timer);
    if (order === 'abort') {
      this.running = this.#pending.before;
    }
    this.#pending = undefined;
    return '';
  }

  #sessions(): string {
    const { session } = this.#pending ?? {};
    const sessions =
      session === undefined
        ? {}
        : {
            [session.name]: {
              state: 'pendingCommitTimer',
              commitUser: session.user,
              description: '',
              instances: {},
            },
          };
    return `${JSON.stringify({ maxSavedSessions: 1, maxOpenSessions: 5, sessions }, undefined, 4)}\n`;
  }

  #configured(word: string, family: 'ipv4' | 'ipv6'): string {
    return this.running
      .filter(({ prefix }) => familyOf(prefix) === family)
      .map(({ prefix, nextHop, options }) => `${word} route ${prefix} ${nextHop}${options}\n`)
      .join('');
  }

  #table4(): string {
    const vrfs = {
      default: { routes: this.#installed('ipv4'), allRoutesProgrammedHardware: true },
    };
    return `${JSON.stringify({ vrfs }, undefined, 4)}\n`;
  }

  /** A next hop in 203.0.113.0/24 cannot be resolved on this device. */
  #installed(family: 'ipv4' | 'ipv6'): Readonly<Record<string, unknown>> {
    const shown = this.running.filter(
      ({ prefix, nextHop }) =>
        familyOf(prefix) === family &&
        this.faults.isNotInstalled !== true &&
        !nextHop.startsWith('203.0.113.'),
    );
    return Object.fromEntries(
      [...Map.groupBy(shown, ({ prefix }) => prefix)].map(([prefix, routes]) => [
        prefix,
        {
          routeType: 'static',
          hardwareProgrammed: true,
          vias: routes.map(({ nextHop }) => ({ nexthopAddr: nextHop, interface: 'Ethernet1' })),
        },
      ]),
    );
  }
}

function edit(line: string, session: ConfigSession): string {
  const found = /^(no )?ip(?:v6)? route (\S+\/\d+) (\S+)( tag \d+)?( name \S+)?$/.exec(line);
  const [, no, prefix = '', nextHop = '', tag = '', name = ''] = found ?? [];
  if (found === null || parseAddress(nextHop) === undefined) {
    return '% Invalid input\n';
  }
  const others = session.routes.filter(
    (route) => route.prefix !== prefix || route.nextHop !== nextHop,
  );
  session.routes =
    no === undefined ? [...others, { prefix, nextHop, options: `${tag}${name}` }] : others;
  return '';
}
