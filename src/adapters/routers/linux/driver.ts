import {
  isEmptyPlan,
  type Route,
  type RoutePlan,
  type RouterReading,
} from '../../../core/route-plan.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { RouteDriver } from '../../../ports/route-driver.ts';
import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { readOptions } from '../driver-options.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { transcript } from '../transcript.ts';
import { batchCommand, changeLines, readingCommand } from './commands.ts';
import { batchFailures, parseReading } from './parse.ts';
import { type LinuxOptions, linuxOptionsSchema } from './schema.ts';

/** The design's limit for one operation on a router. */
const operationTimeoutMs = 30_000;

/** The kernel of a Linux machine through `ip` of iproute2. */
export const linuxKind: DriverKind = {
  optionsSchema: linuxOptionsSchema,
  carriage: () => 'commands',
  open: (context) => new LinuxDriver(context),
};

class LinuxDriver implements RouteDriver {
  readonly #router: string;
  readonly #transport: Transport;
  readonly #options: LinuxOptions;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#transport = context.transport;
    this.#options = readOptions(linuxOptionsSchema, context);
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    const command = readingCommand(this.#options);
    const result = await this.#transport.exec(command, { signal, timeoutMs: operationTimeoutMs });
    const answer = parseReading(result.stdout, result.stderr);
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
    const lines = this.lines(plan);
    if (isEmptyPlan(plan)) {
      return;
    }
    const stdin = `${lines.join('\n')}\n`;
    const result = await this.#transport.exec(batchCommand(this.#options), {
      stdin,
      signal,
      timeoutMs: operationTimeoutMs,
    });
    if (result.exitCode === 0) {
      return;
    }
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
