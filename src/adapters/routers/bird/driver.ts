import {
  isEmptyPlan,
  type Route,
  type RoutePlan,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { DetourError } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import type { RouteDriver, RouteLease, UnconfirmedChange } from '../../../ports/route-driver.ts';
import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { checkPlan } from '../checked-route.ts';
import { readOptions } from '../driver-options.ts';
import { expectAnswered } from '../expect-answered.ts';
import { refuseForeign } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { settle } from '../settle.ts';
import {
  expectLeased,
  leaseCommand,
  leaseInput,
  leaseQuestionCommand,
  parseLease,
} from '../shell-lease.ts';
import { transcript } from '../transcript.ts';
import {
  applyCommand,
  birdExit,
  cancelCommand,
  confirmCommand,
  fileText,
  leaseLines,
  leaseMeans,
  newChangeId,
  protocolNames,
  readingCommand,
  routeLine,
  trialCommand,
} from './commands.ts';
import { isLoaded, parseReading } from './parse.ts';
import { type BirdOptions, birdOptionsSchema } from './schema.ts';

/** The design's limit for one operation on a router. */
const operationTimeoutMs = 30_000;

/** BIRD answers before a new protocol is up and its routes are in the table: look so many times. */
const settleLooks = 10;

/** BIRD 2 through birdc and a file that its configuration includes. */
export const birdKind: DriverKind = {
  optionsSchema: birdOptionsSchema,
  carriage: () => ['commands'],
  leaseProblem: () => undefined,
  open: (context) => new BirdDriver(context),
};

class BirdDriver implements RouteDriver {
  readonly #router: string;
  readonly #transport: Transport;
  readonly #options: BirdOptions;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#transport = context.transport;
    this.#options = readOptions(birdOptionsSchema, context);
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    // Asked first: a lease that lapses in between leaves a reading that still has the routes.
    const question = leaseQuestionCommand(leaseMeans(this.#options));
    const { stdout } = await this.#exec(question, signal);
    return { ...(await this.#read(signal)), ...parseLease(stdout) };
  }

  async leaseRoutes(lease: RouteLease, signal: AbortSignal): Promise<void> {
    checkPlan({ remove: lease.routes, add: [], unchanged: [] });
    const command = leaseCommand(leaseMeans(this.#options), lease);
    const stdin = leaseInput(leaseLines(lease.routes));
    expectLeased(this.#router, command, await this.#exec(command, signal, stdin));
  }

  async #read(signal: AbortSignal): Promise<RouterReading> {
    const command = readingCommand(this.#options);
    const result = await this.#exec(command, signal);
    const answer = parseReading(result.stdout, protocolNames(this.#options));
    if ('problem' in answer) {
      throw new DetourError(`Could not read the routes of ${this.#router}: ${answer.problem}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
        detail: transcript(command, result),
      });
    }
    return answer.reading;
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    checkPlan(plan);
    if (isEmptyPlan(plan)) {
      return;
    }
    const text = await this.#newFile(plan, signal);
    await this.#load(applyCommand(this.#options), text, signal);
    await this.#settle(plan.add, signal);
  }

  async applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange> {
    checkPlan(plan);
    const text = await this.#newFile(plan, signal);
    const id = newChangeId();
    await this.#load(trialCommand(this.#options, id, undoAfterMs), text, signal);
    await this.#settle(plan.add, signal);
    return {
      undoAfterMs: Math.ceil(undoAfterMs / second) * second,
      confirm: (during): Promise<void> => this.#confirm(id, during),
      cancel: async (during): Promise<void> => {
        await this.#exec(cancelCommand(this.#options, id), during);
      },
    };
  }

  lines(plan: RoutePlan): readonly string[] {
    checkPlan(plan);
    if (isEmptyPlan(plan)) {
      return [];
    }
    // The file is written anew; of its lines only these change.
    return [
      ...plan.remove.map((route) => `-${routeLine(route)}`),
      ...plan.add.map((route) => `+${routeLine(route)}`),
      'configure',
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  /** What the include file has to say after a plan, found from what BIRD has now. */
  async #newFile(plan: RoutePlan, signal: AbortSignal): Promise<string> {
    const reading = await this.#read(signal);
    if (reading.isUnconfirmed) {
      throw this.#locked();
    }
    refuseForeign(this.#router, plan, reading);
    const gone = new Set(plan.remove.map(routeKey));
    const stay = reading.owned.filter((route) => !gone.has(routeKey(route)));
    const routes = new Map([...stay, ...plan.add].map((route) => [routeKey(route), route]));
    // A controller without terms leaves the signature of others as it found it.
    return fileText([...routes.values()], this.#options, plan.term === undefined ? reading : plan);
  }

  async #load(command: string, stdin: string, signal: AbortSignal): Promise<void> {
    const sent = `${command}\n${stdin}`;
    const result = expectAnswered(this.#router, sent, await this.#exec(command, signal, stdin));
    if (result.exitCode === birdExit.pending) {
      throw this.#locked();
    }
    if (result.exitCode === birdExit.fenced) {
      throw new DetourError(`A controller of a newer term has written to ${this.#router}`, {
        code: 'DETOUR_FENCED',
      });
    }
    if (result.exitCode !== 0) {
      const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').at(-1);
      throw new DetourError(`${this.#router} refused a configuration; the earlier one stays`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        detail: transcript(sent, result),
        cause: new Error(said || `exit code ${result.exitCode}`),
      });
    }
    if (!isLoaded(result.stdout)) {
      throw new DetourError(`${this.#router} did not say that it loaded its configuration`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
        detail: transcript(sent, result),
      });
    }
  }

  /** Waits, within bounds, until the routes are in BIRD's table. Whoever reads next sees whether they are. */
  async #settle(added: readonly Route[], signal: AbortSignal): Promise<void> {
    const isInEffect = async (): Promise<boolean> => {
      const { owned } = await this.#read(signal);
      const installed = new Set(owned.filter(({ isInstalled }) => isInstalled).map(routeKey));
      return added.every((route) => installed.has(routeKey(route)));
    };
    await settle(isInEffect, settleLooks, signal);
  }

  async #confirm(id: string, signal: AbortSignal): Promise<void> {
    const command = confirmCommand(this.#options, id);
    const result = expectAnswered(this.#router, command, await this.#exec(command, signal));
    if (result.exitCode === birdExit.gone) {
      throw new DetourError(`${this.#router} has gone back before the change was confirmed`, {
        code: 'DETOUR_ROUTER_CHANGE_UNDONE',
        detail: transcript(command, result),
      });
    }
    if (result.exitCode !== 0) {
      throw new DetourError(`${this.#router} confirmed a change and could not write it to disk`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        detail: transcript(command, result),
      });
    }
  }

  #locked(): DetourError {
    return new DetourError(`A change on ${this.#router} waits to be confirmed`, {
      code: 'DETOUR_ROUTER_LOCKED',
    });
  }

  async #exec(command: string, signal: AbortSignal, stdin?: string): Promise<ExecResult> {
    return await this.#transport.exec(command, {
      signal,
      timeoutMs: operationTimeoutMs,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }
}
