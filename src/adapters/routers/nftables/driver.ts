import {
  isEmptyPlan,
  type ObservedRoute,
  type Route,
  type RoutePlan,
  type RouterReading,
} from '../../../core/route-plan.ts';
import { DetourError, errorCode } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import type { RouteDriver, RouteLease, UnconfirmedChange } from '../../../ports/route-driver.ts';
import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { readOptions } from '../driver-options.ts';
import { expectAnswered } from '../expect-answered.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import {
  expectLeased,
  leaseCommand,
  leaseInput,
  leaseQuestionCommand,
  parseLease,
} from '../shell-lease.ts';
import { transcript } from '../transcript.ts';
import {
  changeCommand,
  type ElementChange,
  endTrialChanges,
  keptChanges,
  leaseLines,
  leaseMeans,
  reachableCommand,
  readingCommand,
  ruleComments,
  type TermChange,
  transaction,
  trialChanges,
} from './commands.ts';
import { emptyTable, isTableMissing, parseTable, type TableReading } from './parse.ts';
import { type NftablesOptions, nftablesOptionsSchema } from './schema.ts';

/** The design's limit for one operation on a router. */
const operationTimeoutMs = 30_000;

/** Only chosen TCP ports of an address, by rules of nftables on a Linux router. */
export const nftablesKind: DriverKind = {
  optionsSchema: nftablesOptionsSchema,
  carriage: () => ['commands'],
  leaseProblem: () => undefined,
  open: (context) => new NftablesDriver(context),
};

class NftablesDriver implements RouteDriver {
  readonly #router: string;
  readonly #transport: Transport;
  readonly #options: NftablesOptions;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#transport = context.transport;
    this.#options = readOptions(nftablesOptionsSchema, context);
  }

  async leaseRoutes(lease: RouteLease, signal: AbortSignal): Promise<void> {
    const command = leaseCommand(leaseMeans(this.#options), lease);
    const stdin = leaseInput(leaseLines(lease.routes, this.#options));
    expectLeased(this.#router, command, await this.#exec(command, signal, stdin));
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    // Asked first: a lease that lapses in between leaves a reading that still has the routes.
    const question = leaseQuestionCommand(leaseMeans(this.#options));
    const lease = await this.#exec(question, signal);
    return { ...(await this.#read(signal)), ...parseLease(lease.stdout) };
  }

  async #read(signal: AbortSignal): Promise<RouterReading> {
    const table = await this.#readTable(signal);
    const effective = inEffect(table);
    const hops = new Set(effective.map(({ nextHop }) => nextHop));
    const reachable = await this.#reachable([...hops], signal);
    const isSteered = table.rules.join() === ruleComments(this.#options).join();
    const owned = effective.map(
      (route): ObservedRoute => ({
        ...route,
        isInstalled: isSteered && reachable.has(route.nextHop),
      }),
    );
    // Nobody else can have a route in a table of our own, and routes of the kernel have no say before it.
    const term = table.term === undefined ? {} : { term: table.term };
    const reading: RouterReading = { owned, foreign: [], ...term };
    return isPending(table) ? { ...reading, isUnconfirmed: true } : reading;
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    keptChanges(plan);
    if (isEmptyPlan(plan)) {
      return;
    }
    const table = await this.#readForChange(plan, signal);
    // Sent even if every element is right: the rules around them may not be.
    await this.#changeSigned(keptChanges(neededOf(plan, table)), { plan, table }, signal);
  }

  async applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange> {
    const table = await this.#readForChange(plan, signal);
    const needed = neededOf(plan, table);
    const wholeMs = Math.ceil(undoAfterMs / second) * second;
    await this.#changeSigned(trialChanges(needed, wholeMs), { plan, table }, signal);
    return {
      undoAfterMs: wholeMs,
      confirm: (during): Promise<void> => this.#confirm(needed, during),
      cancel: (during): Promise<void> => this.#cancel(needed, during),
    };
  }

  lines(plan: RoutePlan): readonly string[] {
    return transaction(keptChanges(plan), this.#options, { from: undefined, to: plan.term });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  /** One transaction makes the trial permanent, or fails whole because the kernel has begun to forget it. */
  async #confirm(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    try {
      await this.#change([...endTrialChanges(plan), ...keptChanges(plan)], signal);
    } catch (error) {
      if (isPending(await this.#readTable(signal))) {
        throw error;
      }
      throw new DetourError(`${this.#router} has gone back before the change was confirmed`, {
        code: 'DETOUR_ROUTER_CHANGE_UNDONE',
        cause: error,
      });
    }
  }

  async #cancel(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    const table = await this.#readTable(signal);
    const left = {
      add: plan.add.filter((route) => has(table.trial, route)),
      remove: plan.remove.filter(({ prefix }) => table.withheld.includes(prefix)),
      unchanged: [],
    };
    await this.#change(endTrialChanges(left), signal);
  }

  async #readForChange({ term }: RoutePlan, signal: AbortSignal): Promise<TableReading> {
    const table = await this.#readTable(signal);
    this.#fence(term, table);
    if (isPending(table)) {
      throw new DetourError(`A change on ${this.#router} waits to be confirmed`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
    return table;
  }

  #fence(term: number | undefined, table: TableReading): void {
    if (term !== undefined && (table.term ?? 0) > term) {
      throw new DetourError(`A controller of a newer term has written to ${this.#router}`, {
        code: 'DETOUR_FENCED',
      });
    }
  }

  /** Whoever has signed a change since the table was read makes the kernel refuse ours. */
  async #changeSigned(
    changes: readonly ElementChange[],
    { plan, table }: { readonly plan: RoutePlan; readonly table: TableReading },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#change(changes, signal, { from: table.term, to: plan.term });
    } catch (error) {
      if (errorCode(error) === 'DETOUR_ROUTER_COMMAND_REJECTED') {
        this.#fence(plan.term, await this.#readTable(signal));
      }
      throw error;
    }
  }

  async #readTable(signal: AbortSignal): Promise<TableReading> {
    const command = readingCommand(this.#options);
    const result = await this.#exec(command, signal);
    if (result.exitCode !== 0 && isTableMissing(result.stderr)) {
      return emptyTable;
    }
    const table =
      result.exitCode === 0 ? parseTable(result.stdout, this.#options.table) : undefined;
    if (table === undefined) {
      throw new DetourError(`Could not read table ${this.#options.table} of ${this.#router}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
        detail: transcript(command, result),
      });
    }
    return table;
  }

  async #reachable(nextHops: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (nextHops.length === 0) {
      return new Set();
    }
    const { stdout } = await this.#exec(reachableCommand(nextHops), signal);
    return new Set(stdout.split('\n').map((line) => line.trim()));
  }

  async #change(
    changes: readonly ElementChange[],
    signal: AbortSignal,
    term?: TermChange,
  ): Promise<void> {
    if (changes.length === 0) {
      return;
    }
    const stdin = `${transaction(changes, this.#options, term).join('\n')}\n`;
    const command = changeCommand(this.#options);
    const sent = `${command}\n${stdin}`;
    const result = expectAnswered(this.#router, sent, await this.#exec(command, signal, stdin));
    if (result.exitCode !== 0) {
      const words = result.stderr.trim().split('\n')[0] || `exit code ${result.exitCode}`;
      throw new DetourError(`${this.#router} refused a change as a whole; nothing was changed`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        detail: transcript(sent, result),
        cause: new Error(words),
      });
    }
  }

  async #exec(command: string, signal: AbortSignal, stdin?: string): Promise<ExecResult> {
    return await this.#transport.exec(command, {
      signal,
      timeoutMs: operationTimeoutMs,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }
}

const has = (routes: readonly Route[], { prefix, nextHop }: Route): boolean =>
  routes.some((route) => route.prefix === prefix && route.nextHop === nextHop);

const isPending = ({ trial, withheld }: TableReading): boolean =>
  trial.length > 0 || withheld.length > 0;

/** By which routes packets really go now: a trial comes before what is kept, and what is withheld has no effect. */
function inEffect({ kept, trial, withheld }: TableReading): readonly Route[] {
  const hidden = new Set([...withheld, ...trial.map(({ prefix }) => prefix)]);
  return [...trial, ...kept.filter(({ prefix }) => !hidden.has(prefix))];
}

/**
 * What is left to do: removals of what is there. Additions stay whole, since adding what is there is harmless and
 * carries the rules along.
 */
function neededOf(plan: RoutePlan, { kept }: TableReading): RoutePlan {
  return { ...plan, remove: plan.remove.filter((route) => has(kept, route)) };
}
