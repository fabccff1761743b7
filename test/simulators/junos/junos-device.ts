import type { Route } from '../../../src/core/route-plan.ts';
import { familyOf, hostPrefixAddress, parseAddress } from '../../../src/lib/ip.ts';
import { type Device, type DeviceRoute, runLine } from '../support/device.ts';
import type { Faults } from '../support/faults.ts';
import type { Terminal } from '../support/terminal.ts';

export interface JunosOptions {
  readonly hostname?: string;
  /** How long one minute of the device lasts. */
  readonly minuteMs?: number;
  readonly faults?: Faults;
}

interface JunosRoute {
  readonly prefix: string;
  readonly nextHops: readonly string[];
  readonly tag?: string;
}

interface Commit {
  readonly user: string;
  readonly minutes: number | undefined;
}

interface Pending {
  readonly before: readonly JunosRoute[];
  readonly timer: NodeJS.Timeout;
}

type Session = { isConfiguring: boolean };

/**
 * A Juniper device, as the CLI User Guide and the command summaries of `configure exclusive`, `commit`, `rollback`
 * and `show system commit` describe it: one shared candidate, a lock on it, commits that go back by themselves.
 */
export class JunosDevice implements Device {
  readonly faults: Faults;
  readonly pagerPrompt = '---(more 100%)---';
  readonly received: string[] = [];
  active: readonly JunosRoute[] = [];
  readonly #options: JunosOptions;
  #candidate: readonly JunosRoute[] = [];
  #previous: readonly JunosRoute[] = [];
  #commits: readonly Commit[] = [{ user: 'kim', minutes: undefined }];
  #pending: Pending | undefined;
  #lockedBy: Session | undefined;

  constructor(options: JunosOptions = {}) {
    this.#options = options;
    this.faults = options.faults ?? {};
  }

  get isChangePending(): boolean {
    return this.#pending !== undefined;
  }

  /** True when the candidate holds nothing that was not committed. */
  get isCandidateClean(): boolean {
    return this.#candidate === this.active;
  }

  hostRoutes(): readonly DeviceRoute[] {
    return this.active.flatMap(({ prefix, nextHops, tag }) =>
      nextHops.map((nextHop) => ({ prefix, nextHop, words: `tag ${tag ?? 'none'}` })),
    );
  }

  addForeign({ prefix, nextHop }: Route): void {
    this.#put([...this.active, { prefix, nextHops: [nextHop] }]);
  }

  removeByHand({ prefix }: Route): void {
    this.#put(this.active.filter((route) => route.prefix !== prefix));
  }

  restart(): void {
    // Commits are on disk; an unconfirmed one goes back when the device starts.
    this.#goBack();
    this.#lockedBy = undefined;
    this.#candidate = this.active;
  }

  async serve(terminal: Terminal, user: string): Promise<void> {
    const { hostname = 'edge-1' } = this.#options;
    const session: Session = { isConfiguring: false };
    terminal.print('--- JUNOS 21.4R3.15 built 2022-09-02 11:00:00 UTC\n');
    for (;;) {
      const prompt = `${user}@${hostname}${session.isConfiguring ? '#' : '>'} `;
      terminal.print(session.isConfiguring ? '\n[edit]\n' : '');
      const line = await terminal.ask(prompt);
      if (line === undefined || (line === 'exit' && !session.isConfiguring)) {
        this.#release(session);
        return;
      }
      if (line.trim() === '') {
        continue;
      }
      this.received.push(line);
      const answer = await runLine(terminal, line, () =>
        session.isConfiguring
          ? this.#configure(line, session, user)
          : this.#operate(line, session, terminal),
      );
      if (answer === undefined) {
        this.#release(session);
        return;
      }
      await terminal.answer(answer, prompt);
    }
  }

  #put(routes: readonly JunosRoute[]): void {
    this.active = routes;
    this.#candidate = routes;
  }

  /** The end of a session that held the candidate throws away what it had not committed. */
  #release(session: Session): void {
    if (this.#lockedBy === session) {
      this.#lockedBy = undefined;
      this.#candidate = this.active;
    }
    session.isConfiguring = false;
  }

  #operate(line: string, session: Session, terminal: Terminal): string {
    switch (line) {
      case 'set cli screen-length 0':
        terminal.pageLength = 0;
        return 'Screen length set to 0\n';
      case 'set cli screen-width 0':
        return 'Screen width set to 0\n';
      case 'set cli complete-on-space off':
        return 'Disabling complete-on-space\n';
      case 'show configuration routing-options | display set':
        return this.active.map(writeRoute).join('');
      case 'show route table inet.0 protocol static active-path':
        return this.#table('inet.0', 'ipv4');
      case 'show route table inet6.0 protocol static active-path':
        return this.#table('inet6.0', 'ipv6');
      case 'show system commit':
        return this.#history();
      case 'configure exclusive':
        return this.#enter(session);
      default:
        return `                     ^\nunknown command.\n`;
    }
  }

  #enter(session: Session): string {
    const { lockedBy, dirtiedBy } = this.faults;
    if (lockedBy !== undefined || this.#lockedBy !== undefined) {
      return `error: configuration database locked by:\n  ${lockedBy ?? 'detour'} terminal p1 (pid 4711) on since 2026-11-24 10:00:00 UTC, idle 00:00:44\n      exclusive [edit]\n`;
    }
    if (dirtiedBy !== undefined) {
      return `Users currently editing the configuration:\n  ${dirtiedBy} terminal p0 (pid 88) on since 2026-11-24 09:59:00 UTC\n      [edit]\nerror: configuration database modified\n`;
    }
    this.#lockedBy = session;
    session.isConfiguring = true;
    return 'warning: uncommitted changes will be discarded on exit\nEntering configuration mode\n';
  }

  #configure(line: string, session: Session, user: string): string {
    const confirmed = /^commit confirmed (\d+)$/.exec(line)?.[1];
    if (confirmed !== undefined) {
      return this.#commit(user, Number(confirmed));
    }
    switch (line) {
      case 'commit':
        return this.#commit(user, undefined);
      case 'commit check':
        return this.#check();
      case 'rollback 0':
        this.#candidate = this.active;
        return 'load complete\n';
      case 'rollback 1':
        this.#candidate = this.#previous;
        return 'load complete\n';
      case 'exit configuration-mode':
        this.#release(session);
        return 'Exiting configuration mode\n';
      default:
        return this.#edit(line);
    }
  }

  #edit(line: string): string {
    const found =
      /^(set|delete) routing-options (?:rib inet6\.0 )?static route (\S+)(?: (next-hop|tag) (\S+))?$/.exec(
        line,
      );
    if (found === null) {
      return `                ^\nsyntax error.\n`;
    }
    const [, verb, prefix = '', word, value = ''] = found;
    const old = this.#candidate.find((one) => one.prefix === prefix);
    const others = this.#candidate.filter((one) => one !== old);
    if (verb === 'delete') {
      this.#candidate = others;
      return old === undefined ? 'warning: statement not found\n' : '';
    }
    if (word === 'next-hop' && parseAddress(value) === undefined) {
      return `invalid ip address or hostname: ${value}\n`;
    }
    const route = old ?? { prefix, nextHops: [] };
    const changed =
      word === 'tag'
        ? { ...route, tag: value }
        : { ...route, nextHops: [...new Set([...route.nextHops, value])] };
    this.#candidate = [...others, changed];
    return '';
  }

  /** A check that passes confirms a commit that waits. */
  #check(): string {
    this.#confirm();
    return 'configuration check succeeds\n';
  }

  #confirm(): void {
    clearTimeout(this.#pending?.timer);
    this.#pending = undefined;
  }

  #commit(user: string, minutes: number | undefined): string {
    const before = this.active;
    this.#confirm();
    this.#previous = before;
    this.#put(this.#candidate);
    this.#commits = [{ user, minutes }, ...this.#commits];
    if (minutes === undefined) {
      return 'commit complete\n';
    }
    const { minuteMs = 60_000 } = this.#options;
    const timer = setTimeout(() => {
      this.#goBack();
    }, minutes * minuteMs);
    timer.unref();
    this.#pending = { before, timer };
    return `commit confirmed will be automatically rolled back in ${minutes} minutes unless confirmed\ncommit complete\n\n# commit confirmed will be rolled back in ${minutes} minute\n`;
  }

  #goBack(): void {
    if (this.#pending !== undefined) {
      const { before } = this.#pending;
      this.#confirm();
      this.#put(before);
      this.#commits = [{ user: 'root', minutes: undefined }, ...this.#commits];
    }
  }

  #history(): string {
    return this.#commits
      .map(({ user, minutes }, index) => {
        const kept = minutes === undefined ? '' : ` commit confirmed, rollback in ${minutes}mins`;
        const pending = index === 0 && this.#pending !== undefined ? '    rollback pending\n' : '';
        return `${index}   2026-11-24 10:0${index % 10}:00 UTC by ${user} via cli${kept}\n${pending}`;
      })
      .join('');
  }

  /** A next hop in 203.0.113.0/24 cannot be resolved on this device: its routes are hidden. */
  #table(name: string, family: 'ipv4' | 'ipv6'): string {
    const shown = this.active.filter(
      ({ prefix, nextHops: [hop = ''] }) =>
        familyOf(prefix) === family &&
        this.faults.isNotInstalled !== true &&
        hostPrefixAddress(prefix) !== undefined &&
        !hop.startsWith('203.0.113.'),
    );
    const rows = shown.map(({ prefix, nextHops }) => {
      const head = prefix.length < 19 ? prefix.padEnd(19) : `${prefix}\n${' '.repeat(19)}`;
      const hops = nextHops.map((hop) => `                    >  to ${hop} via ge-0/0/0.0\n`);
      return `${head}*[Static/5] 00:00:12\n${hops.join('')}`;
    });
    const head = `${name}: ${12 + shown.length} destinations, ${13 + shown.length} routes (${12 + shown.length} active, 0 holddown, 0 hidden)\n+ = Active Route, - = Last Active, * = Both\n\n`;
    return `\n${head}${rows.join('')}`;
  }
}

function writeRoute({ prefix, nextHops, tag }: JunosRoute): string {
  const rib = familyOf(prefix) === 'ipv6' ? 'rib inet6.0 ' : '';
  const start = `set routing-options ${rib}static route ${prefix}`;
  const lines = nextHops.map((hop) => `${start} next-hop ${hop}\n`);
  return `${lines.join('')}${tag === undefined ? '' : `${start} tag ${tag}\n`}`;
}
