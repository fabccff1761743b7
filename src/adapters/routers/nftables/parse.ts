import { z } from 'zod';
import type { Route } from '../../../core/route-plan.ts';
import { hostPrefix, parseAddress } from '../../../lib/ip.ts';
import { chainName, setNames, termSet } from './commands.ts';

/** What our table holds. */
export interface TableReading {
  readonly kept: readonly Route[];
  readonly trial: readonly Route[];
  /** Prefixes whose kept route has no effect for now. */
  readonly withheld: readonly string[];
  /** The comments of the rules in our chain, in their order; empty when nothing is steered. */
  readonly rules: readonly string[];
  /** The newest term that a change was signed with. */
  readonly term?: number;
}

export const emptyTable: TableReading = { kept: [], trial: [], withheld: [], rules: [] };

/** True when the answer says that there is no such table: nothing was ever diverted. */
export function isTableMissing(stderr: string): boolean {
  return /^Error: No such file or directory\s+list table inet /m.test(stderr.trim());
}

/** Takes `nft -j list table` apart. Never throws; undefined for an answer that is not whole. */
export function parseTable(stdout: string, table: string): TableReading | undefined {
  const parsed = rulesetSchema.safeParse(parseJson(stdout));
  if (!parsed.success) {
    return undefined;
  }
  const objects = parsed.data.nftables;
  if (!objects.some((object) => object.table?.name === table)) {
    return undefined;
  }
  const both = (kind: 'kept' | 'trial' | 'withheld'): readonly string[] => [
    setNames.ipv4[kind],
    setNames.ipv6[kind],
  ];
  const kept = mapRoutes(objects, both('kept'));
  const trial = mapRoutes(objects, both('trial'));
  const withheld = setPrefixes(objects, both('withheld'));
  if (kept === undefined || trial === undefined || withheld === undefined) {
    return undefined;
  }
  const terms = objects.flatMap(({ set }) => (set?.name === termSet ? set.elem : []));
  const numbers = terms.filter((each) => typeof each === 'number');
  if (numbers.length < terms.length) {
    return undefined;
  }
  const term = numbers.length === 0 ? {} : { term: Math.max(...numbers) };
  return { kept, trial, withheld, rules: chainRules(objects), ...term };
}

const textElement = z.union([
  z.string(),
  z.object({ elem: z.object({ val: z.string() }) }).transform(({ elem }) => elem.val),
]);

const objectSchema = z.object({
  table: z.object({ name: z.string() }).optional(),
  map: z
    .object({ name: z.string(), elem: z.array(z.tuple([textElement, z.string()])).default([]) })
    .optional(),
  set: z
    .object({
      name: z.string(),
      elem: z.array(z.union([textElement, z.number().int().min(0)])).default([]),
    })
    .optional(),
  chain: z
    .object({ name: z.string(), type: z.string().optional(), hook: z.string().optional() })
    .optional(),
  rule: z.object({ chain: z.string(), comment: z.string().default('') }).optional(),
});
type NftObject = z.infer<typeof objectSchema>;

const rulesetSchema = z.object({ nftables: z.array(objectSchema) });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mapRoutes(
  objects: readonly NftObject[],
  names: readonly string[],
): readonly Route[] | undefined {
  const elements = objects
    .flatMap(({ map }) => (map === undefined || !names.includes(map.name) ? [] : [map]))
    .flatMap(({ elem }) => elem);
  const routes = elements.flatMap(([key, value]) => {
    const address = parseAddress(key);
    const nextHop = parseAddress(value);
    return address === undefined || nextHop === undefined
      ? []
      : [{ prefix: hostPrefix(address), nextHop }];
  });
  return routes.length === elements.length ? routes : undefined;
}

function setPrefixes(
  objects: readonly NftObject[],
  names: readonly string[],
): readonly string[] | undefined {
  const elements = objects
    .flatMap(({ set }) => (set === undefined || !names.includes(set.name) ? [] : [set]))
    .flatMap(({ elem }) => elem);
  const prefixes = elements.flatMap((element) => {
    const address = typeof element === 'string' ? parseAddress(element) : undefined;
    return address === undefined ? [] : [hostPrefix(address)];
  });
  return prefixes.length === elements.length ? prefixes : undefined;
}

function chainRules(objects: readonly NftObject[]): readonly string[] {
  const isHooked = objects.some(
    ({ chain }) => chain?.name === chainName && chain.type === 'nat' && chain.hook === 'prerouting',
  );
  const comments = objects.flatMap(({ rule }) =>
    rule === undefined || rule.chain !== chainName ? [] : [rule.comment],
  );
  return isHooked ? comments : [];
}
