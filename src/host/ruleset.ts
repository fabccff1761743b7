import { createHash } from 'node:crypto';

/** Family and name of each of our tables: nothing outside them is ever touched. */
export const hostTables = ['inet detour', 'arp detour'] as const;
export type HostTable = (typeof hostTables)[number];

/** Most sources blocked at once: more than any list a person would read, few enough to stay small in the kernel. */
export const maxBlockedSources = 10_000;

interface Chain {
  readonly table: HostTable;
  readonly name: string;
  /** Where the kernel calls it; undefined for one that others jump to. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

const sets: readonly (readonly [table: HostTable, text: string])[] = [
  ['inet detour', `blocked4 { type ipv4_addr; flags timeout; size ${maxBlockedSources}; }`],
  ['inet detour', `blocked6 { type ipv6_addr; flags timeout; size ${maxBlockedSources}; }`],
  ['inet detour', 'diverted4 { type ipv4_addr; }'],
  ['inet detour', 'diverted6 { type ipv6_addr; }'],
  ['arp detour', 'diverted4 { type ipv4_addr; }'],
];

/** The chains of a notice host whose notice listens on these ports. */
function chains(ports: readonly number[]): readonly Chain[] {
  const tcp = `{ ${ports.join(', ')} }`;
  return [
    {
      table: 'inet detour',
      name: 'early',
      // Before connection tracking: a blocked source costs no more than a look into a set, and a visitor no entry.
      hook: 'type filter hook prerouting priority -300; policy accept;',
      rules: [
        'ip saddr @blocked4 counter drop',
        'ip6 saddr & ffff:ffff:ffff:ffff:: @blocked6 counter drop',
        `ip daddr @diverted4 tcp dport ${tcp} notrack`,
        `ip6 daddr @diverted6 tcp dport ${tcp} notrack`,
      ],
    },
    {
      table: 'inet detour',
      name: 'answers',
      hook: 'type filter hook output priority -300; policy accept;',
      rules: [
        `ip saddr @diverted4 tcp sport ${tcp} notrack`,
        `ip6 saddr @diverted6 tcp sport ${tcp} notrack`,
      ],
    },
    {
      table: 'inet detour',
      name: 'diverted',
      rules: [
        `tcp dport ${tcp} counter accept`,
        // What tells a sender that its packets are too big, or lost; without it some visitors hang.
        'icmp type { destination-unreachable, time-exceeded } accept',
        'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded } accept',
        // A browser that tries HTTP/3 must hear at once that there is none, or it waits.
        'udp dport 443 counter reject with icmpx type port-unreachable',
        'counter drop',
      ],
    },
    {
      table: 'inet detour',
      name: 'input',
      hook: 'type filter hook input priority -5; policy accept;',
      rules: ['ip daddr @diverted4 jump diverted', 'ip6 daddr @diverted6 jump diverted'],
    },
    {
      table: 'inet detour',
      name: 'forward',
      // A packet for a diverted address that is not taken here must not go round between router and host.
      hook: 'type filter hook forward priority -5; policy accept;',
      rules: ['ip daddr @diverted4 counter drop', 'ip6 daddr @diverted6 counter drop'],
    },
    {
      table: 'arp detour',
      name: 'input',
      // On a network shared with the sites, the address is still the site's own.
      hook: 'type filter hook input priority 0; policy accept;',
      rules: ['arp operation request arp daddr ip @diverted4 drop'],
    },
  ];
}

/** A word for one rule that changes with its text: the rule carries it, so that a changed one is noticed. */
function markOf(rule: string): string {
  return createHash('sha256').update(rule).digest('hex').slice(0, 12);
}

/** What each chain must hold, in order. */
export interface ExpectedChain {
  readonly table: HostTable;
  readonly chain: string;
  readonly marks: readonly string[];
}

/** The chains as they must be found. */
export function expectedChains(ports: readonly number[]): readonly ExpectedChain[] {
  return chains(ports).map(({ table, name, rules }) => ({
    table,
    chain: name,
    marks: rules.map(markOf),
  }));
}

/**
 * The nft script that makes our tables what they must be, as one transaction. Doing it twice is harmless, blocked
 * sources stay blocked, and foreign tables are not named.
 */
export function rulesetScript(ports: readonly number[]): string {
  const all = chains(ports);
  return [
    ...hostTables.map((table) => `add table ${table}`),
    ...sets.map(([table, text]) => `add set ${table} ${text}`),
    ...all.flatMap(({ table, name, hook }) => [
      hook === undefined ? `add chain ${table} ${name}` : `add chain ${table} ${name} { ${hook} }`,
      `flush chain ${table} ${name}`,
    ]),
    ...all.flatMap(({ table, name, rules }) =>
      rules.map((rule) => `add rule ${table} ${name} ${rule} comment "${markOf(rule)}"`),
    ),
    '',
  ].join('\n');
}

/** The nft script that makes the sets of diverted addresses exactly these. */
export function divertedScript(addresses: readonly string[]): string {
  const ipv4 = addresses.filter((address) => !address.includes(':'));
  const ipv6 = addresses.filter((address) => address.includes(':'));
  const fill = (set: string, elements: readonly string[]): readonly string[] => [
    `flush set ${set}`,
    ...(elements.length === 0 ? [] : [`add element ${set} { ${elements.join(', ')} }`]),
  ];
  return [
    ...fill('inet detour diverted4', ipv4),
    ...fill('inet detour diverted6', ipv6),
    ...fill('arp detour diverted4', ipv4),
    '',
  ].join('\n');
}

/** The nft script that takes our tables away. `add` first: deleting what is not there would fail. */
export function removalScript(): string {
  return [
    ...hostTables.flatMap((table) => [`add table ${table}`, `delete table ${table}`]),
    '',
  ].join('\n');
}
