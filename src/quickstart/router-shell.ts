import { familyOf, hostPrefixAddress, parseAddress, parsePrefix } from '../lib/ip.ts';
import type { RouteTable, StaticRoute } from './route-table.ts';

/** What one command text brought: as FRR's vtysh does it, words on stdout and 1 for a line that it refuses. */
export interface ShellAnswer {
  readonly output: string;
  readonly exitCode: 0 | 1;
}

const banner =
  'FRRouting 8.4 (quick-start) as spoken by the software router of the Detour quick start.';

/**
 * The command line of the software router: the part of FRR's vtysh that is about static routes.
 * Lines run in order and stop at the first one that is refused; those before it stay in effect.
 */
export class RouterShell {
  readonly #table: RouteTable;

  constructor(table: RouteTable) {
    this.#table = table;
  }

  run(text: string): ShellAnswer {
    const session = { isConfiguring: false };
    let output = '';
    for (const line of text.split('\n').map((words) => words.trim())) {
      if (line === '') {
        continue;
      }
      const answer = session.isConfiguring
        ? this.#configure(line, session)
        : this.#show(line, session);
      if (answer === undefined) {
        return { output: `${output}% Unknown command: ${line}\n`, exitCode: 1 };
      }
      output += answer;
    }
    return { output, exitCode: 0 };
  }

  #show(line: string, session: { isConfiguring: boolean }): string | undefined {
    switch (line) {
      case 'configure terminal':
        session.isConfiguring = true;
        return '';
      case 'show version':
        return `${banner}\n`;
      case 'show daemons':
        return ' zebra staticd\n';
      case 'show ip route static json':
        return this.#routesAsJson('ipv4');
      case 'show ipv6 route static json':
        return this.#routesAsJson('ipv6');
      case 'show running-config':
        return this.#runningConfig();
      case 'write memory':
        return '[OK]\n';
      default:
        return undefined;
    }
  }

  #configure(line: string, session: { isConfiguring: boolean }): string | undefined {
    if (line === 'end') {
      session.isConfiguring = false;
      return '';
    }
    if (line === 'XFRR_start_configuration' || line === 'XFRR_end_configuration') {
      return '';
    }
    const route = readRouteLine(line.replace(/^no /, ''));
    if (route === undefined) {
      return undefined;
    }
    if (!line.startsWith('no ')) {
      this.#table.add(route);
      return '';
    }
    return this.#table.remove(route) ? '' : '% Refusing to remove a non-existent route\n';
  }

  #routesAsJson(family: 'ipv4' | 'ipv6'): string {
    const mine = this.#table.routes.filter(({ prefix }) => familyOf(prefix) === family);
    const entries = mine.map((route): [string, readonly object[]] => {
      const isInstalled = this.#table.isInstalled(route);
      const { prefix, nextHop, distance, tag } = route;
      const hop = { ip: nextHop, ...(isInstalled ? { fib: true, active: true } : {}) };
      const state = isInstalled ? { selected: true, installed: true } : {};
      return [prefix, [{ prefix, protocol: 'static', distance, tag, ...state, nexthops: [hop] }]];
    });
    return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
  }

  #runningConfig(): string {
    return [
      'Building configuration...',
      '',
      'Current configuration:',
      '!',
      'hostname notice-switch',
      '!',
      ...this.#table.routes.map(writeRouteLine),
      '!',
      'end',
      '',
    ].join('\n');
  }
}

/** Reads `ip route PREFIX NEXTHOP [tag TAG] [DISTANCE]`; undefined for anything else. */
function readRouteLine(line: string): StaticRoute | undefined {
  const match = /^(ip|ipv6) route (\S+) (\S+)(?: tag (\d{1,10}))?(?: (\d{1,3}))?$/.exec(line);
  const [, word, prefixText = '', hopText = '', tag, distance = '1'] = match ?? [];
  const prefix = parsePrefix(prefixText);
  const nextHop = parseAddress(hopText);
  if (prefix === undefined || nextHop === undefined || hostPrefixAddress(prefix) === undefined) {
    return undefined;
  }
  const isOneFamily =
    familyOf(prefix) === familyOf(nextHop) &&
    familyOf(prefix) === (word === 'ip' ? 'ipv4' : 'ipv6');
  return isOneFamily
    ? {
        prefix,
        nextHop,
        tag: tag === undefined ? undefined : Number(tag),
        distance: Number(distance),
      }
    : undefined;
}

function writeRouteLine({ prefix, nextHop, tag, distance }: StaticRoute): string {
  const word = familyOf(prefix) === 'ipv4' ? 'ip' : 'ipv6';
  const mark = tag === undefined ? '' : ` tag ${tag}`;
  return `${word} route ${prefix} ${nextHop}${mark}${distance === 1 ? '' : ` ${distance}`}`;
}
