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

const legend = [
  'Codes: K - kernel route, C - connected, S - static, R - RIP,',
  '       > - selected route, * - FIB route, q - queued, r - rejected, b - backup',
  '       t - trapped, o - offload failure',
  '',
];

/**
 * A VyOS router as its manual describes it: a shell in which everybody edits a copy of their own, a commit that is in
 * effect and not saved, and the table that FRR prints.
 */
export class VyosDevice implements Device {
  readonly faults: Faults;
  readonly pagerPrompt = ':';
  readonly received: string[] = [];
  running: Statics = new Map();
  /** Somebody's `commit-confirm` waits. */
  isChangePending = false;
  #saved: Statics = new Map();

  constructor(faults: Faults = {}) {
    this.faults = faults;
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
    this.running = new Map(this.running).set(prefix, [...entry, `next-hop ${nextHop}`]);
  }

  removeByHand({ prefix }: Route): void {
    this.running = new Map([...this.running].filter(([key]) => key !== prefix));
  }

  /** Somebody else's: this router restarts when nobody confirms. */
  goBack(): void {
    this.restart();
  }

  restart(): void {
    this.isChangePending = false;
    this.running = this.#saved;
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
      const answer = await runLine(terminal, line, () => this.#run(line, visit, terminal));
      if (answer === undefined) {
        return;
      }
      await terminal.answer(answer, prompt);
    }
  }

  #run(line: string, visit: Visit, terminal: Terminal): string {
    if (visit.candidate !== undefined) {
      return this.#configure(line, visit, visit.candidate);
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
      case 'configure':
        visit.candidate = this.running;
        visit.base = this.running;
        return '';
      default:
        return `\n  Invalid command: [${line}]\n\n`;
    }
  }

  #configure(line: string, visit: Visit, candidate: Statics): string {
    switch (line) {
      case 'commit':
        return this.#commit(visit, candidate);
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
