import { createHash } from 'node:crypto';
import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { familyOf, hostPrefixAddress } from '../../../lib/ip.ts';
import { second } from '../../../lib/time.ts';
import { checkPlan } from '../checked-route.ts';
import type { ShellLeaseMeans } from '../shell-lease.ts';
import { placeOf } from '../shell-state.ts';
import type { NftablesOptions } from './schema.ts';

/** The chain in which packets are steered. */
export const chainName = 'steer';

/**
 * Maps of address to next hop. `kept` stands until removed; `trial` and `withheld` hold a change that is not confirmed,
 * and the kernel itself forgets their elements when their time is over.
 */
export const setNames = {
  ipv4: { kept: 'kept4', trial: 'trial4', withheld: 'withheld4' },
  ipv6: { kept: 'kept6', trial: 'trial6', withheld: 'withheld6' },
} as const;

/** The set that holds the term of the controller who wrote last, in 32 bits. */
export const termSet = 'term';
const maxTerm = 4_294_967_295;

/** The term that a change is signed with, and the one that it takes the place of. */
export interface TermChange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

type SetKind = keyof typeof setNames.ipv4;

/** Elements to put in and to take out, in one transaction. */
export interface ElementChange {
  readonly verb: 'add' | 'delete';
  readonly set: SetKind;
  readonly route: Route;
  readonly timeoutMs?: number;
}

/** Shows our table whole. */
export function readingCommand({ table, sudo }: NftablesOptions): string {
  return `${nft(sudo)} -j list table inet ${table}`;
}

/** Takes one transaction on its input: the kernel does all of its lines or none. */
export function changeCommand({ sudo }: NftablesOptions): string {
  return `${nft(sudo)} -f -`;
}

/** Prints those of the next hops that the machine has a way to. */
export function reachableCommand(nextHops: readonly string[]): string {
  const look = (hop: string): string => `ip route get ${hop} >/dev/null 2>&1 && echo ${hop}`;
  return [...nextHops.map(look), 'true'].join('; ');
}

/** What a plan does to the map of what stands for good, removals first. Throws DETOUR_GUARD_REFUSED for anything but host routes. */
export function keptChanges(plan: RoutePlan): readonly ElementChange[] {
  checkPlan(plan);
  return [
    ...plan.remove.map((route) => ({ verb: 'delete', set: 'kept', route }) as const),
    ...plan.add.map((route) => ({ verb: 'add', set: 'kept', route }) as const),
  ];
}

/** The same plan as a change that the kernel forgets after a while. */
export function trialChanges(plan: RoutePlan, timeoutMs: number): readonly ElementChange[] {
  checkPlan(plan);
  return [
    ...plan.remove.map((route) => ({ verb: 'add', set: 'withheld', route, timeoutMs }) as const),
    ...plan.add.map((route) => ({ verb: 'add', set: 'trial', route, timeoutMs }) as const),
  ];
}

/** Ends a trial. The kernel refuses the whole transaction when it has forgotten any of it already. */
export function endTrialChanges(plan: RoutePlan): readonly ElementChange[] {
  return [
    ...plan.remove.map((route) => ({ verb: 'delete', set: 'withheld', route }) as const),
    ...plan.add.map((route) => ({ verb: 'delete', set: 'trial', route }) as const),
  ];
}

/** The lines of one transaction: our table as it must be, the term, then the elements. Nothing for no change. */
export function transaction(
  changes: readonly ElementChange[],
  options: NftablesOptions,
  term: TermChange = { from: undefined, to: undefined },
): readonly string[] {
  if (changes.length === 0) {
    return [];
  }
  return [
    ...frameLines(options),
    ...termLines(term, options.table),
    ...changes.map((change) => elementLine(change, options.table)),
  ];
}

/** The kernel refuses the whole transaction when the earlier term is not there any more: another controller was here. */
function termLines({ from, to }: TermChange, table: string): readonly string[] {
  if (to === undefined || to > maxTerm) {
    return [];
  }
  const line = (verb: 'add' | 'delete', term: number): string =>
    `${verb} element inet ${table} ${termSet} { ${term} }`;
  return [...(from === undefined ? [] : [line('delete', from)]), line('add', to)];
}

/** How the leases of routes are kept on this machine: their elements are deleted in one transaction, or one by one where some are gone. */
export function leaseMeans({ table, sudo }: NftablesOptions): ShellLeaseMeans {
  const one = `${nft(sudo)} -f -`;
  const say = (words: string): string => `printf "%s\\n" "$${words}"`;
  return {
    place: placeOf(`nft-${table}`),
    takeBack: `{ a=$(sed "/^#/d"); ${say('a')} | ${one} || ${say('a')} | while read -r e; do ${say('e')} | ${one}; done; }`,
  };
}

/** The lines that delete what stands for good of these routes; what is not confirmed the kernel forgets by itself. */
export function leaseLines(
  routes: readonly Route[],
  { table }: NftablesOptions,
): readonly string[] {
  return keptChanges({ remove: routes, add: [], unchanged: [] }).map((change) =>
    elementLine(change, table),
  );
}

/** The comments of our rules, in their order; they change with what the rules say. */
export function ruleComments(options: NftablesOptions): readonly string[] {
  const rules = ruleTexts(options);
  const digest = createHash('sha256').update(rules.join('\n')).digest('hex').slice(0, 8);
  return rules.map((_, at) => `detour ${digest} ${at + 1}`);
}

function nft(sudo: boolean): string {
  return sudo ? 'sudo -n nft' : 'nft';
}

/** Sent with every change, so that what others did to our rules is put right by it. Repeating it is harmless. */
function frameLines(options: NftablesOptions): readonly string[] {
  const { table } = options;
  const comments = ruleComments(options);
  return [
    `add table inet ${table}`,
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => {
      const { kept, trial, withheld } = setNames[family];
      const type = `${family}_addr`;
      return [
        `add map inet ${table} ${kept} { type ${type} : ${type}; }`,
        `add map inet ${table} ${trial} { type ${type} : ${type}; flags timeout; }`,
        `add set inet ${table} ${withheld} { type ${type}; flags timeout; }`,
      ];
    }),
    `add set inet ${table} ${termSet} { type mark; }`,
    // Five before the usual place: another's rewriting of the same ports must not come first.
    `add chain inet ${table} ${chainName} { type nat hook prerouting priority dstnat - 5; policy accept; }`,
    `flush chain inet ${table} ${chainName}`,
    ...ruleTexts(options).map(
      (rule, at) => `add rule inet ${table} ${chainName} ${rule} comment "${comments[at]}"`,
    ),
  ];
}

function ruleTexts({ ports, exceptSources }: NftablesOptions): readonly string[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const ip = family === 'ipv4' ? 'ip' : 'ip6';
    const { kept, trial, withheld } = setNames[family];
    const sources = exceptSources.filter((prefix) => familyOf(prefix) === family);
    const steer = (map: string): string =>
      `tcp dport { ${ports.join(', ')} } dnat ${ip} to ${ip} daddr map @${map}`;
    return [
      ...sources.map((prefix) => `${ip} saddr ${prefix} return`),
      steer(trial),
      `${ip} daddr @${withheld} return`,
      steer(kept),
    ];
  });
}

function elementLine({ verb, set, route, timeoutMs }: ElementChange, table: string): string {
  const name = setNames[familyOf(route.prefix)][set];
  const words = [hostPrefixAddress(route.prefix)];
  if (timeoutMs !== undefined) {
    words.push(`timeout ${Math.ceil(timeoutMs / second)}s`);
  }
  if (verb === 'add' && set !== 'withheld') {
    words.push(`: ${route.nextHop}`);
  }
  return `${verb} element inet ${table} ${name} { ${words.join(' ')} }`;
}
