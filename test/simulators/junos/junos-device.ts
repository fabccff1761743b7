import type { Route } from '../../../src/core/route-plan.ts';
import { familyOf, hostPrefixAddress, parseAddress } from '../../../src/lib/ip.ts';
import { type Device, type DeviceRoute, type NetconfWire, runLine } from '../support/device.ts';
import type { Faults } from '../support/faults.ts';
import type { Terminal } from '../support/terminal.ts';
import { serveJunosNetconf } from './netconf.ts';
import { type JunosRoute, JunosStore } from './store.ts';
import { commitsXml, configurationXml, displayXml, tableXml } from './words.ts';

export interface JunosDeviceOptions {
  readonly hostname?: string;
  /** How long one minute of the device lasts. */
  readonly minuteMs?: number;
  readonly netconf?: '1.0' | '1.1';
  /** Printed above each prompt, as on a chassis with two routing engines. */
  readonly engine?: string;
  /** What a check of the candidate says instead of succeeding. */
  readonly checkFails?: string;
  /** Its history does not tell whether a commit waits. */
  readonly isHistoryMute?: true;
  readonly faults?: Faults;
}

interface Session {
  readonly user: string;
  mode: 'operational' | 'shared' | 'exclusive';
}

/** A Juniper device: see the readme for the manual sections behind its words. */
export class JunosDevice implements Device {
  readonly faults: Faults;
  readonly pagerPrompt = '---(more)---';
  readonly received: string[] = [];
  readonly store: JunosStore;
  readonly options: JunosDeviceOptions;

  constructor(options: JunosDeviceOptions = {}) {
    this.options = options;
    this.faults = options.faults ?? {};
    this.store = new JunosStore(options.minuteMs ?? 60_000);
  }

  get isChangePending(): boolean {
    return this.store.isPending;
  }

  hostRoutes(): readonly DeviceRoute[] {
    return this.store.committed.flatMap((route) =>
      route.nextHops.map((nextHop) => ({
        prefix: route.prefix,
        nextHop,
        words: JSON.stringify(route),
      })),
    );
  }

  addForeign({ prefix, nextHop }: Route): void {
    this.store.byHand((routes) => [...routes, { prefix, nextHops: [nextHop] }]);
  }

  removeByHand({ prefix }: Route): void {
    this.store.byHand((routes) => routes.filter((route) => route.prefix !== prefix));
  }

  goBack(): void {
    this.store.revert();
  }

  restart(): void {
    this.store.revert();
  }

  serveNetconf(wire: NetconfWire, user: string): void {
    serveJunosNetconf(this, wire, user);
  }

  async serve(terminal: Terminal, user: string): Promise<void> {
    const { hostname = 'edge-1', engine } = this.options;
    const session: Session = { user, mode: 'operational' };
    terminal.print('--- JUNOS 21.4R3.15 Kernel 64-bit  JNPR-12.1-20220718\n');
    try {
      for (;;) {
        const isConfiguring = session.mode !== 'operational';
        terminal.print(`\n${engine ?? ''}${isConfiguring ? '[edit]' : ''}\n`);
        const prompt = `${user}@${hostname}${isConfiguring ? '#' : '>'} `;
        const line = await terminal.ask(prompt);
        if (line === undefined || (line === 'exit' && !isConfiguring)) {
          return;
        }
        if (line.trim() === '') {
          continue;
        }
        this.received.push(line);
        const answer = await runLine(terminal, line, () => this.#run(line, session, terminal));
        if (answer === undefined) {
          return;
        }
        await terminal.answer(answer, prompt);
      }
    } finally {
      this.store.release(session);
    }
  }

  /** The XML of what a session asks, for either protocol. */
  show(what: string): string | undefined {
    const { committed, history, isPending } = this.store;
    switch (what) {
      case 'configuration':
        return configurationXml(committed);
      case 'inet.0':
        return tableXml('inet.0', this.#installed('ipv4'));
      case 'inet6.0':
        return tableXml('inet6.0', this.#installed('ipv6'));
      case 'commits':
        return commitsXml(history, isPending && this.options.isHistoryMute !== true);
      default:
        return undefined;
    }
  }

  #run(line: string, session: Session, terminal: Terminal): string | Promise<string> {
    return session.mode === 'operational'
      ? this.#operate(line, session, terminal)
      : this.#configure(line, session, terminal);
  }

  #operate(line: string, session: Session, terminal: Terminal): string {
    switch (line) {
      case 'set cli screen-length 0':
        terminal.pageLength = 0;
        return 'Screen length set to 0\n';
      case 'set cli screen-width 0':
        return 'Screen width set to 0\n';
      case 'configure':
        session.mode = 'shared';
        return `Entering configuration mode\n${this.#editors()}`;
      case 'configure exclusive':
        return this.#enterExclusive(session);
      default:
        return this.#shown(line, false) ?? unknown(line);
    }
  }

  #shown(line: string, isConfiguring: boolean): string | undefined {
    const what =
      /^show route table (inet6?\.0) protocol static \| display xml$/.exec(line)?.[1] ??
      {
        'show configuration routing-options | display xml': 'configuration',
        'show system commit | display xml': 'commits',
      }[line];
    const xml = this.show(what ?? '');
    return xml === undefined ? undefined : displayXml(xml, isConfiguring);
  }

  #editors(): string {
    const { dirtiedBy } = this.faults;
    return dirtiedBy === undefined
      ? ''
      : `Users currently editing the configuration:\n  ${dirtiedBy} terminal p3 (pid 1088) on since 2026-11-24 09:47:58 UTC, idle 00:00:44\n      [edit]\nThe configuration has been changed but not committed\n`;
  }

  #enterExclusive(session: Session): string {
    const { lockedBy, dirtiedBy } = this.faults;
    const holder = lockedBy ?? this.store.lock?.user;
    if (holder !== undefined) {
      return `error: configuration database locked by:\n  ${holder} terminal p0 (pid 4711) on since 2026-11-24 09:58:11 UTC, idle 00:00:12\n      exclusive [edit]\n`;
    }
    if (dirtiedBy !== undefined || this.store.isModified) {
      return 'error: configuration database modified\n';
    }
    session.mode = 'exclusive';
    this.store.lock = { session, user: session.user };
    return 'warning: uncommitted changes will be discarded on exit\nEntering configuration mode\n';
  }

  #configure(line: string, session: Session, terminal: Terminal): string | Promise<string> {
    const { store } = this;
    const operational = line.startsWith('run ') ? this.#shown(line.slice(4), true) : undefined;
    if (operational !== undefined) {
      return operational;
    }
    if (line === 'exit') {
      return this.#exit(session, terminal);
    }
    if (line === 'show | compare') {
      return store.isModified ? '[edit routing-options static]\n+    route 192.0.2.1/32;\n' : '';
    }
    const steps = /^rollback ([01])$/.exec(line)?.[1];
    if (steps !== undefined) {
      store.rollback(Number(steps));
      return 'load complete\n';
    }
    return line.startsWith('commit') ? this.#commit(line, session) : this.#edit(line);
  }

  async #exit(session: Session, terminal: Terminal): Promise<string> {
    const isShared = session.mode === 'shared';
    const isDirty = this.store.isModified || (isShared && this.faults.dirtiedBy !== undefined);
    if (isDirty) {
      terminal.print(
        isShared
          ? 'The configuration has been changed but not committed\n'
          : "The configuration has been changed but not committed\nwarning: Auto rollback on exiting 'configure exclusive'\n",
      );
      const question = isShared ? 'Exit with uncommitted changes?' : 'Discard uncommitted changes?';
      const word = await terminal.ask(`${question} [yes,no] (yes) `);
      if (word === 'no') {
        return '';
      }
    }
    this.store.release(session);
    session.mode = 'operational';
    return 'Exiting configuration mode\n';
  }

  #commit(line: string, { user }: Session): string {
    const minutes = /^commit confirmed (\d+)$/.exec(line)?.[1];
    if (minutes === undefined && line !== 'commit' && line !== 'commit check') {
      return unknown(line);
    }
    if (this.options.checkFails !== undefined) {
      return `[edit routing-options static]\n  'route 192.168.80.101/32'\n    ${this.options.checkFails}\nerror: configuration check-out failed\n`;
    }
    if (line === 'commit check') {
      // The manual: issued while a commit waits to be confirmed, the check confirms it.
      if (!this.store.isModified) {
        this.store.confirm();
      }
      return 'configuration check succeeds\n';
    }
    if (minutes === undefined) {
      this.store.commit({ user, client: 'cli' });
      return 'commit complete\n';
    }
    this.store.commit({ user, client: 'cli', minutes: Number(minutes) });
    return `commit confirmed will be automatically rolled back in ${minutes} minutes unless confirmed\ncommit complete\n\n# commit confirmed will be rolled back in ${minutes} minutes\n`;
  }

  #edit(line: string): string {
    const words =
      /^(set|delete) routing-options (rib inet6\.0 )?static route (\S+)( next-hop (\S+))?( tag (\d+))?$/.exec(
        line,
      );
    if (words === null) {
      return unknown(line);
    }
    const [, act, rib, prefix = '', , nextHop, , tag] = words;
    const address = hostPrefixAddress(prefix);
    const isFitting =
      address !== undefined && (familyOf(address) === 'ipv6') === (rib !== undefined);
    if (!isFitting || (nextHop !== undefined && parseAddress(nextHop) === undefined)) {
      return `${' '.repeat(40)}^\ninvalid ip address or hostname: '${nextHop ?? prefix}' at '${nextHop ?? prefix}'\n`;
    }
    if (act === 'delete') {
      return this.store.delete(prefix, nextHop) ? '' : 'warning: statement not found\n';
    }
    this.store.set(prefix, nextHop ?? '', Number(tag));
    return '';
  }

  /** A next hop in 203.0.113.0/24 cannot be resolved on this device: its routes are hidden. */
  #installed(family: 'ipv4' | 'ipv6'): readonly JunosRoute[] {
    return this.store.committed.filter(
      ({ prefix, nextHops }) =>
        familyOf(prefix) === family &&
        this.faults.isNotInstalled !== true &&
        !nextHops.some((hop) => hop.startsWith('203.0.113.')),
    );
  }
}

const unknown = (line: string): string => `${' '.repeat(line.length)}^\nunknown command.\n`;
