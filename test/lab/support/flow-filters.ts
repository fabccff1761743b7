import { mustRun } from '../../support/command.ts';
import type { Frr } from './frr.ts';
import { inside } from './namespaces.ts';

/** What FRR wants its packet filter to do with the packets of some flows. */
export interface FlowFilter {
  readonly name: string;
  /** As ipset(8) writes them: `192.168.80.100,tcp:80`. */
  readonly matches: readonly string[];
  /** By which a packet is to find the table that FRR has made. */
  readonly mark: number;
  readonly table: number;
}

/** The filters that FRR has made of the flows that it has now, by its own words. */
export async function flowFilters(frr: Frr): Promise<readonly FlowFilter[]> {
  const sets = await frr.show('show pbr ipset');
  const tables = await frr.show('show pbr iptable');
  const standing = redirectedMatches(await frr.show('show bgp ipv4 flowspec detail'));
  return [...sets.matchAll(/^IPset (\S+) type net,port .*\n((?:\t.*\n)*)/gm)].map(
    ([, name = '', entries = '']) => {
      const form = String.raw`^IPtable ${name} (?:.*\n)*?\t table (\d+), fwmark (\d+)`;
      const [, table, mark] = new RegExp(form, 'm').exec(tables) ?? [];
      return {
        name,
        // Without the module FRR takes what it made for failed, and does not take it away with the flow.
        matches: [...entries.matchAll(/to (\S+):proto 6:(\d+) /g)]
          .map(([, address, port]) => `${address},tcp:${port}`)
          .filter((match) => standing.has(match)),
        mark: Number(mark),
        table: Number(table),
      };
    },
  );
}

/** Matches of the flows in the table that are redirected to an address. */
function redirectedMatches(table: string): ReadonlySet<string> {
  const form =
    /^\tDestination Address (\S+)\/32\n\tIP Protocol = 6 \n\tDestination Port = (\d+) \n\tNH:/gm;
  return new Set([...table.matchAll(form)].map(([, address, port]) => `${address},tcp:${port}`));
}

/**
 * Does what FRR 8.4 leaves undone, for packets that come in by the ports of `local-install`: sets and chains that mark
 * them, as FRR's manual shows (chapter Flowspec; a module that Debian does not ship would make them), and a rule from the
 * mark to FRR's table, since FRR's own rule names an empty interface and the kernel matches nothing by it. Which flows
 * are taken, what they match, and the table with the way to the notice server are FRR's own work.
 */
export async function markFlows(frr: Frr): Promise<void> {
  const filters = await flowFilters(frr);
  const config = await frr.show('show running-config bgpd');
  const ports = [...config.matchAll(/^ +local-install (\S+)/gm)].map(([, port = '']) => port);
  const at = (argv: readonly string[], stdin: string): Promise<string> =>
    mustRun(inside(frr.namespace, argv), { stdin });
  await at(['iptables-restore'], '*mangle\nCOMMIT\n');
  await at(['ipset', 'destroy'], '');
  await at(['sh', '-c', `while ip rule del pref ${rulePlace} 2>/dev/null; do :; done`], '');
  await at(
    ['ipset', 'restore'],
    filters
      .flatMap(({ name, matches }) => [
        `create ${name} hash:net,port\n`,
        ...matches.map((match) => `add ${name} ${match}\n`),
      ])
      .join(''),
  );
  await at(
    ['iptables-restore'],
    [
      '*mangle',
      ...filters.map(({ name }) => `:${name} - [0:0]`),
      ...filters.flatMap(({ name, mark }) => [
        `-A ${name} -j MARK --set-mark ${mark}`,
        `-A ${name} -j ACCEPT`,
        ...ports.map(
          (port) => `-A PREROUTING -i ${port} -m set --match-set ${name} dst,dst -g ${name}`,
        ),
      ]),
      'COMMIT',
      '',
    ].join('\n'),
  );
  for (const { mark, table } of filters) {
    const rule = `ip rule add pref ${rulePlace} fwmark ${mark} lookup ${table}`;
    await at(rule.split(' '), '');
  }
}

/** Before the main table, and out of the way of FRR's own rules. */
const rulePlace = 100;
