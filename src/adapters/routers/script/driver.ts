import { randomUUID } from 'node:crypto';
import { isEmptyPlan, type RoutePlan, type RouterReading } from '../../../core/route-plan.ts';
import { DetourError } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../ports/route-driver.ts';
import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { checkPlan } from '../checked-route.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeign } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { transcript } from '../transcript.ts';
import { requestText, runCommand } from './commands.ts';
import { parseAnswer, type ScriptRequest, scriptExit, scriptVersion } from './messages.ts';
import { type ScriptOptions, scriptOptionsSchema } from './schema.ts';

/** A program of the operator's own that speaks to the device: plan in, routes out, both as JSON. */
export const scriptKind: DriverKind = {
  optionsSchema: scriptOptionsSchema,
  carriage: () => ['commands'],
  open: (context) => new ScriptDriver(context),
};

const nothing: RoutePlan = { remove: [], add: [], unchanged: [] };

class ScriptDriver implements RouteDriver {
  readonly #router: string;
  readonly #transport: Transport;
  readonly #options: ScriptOptions;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#transport = context.transport;
    this.#options = readOptions(scriptOptionsSchema, context);
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    return await this.#run(this.#request('read', nothing), signal);
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    checkPlan(plan);
    if (isEmptyPlan(plan)) {
      return;
    }
    await this.#checkBefore(plan, signal);
    await this.#run(this.#request('apply', plan), signal);
  }

  async applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange | undefined> {
    checkPlan(plan);
    if (!this.#options.undo) {
      await this.apply(plan, signal);
      return undefined;
    }
    await this.#checkBefore(plan, signal);
    const undoAfterSeconds = Math.ceil(undoAfterMs / second);
    const change = randomUUID();
    await this.#run({ ...this.#request('try', plan), change, undoAfterSeconds }, signal);
    const end = async (verb: 'confirm' | 'cancel', during: AbortSignal): Promise<void> => {
      const { remove, add } = plan;
      await this.#run({ ...this.#request(verb, { remove, add }), change }, during);
    };
    return {
      undoAfterMs: undoAfterSeconds * second,
      confirm: (during): Promise<void> => end('confirm', during),
      cancel: (during): Promise<void> => end('cancel', during),
    };
  }

  lines(plan: RoutePlan): readonly string[] {
    checkPlan(plan);
    if (isEmptyPlan(plan)) {
      return [];
    }
    const request = this.#request('apply', plan);
    return [runCommand(this.#options, request.verb), requestText(request)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  /** The program need not know our rules: what they forbid is never asked of it. */
  async #checkBefore(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    const reading = await this.read(signal);
    if (reading.isUnconfirmed) {
      throw new DetourError(`A change on ${this.#router} waits to be confirmed`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
    refuseForeign(this.#router, plan, reading);
  }

  #request(
    verb: ScriptRequest['verb'],
    { remove, add, term, generation }: Omit<RoutePlan, 'unchanged'>,
  ): ScriptRequest {
    return {
      version: scriptVersion,
      router: this.#router,
      verb,
      remove: [...remove],
      add: [...add],
      ...(this.#options.terms && term !== undefined ? { term } : {}),
      ...(this.#options.terms && generation !== undefined ? { generation } : {}),
    };
  }

  async #run(request: ScriptRequest, signal: AbortSignal): Promise<RouterReading> {
    const command = runCommand(this.#options, request.verb);
    const stdin = requestText(request);
    const result = await this.#transport.exec(command, {
      stdin: `${stdin}\n`,
      timeoutMs: this.#options.timeLimitSeconds * second,
      signal,
    });
    const sent = `${command}\n${stdin}`;
    if (result.exitCode !== scriptExit.done) {
      throw this.#failed(request.verb, sent, result);
    }
    const answer = parseAnswer(result.stdout);
    if ('problem' in answer) {
      throw new DetourError(
        `The script of ${this.#router} gave no valid answer to ${request.verb}`,
        {
          code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
          retryable: true,
          detail: transcript(sent, result),
          cause: new Error(answer.problem),
        },
      );
    }
    return answer.reading;
  }

  #failed(verb: ScriptRequest['verb'], sent: string, result: ExecResult): DetourError {
    const words = result.stderr.trim().split('\n').at(-1) || `exit code ${result.exitCode}`;
    const details = { detail: transcript(sent, result), cause: new Error(words) };
    const script = `The script of ${this.#router}`;
    switch (result.exitCode) {
      case scriptExit.locked:
        return new DetourError(`${script} is kept from ${verb} by somebody else's change`, {
          ...details,
          code: 'DETOUR_ROUTER_LOCKED',
        });
      case scriptExit.fenced:
        return new DetourError(`A controller of a newer term has written to ${this.#router}`, {
          ...details,
          code: 'DETOUR_FENCED',
        });
      case scriptExit.undone:
        return new DetourError(`${this.#router} has gone back before the change was confirmed`, {
          ...details,
          code: 'DETOUR_ROUTER_CHANGE_UNDONE',
        });
      case scriptExit.refused:
        return new DetourError(`${script} refused ${verb} and changed nothing`, {
          ...details,
          code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        });
      default:
        return new DetourError(`${script} failed at ${verb}`, {
          ...details,
          code:
            verb === 'read' ? 'DETOUR_ROUTER_ANSWER_UNREADABLE' : 'DETOUR_ROUTER_COMMAND_REJECTED',
          // It may have done a part of it: whoever reads next knows.
          retryable: true,
        });
    }
  }
}
