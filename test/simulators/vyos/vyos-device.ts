import type { Route } from '../../../src/core/route-plan.ts';
import { familyOf, hostPrefixAddress, parseAddress } from '../../../src/lib/ip.ts';
import { type Device, type DeviceRoute, runLine } from '../support/device.ts';
import type { Faults } from '../support/faults.ts';
import type { Terminal } from '../support/terminal.ts';

/** Static routes: below each prefix the words of its entry. */
type Statics = ReadonlyMap<string, readonly string[]>;

interface Visit {
  /** The session's own copy of the configuration, while it configures. */
  candidate: Statics | undefined;
  /** What the candidate was when it was opened or last committed. */
  base: Statics;
}

export interface VyosDeviceOptions {
  readonly faults?: Faults;
  /** `system config-management commit-confirm action`; a restart unless it is set. */
  readonly action?: 'reload' | 'reboot';
}

const legend = [
  'Codes: K - kernel route, C - connected, S - static, R - RIP,',
  '       > - selected route, * - FIB route, q - queued, r - rejected, b - backup',
  '       t - trapped, o - offload failure',
  '',
];

/**
 * A VyOS router as its manual describes it: a shell in which everybody edits a copy of their own, a commit that is in
 * effect and not saved, a `commit-confirm` that goes back to the last recorded revision or restarts the router, and the
 * table that FRR prints. Words of `commit-confirm` and `confirm` as vyos-1x has them (python/vyos/config_mgmt.py).
 */
export class VyosDevice implements Device {
  readonly faults: Faults;
  readonly pagerPrompt = ':';
  readonly received: string[] = [];
  running: Statics = new Map();
  /** Somebody's `commit-confirm` waits. */
  isChangePending = false;
  action: VyosDeviceOptions['action'];
  #saved: Statics = new Map();
  /** What a commit that nobody confirms goes back to: a plain commit is recorded, with all that is in effect then. */
  #revision: Statics = new Map();
  #timerStart = 0;

  constructor({ faults = {}, action }: VyosDeviceOptions = {}) {
    this.faults = faults;
    this.action = action;
  }

  hostRoutes(): readonly DeviceRoute[] {
    return [...this.running]
      .filter(([prefix]) => hostPrefixAddress(prefix) !== undefined)
      .flatMap(([prefix, entry]) =>
        hopsOf(entry).map((nextHop) => ({ prefix, nextHop, words: entry.join(', ') })),
      );
  }

  addForeign({ prefix, nextHop }: Route): void {
    const entry = this.running.get(prefix) ?? [];
    this.#run(new Map(this.running).set(prefix, [...entry, `next-hop ${nextHop}`]));
  }

  removeByHand({ prefix }: Route): void {
    this.#run(new Map([...this.running].filter(([key]) => key !== prefix)));
  }

  goBack(): void {
    if (this.action === 'reload') {
      this.isChangePending = false;
      this.running = this.#revision;
    } else {
      this.restart();
    }
  }

  /** Somebody's `commit-confirm`, which changes nothing that matters here. */
  armByHand(): void {
    this.isChangePending = true;
    this.#timerStart += 1_000_000;
  }

  restart(): void {
    this.isChangePending = false;
    this.#run(this.#saved);
  }

  async serve(terminal: Terminal, user: string): Promise<void> {
    const visit: Visit = { candidate: undefined, base: this.running };
    for (;;) {
      const prompt = visit.candidate === undefined ? `${user}@vyos:~$` : `${user}@vyos#`;
      terminal.print(visit.candidate === undefined ? '' : '[edit]\n');
      const line = await terminal.ask(`${prompt} `);
      if (line === undefined || (line === 'exit' && visit.candidate === undefined)) {
        return;
      }
      if (line.trim() === '') {
        continue;
      }
      this.received.push(line);
      const answer = await runLine(terminal, line, () => this.#answer(line, visit, terminal));
      if (answer === undefined) {
        return;
      }
      await terminal.answer(answer, prompt);
    }
  }

  #run(statics: Statics): void {
    this.running = statics;
    this.#revision = statics;
  }

  #answer(line: string, visit: Visit, terminal: Terminal): string | Promise<string> {
    if (visit.candidate !== undefined) {
      return this.#configure(line, { visit, candidate: visit.candidate, terminal });
    }
    switch (line) {
      case 'set terminal length 0':
        terminal.pageLength = 0;
        return '';
      case 'show configuration commands | match "protocols static route"':
        return this.#commands();
      case 'show ip route static':
        return this.#table('ipv4');
      case 'show ipv6 route static':
        return this.#table('ipv6');
      case 'systemctl is-active commit-confirm.timer':
        return this.isChangePending ? 'active\n' : 'inactive\n';
      case 'show configuration commands | match "config-management commit-confirm"':
        return this.action === undefined
          ? ''
          : `set system config-management commit-confirm action '${this.action}'\n`;
      case 'systemctl show commit-confirm.timer --property=ActiveEnterTimestampMonotonic --value':
        return `${this.#timerStart}\n`;
      case 'configure':
        visit.candidate = this.running;
        visit.base = this.running;
        return '';
      default:
        return `\n  Invalid command: [${line}]\n\n`;
    }
  }

  #configure(
    line: string,
    {
      visit,
      candidate,
      terminal,
    }: { readonly visit: Visit; readonly candidate: Statics; readonly terminal: Terminal },
  ): string | Promise<string> {
    const minutes = /^commit-confirm (\d+)$/.exec(line)?.[1];
    if (minutes !== undefined) {
      return this.#commitConfirm(visit, candidate, { minutes, terminal });
    }
    switch (line) {
      case 'commit': {
        const words = this.#commit(visit, candidate);
        if (words === '') {
          this.#revision = this.running;
        }
        return words;
      }
      case 'confirm':
        return this.#confirm();
      case 'save':
        this.#saved = this.running;
        return 'Saving configuration to /config/config.boot...\nDone\n';
      case 'exit discard':
        visit.candidate = undefined;
        return this.#saved === this.running
          ? 'exit\n'
          : 'Warning: configuration changes have not been saved.\nexit\n';
      default:
        return edit(line, visit, candidate);
    }
  }

  /** The timer is set before the commit, and stays when that fails. */
  async #commitConfirm(
    visit: Visit,
    candidate: Statics,
    { minutes, terminal }: { readonly minutes: string; readonly terminal: Terminal },
  ): Promise<string> {
    if (this.isChangePending) {
      return 'Another confirm is pending\n';
    }
    const isReload = this.action === 'reload' && this.faults.saysReboot !== true;
    const act = isReload ? 'reload previous config' : 'reboot';
    terminal.print(
      `\ncommit-confirm will automatically ${act} in ${minutes} minutes\nunless changes are confirmed.\n\n`,
    );
    if (!/^y(es)?$|^$/i.test((await terminal.ask('Proceed ? [Y/n] ')) ?? 'n')) {
      return 'commit-confirm canceled\n';
    }
    if (this.faults.lockedBy !== undefined) {
      return this.#commit(visit, candidate);
    }
    this.armByHand();
    const word = isReload ? 'reload' : 'reboot';
    const initialized = `Initialized commit-confirm; ${minutes} minutes to confirm before ${word}\n`;
    return `${initialized}${this.#commit(visit, candidate)}`;
  }

  #confirm(): string {
    if (!this.isChangePending) {
      return 'No confirm pending\n';
    }
    this.isChangePending = false;
    this.#revision = this.running;
    return this.action === 'reload' ? 'Reload timer stopped\n' : 'Reboot timer stopped\n';
  }

  /** What the session changed, and nothing else of its copy, comes into effect. */
  #commit(visit: Visit, candidate: Statics): string {
    if (this.faults.lockedBy !== undefined) {
      return 'Configuration system temporarily locked due to another commit in progress\n\n';
    }
    if (candidate === visit.base) {
      return 'No configuration changes to commit\n';
    }
    const next = new Map(this.running);
    for (const prefix of new Set([...visit.base.keys(), ...candidate.keys()])) {
      const entry = candidate.get(prefix);
      if (entry === undefined) {
        next.delete(prefix);
      } else if (entry !== visit.base.get(prefix)) {
        next.set(prefix, entry);
      }
    }
    this.running = next;
    visit.base = candidate;
    return '';
  }

  #commands(): string {
    return [...this.running]
      .flatMap(([prefix, entry]) =>
        entry.map((words) => {
          const shown = words.replace(/^description (.*)$/, "description '$1'");
          return `set protocols static ${wordOf(prefix)} ${prefix} ${shown}\n`;
        }),
      )
      .join('');
  }

  /** A next hop in 203.0.113.0/24 cannot be resolved on this device. */
  #table(family: 'ipv4' | 'ipv6'): string {
    const lines = [...this.running]
      .filter(([prefix]) => familyOf(prefix.split('/')[0] ?? '') === family)
      .flatMap(([prefix, entry]) =>
        hopsOf(entry).map((hop) => {
          const isUsed = this.faults.isNotInstalled !== true && !hop.startsWith('203.0.113.');
          return isUsed
            ? `S>* ${prefix} [1/0] via ${hop}, eth0, weight 1, 00:00:07`
            : `S   ${prefix} [1/0] via ${hop} inactive, weight 1, 00:00:07`;
        }),
      );
    return lines.length === 0 ? '' : `${[...legend, ...lines].join('\n')}\n`;
  }
}

function edit(line: string, visit: Visit, candidate: Statics): string {
  const [, act, word, prefix = '', words = ''] =
    /^(set|delete) protocols static (route6?) (\S+\/\d+)(?: (next-hop \S+|description \S+))?$/.exec(
      line,
    ) ?? [];
  const hop = /^next-hop (\S+)$/.exec(words)?.[1];
  if (
    act === undefined ||
    word !== wordOf(prefix) ||
    (hop !== undefined && parseAddress(hop) === undefined)
  ) {
    return '\n  Configuration path is not valid\n  Set failed\n\n';
  }
  const entry = candidate.get(prefix);
  if (act === 'delete') {
    visit.candidate = new Map([...candidate].filter(([key]) => key !== prefix));
    return entry === undefined
      ? `\n  Configuration path: [protocols static ${word} ${prefix}] does not exist\n\n  Delete failed\n\n`
      : '';
  }
  if (entry?.includes(words) === true) {
    return `\n  Configuration path: [protocols static ${word} ${prefix} ${words}] already exists\n\n`;
  }
  // A leaf has one value; next hops stand beside each other.
  const kept = (entry ?? []).filter(
    (other) => !(words.startsWith('description') && other.startsWith('description')),
  );
  visit.candidate = new Map(candidate).set(prefix, [...kept, words]);
  return '';
}

const wordOf = (prefix: string): string =>
  familyOf(prefix.split('/')[0] ?? '') === 'ipv4' ? 'route' : 'route6';

const hopsOf = (entry: readonly string[]): readonly string[] =>
  entry.flatMap((words) => /^next-hop (\S+)/.exec(words)?.slice(1) ?? []);
