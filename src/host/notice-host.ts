import { DetourError } from '../lib/errors.ts';
import type { RefusedAddress } from '../ports/host-helper.ts';
import type { HostTools } from './host-tools.ts';
import {
  type LocalRoutePlan,
  listingArguments,
  localRouteLines,
  parseLocalRoutes,
  planLocalRoutes,
} from './local-routes.ts';
import { readTable, type TableContent } from './read-ruleset.ts';
import {
  divertedScript,
  type ExpectedChain,
  expectedChains,
  type HostTable,
  hostTables,
  removalScript,
  rulesetScript,
} from './ruleset.ts';

export interface NoticeHostOptions {
  readonly tools: HostTools;
  /** Ports on which the notice answers; nothing else of a diverted address does. */
  readonly ports: readonly number[];
  /** Why an address must never be taken here, if there is a reason. */
  readonly refuse: (address: string) => string | undefined;
}

/** What a notice host lacks. Nothing does when all are empty. */
export interface HostGaps {
  /** In words, what is wrong with the firewall. */
  readonly firewall: readonly string[];
  /** Whether the set of diverted addresses differs. */
  readonly isSetStale: boolean;
  readonly routes: LocalRoutePlan;
  /** Addresses that are not taken, each with the reason. */
  readonly refused: readonly string[];
}

/** True when there is nothing to do. */
export function isComplete({ firewall, isSetStale, routes }: HostGaps): boolean {
  return (
    firewall.length === 0 && !isSetStale && routes.add.length === 0 && routes.remove.length === 0
  );
}

/** What `detour host plan` shows and `apply` does: each program with what it is given. */
export interface HostStep {
  readonly program: 'ip' | 'nft';
  readonly args: readonly string[];
  readonly input: string;
}

/** The part of a host that makes it a notice host: our own nftables tables and our own local routes, and nothing else. */
export class NoticeHost {
  readonly #options: NoticeHostOptions;

  constructor(options: NoticeHostOptions) {
    this.#options = options;
  }

  /** Which of these addresses would not be taken, and why. Looks at nothing but the rules. */
  refusals(addresses: readonly string[]): readonly RefusedAddress[] {
    return addresses.flatMap((address) => {
      const why = this.#options.refuse(address);
      return why === undefined ? [] : [{ address, why }];
    });
  }

  /** Compares the host with what it must be for these diverted addresses. Changes nothing. */
  async examine(addresses: readonly string[]): Promise<HostGaps> {
    const { tools, ports, refuse } = this.#options;
    const refused = this.refusals(addresses).map(({ address, why }) => `${address}: ${why}`);
    const wanted = addresses.filter((address) => refuse(address) === undefined);
    const tables = new Map<HostTable, TableContent | undefined>();
    for (const table of hostTables) {
      tables.set(table, await readTable(tools, table));
    }
    return {
      firewall: expectedChains(ports).flatMap((chain) =>
        chainProblem(chain, tables.get(chain.table)),
      ),
      isSetStale: !holdsExactly(tables, wanted),
      routes: planLocalRoutes(await this.#ownedRoutes(), wanted),
      refused,
    };
  }

  /** What would close the gaps, in order: the firewall stands before an address is taken, and until it is let go. */
  steps(gaps: HostGaps, addresses: readonly string[]): readonly HostStep[] {
    const { ports, refuse } = this.#options;
    const wanted = addresses.filter((address) => refuse(address) === undefined);
    const { add, remove } = gaps.routes;
    const routeStep = (plan: LocalRoutePlan): readonly HostStep[] => {
      const lines = localRouteLines(plan);
      return lines.length === 0
        ? []
        : [{ program: 'ip', args: ['-force', '-batch', '-'], input: `${lines.join('\n')}\n` }];
    };
    const nft = (input: string): HostStep => ({ program: 'nft', args: ['-f', '-'], input });
    return [
      ...routeStep({ add: [], remove }),
      ...(gaps.firewall.length === 0 ? [] : [nft(rulesetScript(ports))]),
      ...(gaps.firewall.length === 0 && !gaps.isSetStale ? [] : [nft(divertedScript(wanted))]),
      ...routeStep({ add, remove: [] }),
    ];
  }

  /** Closes the gaps and looks again. Rejects with DETOUR_HOST_FAILED when any is left. Safe to repeat. */
  async apply(addresses: readonly string[]): Promise<HostGaps> {
    const before = await this.examine(addresses);
    for (const step of this.steps(before, addresses)) {
      await this.#run(step);
    }
    const after = await this.examine(addresses);
    if (!isComplete(after)) {
      throw new DetourError('This host could not be prepared for every diverted address', {
        code: 'DETOUR_HOST_FAILED',
        detail: describeGaps(after).join('\n'),
      });
    }
    return before;
  }

  /** Takes away everything that `apply` made, blocked sources included. Safe to repeat. */
  async remove(): Promise<void> {
    const lines = localRouteLines({ add: [], remove: await this.#ownedRoutes() });
    if (lines.length > 0) {
      await this.#options.tools.ip(['-force', '-batch', '-'], `${lines.join('\n')}\n`);
    }
    await this.#options.tools.nft(['-f', '-'], removalScript());
  }

  async #ownedRoutes(): Promise<readonly string[]> {
    const { tools } = this.#options;
    const [ipv4, ipv6] = await Promise.all([
      tools.ip(listingArguments('-4')),
      tools.ip(listingArguments('-6')),
    ]);
    return [...parseLocalRoutes(ipv4), ...parseLocalRoutes(ipv6)];
  }

  async #run({ program, args, input }: HostStep): Promise<void> {
    try {
      await this.#options.tools[program](args, input);
    } catch (error) {
      // One route that cannot be made must not keep the others back: looking again tells which it was.
      if (program === 'nft' || !(error instanceof DetourError)) {
        throw error;
      }
    }
  }
}

function chainProblem(
  { table, chain, marks }: ExpectedChain,
  content: TableContent | undefined,
): readonly string[] {
  const found = content?.chains.get(chain);
  if (found === undefined) {
    return [`chain ${chain} of table ${table} is missing`];
  }
  return found.join() === marks.join() ? [] : [`chain ${chain} of table ${table} was changed`];
}

function holdsExactly(
  tables: ReadonlyMap<HostTable, TableContent | undefined>,
  wanted: readonly string[],
): boolean {
  const inet = tables.get('inet detour')?.sets;
  const held = [...(inet?.get('diverted4') ?? []), ...(inet?.get('diverted6') ?? [])];
  const arp = tables.get('arp detour')?.sets.get('diverted4') ?? [];
  const ipv4 = wanted.filter((address) => !address.includes(':'));
  const same = (a: readonly string[], b: readonly string[]): boolean =>
    a.toSorted().join() === b.toSorted().join();
  return (
    same(
      held.map(({ value }) => value),
      wanted,
    ) &&
    same(
      arp.map(({ value }) => value),
      ipv4,
    )
  );
}

/** The gaps in words, one a line. */
export function describeGaps({
  firewall,
  isSetStale,
  routes,
  refused,
}: HostGaps): readonly string[] {
  return [
    ...firewall,
    ...(isSetStale ? ['the sets of diverted addresses are not those of the snapshot'] : []),
    ...routes.add.map((address) => `${address} is diverted but not taken by this host`),
    ...routes.remove.map((address) => `${address} is taken by this host but not diverted`),
    ...refused.map((text) => `not taken: ${text}`),
  ];
}
