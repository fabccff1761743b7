import { z } from 'zod';
import type { HostTools } from './host-tools.ts';
import type { HostTable } from './ruleset.ts';

const element = z.union([
  z.string(),
  z.object({ elem: z.object({ val: z.string(), expires: z.number().optional() }) }),
]);

const named = { family: z.string(), table: z.string() };

const listing = z.object({
  nftables: z.array(
    z.object({
      set: z.object({ ...named, name: z.string(), elem: z.array(element).default([]) }).optional(),
      chain: z.object({ ...named, name: z.string() }).optional(),
      rule: z.object({ ...named, chain: z.string(), comment: z.string().default('') }).optional(),
    }),
  ),
});

/** One element of a set; `expiresSeconds` when it goes by itself. */
export interface SetElement {
  readonly value: string;
  readonly expiresSeconds?: number;
}

/** What one of our tables holds. */
export interface TableContent {
  readonly sets: ReadonlyMap<string, readonly SetElement[]>;
  /** The comments of the rules of each chain, in order. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

function elementOf(raw: z.infer<typeof element>): SetElement {
  if (typeof raw === 'string') {
    return { value: raw };
  }
  const { val, expires } = raw.elem;
  return { value: val, ...(expires === undefined ? {} : { expiresSeconds: expires }) };
}

/** Reads what `nft -j list table` prints. */
export function parseTable(json: string): TableContent {
  const sets = new Map<string, readonly SetElement[]>();
  const chains = new Map<string, string[]>();
  for (const { set, chain, rule } of listing.parse(JSON.parse(json)).nftables) {
    if (set !== undefined) {
      sets.set(set.name, set.elem.map(elementOf));
    } else if (chain !== undefined) {
      chains.set(chain.name, []);
    } else if (rule !== undefined) {
      chains.get(rule.chain)?.push(rule.comment);
    }
  }
  return { sets, chains };
}

/** One of our tables as the kernel has it; undefined when it is not there. */
export async function readTable(
  tools: HostTools,
  table: HostTable,
): Promise<TableContent | undefined> {
  const [family = '', name = ''] = table.split(' ');
  const tables = await tools.nft(['list', 'tables', family]);
  if (!tables.split('\n').includes(`table ${table}`)) {
    return;
  }
  return parseTable(await tools.nft(['-j', 'list', 'table', family, name]));
}
