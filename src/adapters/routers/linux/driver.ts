import {
  isEmptyPlan,
  type Route,
  type RoutePlan,
  type RouterReading,
} from '../../../core/route-plan.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { RouteDriver, RouteLease, UnconfirmedChange } from '../../../ports/route-driver.ts';
import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { readOptions } from '../driver-options.ts';
import { expectAnswered } from '../expect-answered.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { expectLeased, leaseCommand, leaseInput } from '../shell-lease.ts';
import { expectOurTurn, shellExit } from '../shell-state.ts';
import { transcript } from '../transcript.ts';
import { batchCommand, changeLines, readingCommand } from './commands.ts';
import { batchFailures, parseReading } from './parse.ts';
import { type LinuxOptions, linuxOptionsSchema } from './schema.ts';
import {
  armCommand,
  changeCommand,
  goBackCommand,
  keepCommand,
  maxUndoMs,
  newChangeId,
  parsePending,
  pendingCommand,
  place,
} from './undo-commands.ts';

/** The design's limit for one operation on a router. */
const operationTimeoutMs = 30_000;

/** The kernel of a Linux machine through `ip` of iproute2. */
export const linuxKind: DriverKind = {
  optionsSchema: linuxOptionsSchema,
  carriage: () => ['commands'],
  leaseProblem: ({ undo }) =>
    undo === 'off' ? 'with undo: off it may leave no timer behind; set undo: timer' : undefined,
  open: (context) => new LinuxDriver(context),
};

class LinuxDriver implements RouteDriver {
  readonly applyUnconfirmed?: NonNullable<RouteDriver['applyUnconfirmed']>;
  readonly leaseRoutes?: NonNullable<RouteDriver['leaseRoutes']>;
  readonly #router: string;
  readonly #transport: Transport;
  readonly #options: LinuxOptions;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#transport = context.transport;
    this.#options = readOptions(linuxOptionsSchema, context);
    if (this.#options.undo === 'timer') {
      this.applyUnconfirmed = (plan, undoAfterMs, signal): Promise<UnconfirmedChange> =>
        this.#applyUnconfirmed(plan, Math.min(undoAfterMs, maxUndoMs), signal);
      this.leaseRoutes = (lease, signal): Promise<void> => this.#leaseRoutes(lease, signal);
    }
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    // What waits is asked first: a timer that fires in between leaves a reading that is believed too little, not too much.
    const { isPending, ...told } = await this.#pending(signal);
    const command = readingCommand(this.#options);
    const result = await this.#exec(command, signal);
    const answer = parseReading(result.stdout, result.stderr);
    if ('problem' in answer) {
      throw new DetourError(`Could not read the routes of ${this.#router}: ${answer.problem}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
        detail: transcript(command, result),
      });
    }
    return { ...answer.reading, ...told, ...(isPending ? { isUnconfirmed: true } : {}) };
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    const lines = this.lines(plan);
    if (isEmptyPlan(plan)) {
      return;
    }
    const stdin = `${lines.join('\n')}\n`;
    const result = expectAnswered(
      this.#router,
      `${batchCommand(this.#options)}\n${stdin}`,
      await this.#exec(this.#changeCommand(plan), signal, stdin),
    );
    if (result.exitCode === 0) {
      return;
    }
    expectOurTurn(this.#router, result);
    const failures = batchFailures(result.stderr, lines);
    const refused = failures.find(({ isRepeat }) => !isRepeat);
    if (failures.length === 0 || refused !== undefined) {
      throw this.#rejected(stdin, result, refused && `${refused.line}: ${refused.words}`);
    }
    if (failures.some(({ line }) => line.startsWith('route add '))) {
      await this.#expectOurs(plan.add, signal);
    }
  }

  lines(plan: RoutePlan): readonly string[] {
    return changeLines(plan, this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  /** Without a folder of its own an account leaves neither a timer nor a term behind. */
  async #pending(signal: AbortSignal): Promise<ReturnType<typeof parsePending>> {
    if (this.#options.undo === 'off') {
      return { isPending: false };
    }
    const { stdout } = await this.#exec(pendingCommand(this.#options), signal);
    return parsePending(stdout);
  }

  #changeCommand({ term }: RoutePlan): string {
    return changeCommand(this.#options, this.#options.undo === 'off' ? undefined : term);
  }

  async #leaseRoutes(lease: RouteLease, signal: AbortSignal): Promise<void> {
    const means = { place: place(this.#options), takeBack: batchCommand(this.#options) };
    const lines = this.lines({ remove: lease.routes, add: [], unchanged: [] });
    const command = leaseCommand(means, lease);
    expectLeased(this.#router, command, await this.#exec(command, signal, leaseInput(lines)));
  }

  /** The timer is armed before the first route moves: a change without a way back never stands. */
  async #applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange> {
    const id = newChangeId();
    const back = changeLines({ remove: plan.add, add: plan.remove, unchanged: [] }, this.#options);
    const order = armCommand(this.#options, { id, undoAfterMs, term: plan.term });
    await this.#arm(order, `${back.join('\n')}\n`, signal);
    const change: UnconfirmedChange = {
      undoAfterMs,
      confirm: (during): Promise<void> => this.#keep(id, during),
      cancel: async (during): Promise<void> => {
        await this.#exec(goBackCommand(this.#options, id), during);
      },
    };
    try {
      await this.apply(plan, signal);
    } catch (error) {
      // What was asked and not answered is taken back by the timer, whether this arrives or not.
      await change.cancel(signal).catch(() => undefined);
      throw error;
    }
    return change;
  }

  async #arm(command: string, stdin: string, signal: AbortSignal): Promise<void> {
    const result = expectAnswered(this.#router, command, await this.#exec(command, signal, stdin));
    expectOurTurn(this.#router, result);
    if (result.exitCode === shellExit.pending) {
      throw new DetourError(`A change on ${this.#router} waits to be confirmed`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
    if (result.exitCode !== 0) {
      throw new DetourError(
        `${this.#router} cannot hold an undo timer: give the account a folder of its own, or set undo: off`,
        { code: 'DETOUR_ROUTER_COMMAND_REJECTED', detail: transcript(command, result) },
      );
    }
  }

  async #keep(id: string, signal: AbortSignal): Promise<void> {
    const command = keepCommand(this.#options, id);
    const result = expectAnswered(this.#router, command, await this.#exec(command, signal));
    if (result.exitCode !== 0) {
      throw new DetourError(`${this.#router} has gone back before the change was confirmed`, {
        code: 'DETOUR_ROUTER_CHANGE_UNDONE',
        detail: transcript(command, result),
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

  /** "File exists" is harmless only when what exists is the very route we meant. */
  async #expectOurs(added: readonly Route[], signal: AbortSignal): Promise<void> {
    const { owned } = await this.read(signal);
    const absent = added.find(
      ({ prefix, nextHop }) =>
        !owned.some((route) => route.prefix === prefix && route.nextHop === nextHop),
    );
    if (absent !== undefined) {
      throw new DetourError(
        `${this.#router} has another route for ${absent.prefix}; it is not ours to change`,
        { code: 'DETOUR_GUARD_REFUSED' },
      );
    }
  }

  #rejected(stdin: string, result: ExecResult, words: string | undefined): DetourError {
    const lastWords = result.stderr.trim().split('\n').at(-1) || `exit code ${result.exitCode}`;
    return new DetourError(`${this.#router} refused a command; the other lines stay in effect`, {
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      detail: transcript(`${batchCommand(this.#options)}\n${stdin}`, result),
      cause: new Error(words ?? lastWords),
    });
  }
}
