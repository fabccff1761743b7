import type { Route, RoutePlan, RouterReading } from '../../../core/route-plan.ts';
import { isEmptyPlan } from '../../../core/route-plan.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { RouteDriver, RouteLease } from '../../../ports/route-driver.ts';
import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { readOptions } from '../driver-options.ts';
import { expectAnswered } from '../expect-answered.ts';
import { refuseForeignTwin } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import {
  expectLeased,
  leaseCommand,
  leaseInput,
  leaseQuestion,
  parseLease,
} from '../shell-lease.ts';
import { placeOf } from '../shell-state.ts';
import { transcript } from '../transcript.ts';
import { waitWithin } from '../wait-within.ts';
import {
  asCommand,
  changeLines,
  configurationQuestion,
  dialogues,
  isBatchUnknown,
  isWorthBatch,
  readingQuestion,
  saveCommand,
  tablesQuestion,
  unattendedLines,
  versionQuestion,
} from './commands.ts';
import { type FrrReading, firstRefusal, isFrrVersion, parseReading, saveProblem } from './parse.ts';
import { type FrrOptions, frrOptionsSchema } from './schema.ts';
import { FrrTerminal } from './terminal.ts';

/** The design's limit for one operation on a router. */
const operationTimeoutMs = 30_000;

/** staticd answers before zebra has put the route into the kernel: look again so often, so many times. */
const settleEveryMs = 50;
const settleLooks = 10;

/** FRRouting through vtysh. */
export const frrKind: DriverKind = {
  optionsSchema: frrOptionsSchema,
  // Told nothing, it takes what the transport has: commands, or a person's terminal where there is nothing else.
  carriage: ({ shell }) =>
    shell === 'auto' ? ['commands', 'shell'] : [shell === 'terminal' ? 'shell' : 'commands'],
  leaseProblem: ({ shell }) =>
    shell === 'sh'
      ? undefined
      : 'a vtysh has no timer: give the account a shell and set options.shell: sh, or write onDeath: stay for the site',
  open: (context) => new FrrDriver(context),
};

class FrrDriver implements RouteDriver {
  readonly leaseRoutes?: NonNullable<RouteDriver['leaseRoutes']>;
  readonly #router: string;
  readonly #transport: Transport;
  readonly #options: FrrOptions;
  /** Where the login meets a person's terminal and no commands; and where the route table is read, if elsewhere. */
  readonly #terminal: FrrTerminal | undefined;
  readonly #tables: FrrTerminal | undefined;
  #shell: 'vtysh' | 'sh' | undefined;
  #knowsBatches = true;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#transport = context.transport;
    this.#options = readOptions(frrOptionsSchema, context);
    const { shell, zebraPort } = this.#options;
    this.#shell = shell === 'vtysh' || shell === 'sh' ? shell : undefined;
    if (shell === 'sh') {
      this.leaseRoutes = (lease, signal): Promise<void> => this.#leaseRoutes(lease, signal);
    }
    const isTerminal = shell === 'terminal' || context.transport.isTerminalOnly === true;
    this.#terminal = isTerminal ? new FrrTerminal(context) : undefined;
    const zebra = zebraPort === undefined ? undefined : context.atPort?.(zebraPort);
    this.#tables =
      isTerminal && zebra !== undefined
        ? new FrrTerminal({ ...context, transport: zebra })
        : undefined;
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    // Asked first: a lease that lapses in between leaves a reading that still has the routes.
    const told = this.leaseRoutes === undefined ? {} : await this.#readLease(signal);
    const { owned, foreign } = await this.#read(signal);
    return { owned, foreign, ...told };
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    const lines = changeLines(plan, this.#options);
    if (isEmptyPlan(plan)) {
      return;
    }
    refuseForeignTwin(this.#router, plan, await this.#read(signal));
    await this.#change(lines, signal);
    await this.#settle(plan.add, signal);
    if (this.#options.writeMemory) {
      await this.#save(signal);
    }
  }

  lines(plan: RoutePlan): readonly string[] {
    const lines = changeLines(plan, this.#options);
    const texts = dialogues(lines, this.#isBatched(lines));
    const save = this.#options.writeMemory && lines.length > 0 ? [saveCommand] : [];
    return [...texts.flatMap((text) => text.split('\n')), ...save];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#terminal?.[Symbol.asyncDispose]();
    await this.#tables?.[Symbol.asyncDispose]();
    await this.#transport[Symbol.asyncDispose]();
  }

  get #place(): string {
    return placeOf(`frr-${this.#options.tag}`);
  }

  async #readLease(signal: AbortSignal): Promise<ReturnType<typeof parseLease>> {
    const { stdout } = await this.#send(`${this.#place}; ${leaseQuestion}; true`, signal);
    return parseLease(stdout);
  }

  async #leaseRoutes(lease: RouteLease, signal: AbortSignal): Promise<void> {
    const lines = changeLines({ remove: lease.routes, add: [], unchanged: [] }, this.#options);
    const command = leaseCommand({ place: this.#place, takeBack: 'vtysh' }, lease);
    const stdin = leaseInput(unattendedLines(lines, this.#options));
    expectLeased(this.#router, command, await this.#send(command, signal, stdin));
  }

  #isBatched(lines: readonly string[]): boolean {
    return this.#knowsBatches && isWorthBatch(lines);
  }

  async #change(lines: readonly string[], signal: AbortSignal): Promise<void> {
    const isBatched = this.#isBatched(lines);
    for (const text of dialogues(lines, isBatched)) {
      const result = await this.#exec(text, signal);
      if (isBatched && isBatchUnknown(result.stdout)) {
        this.#knowsBatches = false;
        await this.#change(lines, signal);
        return;
      }
      this.#accept(text, result);
    }
  }

  /** Waits, within bounds, until the routes are in the kernel. Whoever reads next sees whether they are. */
  async #settle(added: readonly Route[], signal: AbortSignal): Promise<void> {
    for (let look = 1; look <= settleLooks; look += 1) {
      const { owned } = await this.#read(signal);
      const pending = added.some(
        ({ prefix, nextHop }) =>
          !owned.some(
            (route) => route.prefix === prefix && route.nextHop === nextHop && route.isInstalled,
          ),
      );
      if (!pending) {
        return;
      }
      await waitWithin(signal, settleEveryMs);
    }
  }

  async #read(signal: AbortSignal): Promise<FrrReading> {
    const result = await this.#readText(signal);
    const answer = parseReading(result.stdout, this.#options.tag);
    if ('problem' in answer) {
      throw new DetourError(`Could not read the routes of ${this.#router}: ${answer.problem}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
        detail: transcript(readingQuestion, result),
      });
    }
    return answer.reading;
  }

  async #readText(signal: AbortSignal): Promise<ExecResult> {
    if (this.#terminal === undefined || this.#tables === undefined) {
      const whole = await this.#exec(readingQuestion, signal);
      this.#accept(readingQuestion, whole);
      return whole;
    }
    // Each daemon answers at its own port: that it does is what `show daemons` would tell.
    const tables = await this.#tables.exec(tablesQuestion, signal);
    this.#accept(tablesQuestion, tables);
    const configured = await this.#terminal.exec(configurationQuestion, signal);
    this.#accept(configurationQuestion, configured);
    return { ...configured, stdout: `zebra staticd\n${tables.stdout}${configured.stdout}` };
  }

  async #save(signal: AbortSignal): Promise<void> {
    const result = await this.#exec(saveCommand, signal);
    this.#accept(saveCommand, result);
    const problem = saveProblem(result.stdout);
    if (problem !== undefined) {
      throw new DetourError(`The change on ${this.#router} is in effect and not saved`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        detail: transcript(saveCommand, result),
        cause: new Error(problem),
      });
    }
  }

  #accept(text: string, result: ExecResult): void {
    const refusal = firstRefusal(result.stdout);
    if (refusal === undefined) {
      expectAnswered(this.#router, text, result);
    }
    if (result.exitCode === 0 && refusal === undefined) {
      return;
    }
    const words = refusal ?? result.stderr.trim().split('\n').at(-1) ?? '';
    throw new DetourError(`${this.#router} refused a command; lines before it stay in effect`, {
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      detail: transcript(text, result),
      cause: new Error(words === '' ? `exit code ${result.exitCode ?? 'none'}` : words),
    });
  }

  async #exec(text: string, signal: AbortSignal): Promise<ExecResult> {
    if (this.#terminal !== undefined) {
      return await this.#terminal.exec(text, signal);
    }
    this.#shell ??= await this.#findShell(signal);
    return await this.#send(asCommand(text, this.#shell), signal);
  }

  async #findShell(signal: AbortSignal): Promise<'vtysh' | 'sh'> {
    for (const shell of ['vtysh', 'sh'] as const) {
      const { stdout } = await this.#send(asCommand(versionQuestion, shell), signal);
      if (isFrrVersion(stdout)) {
        return shell;
      }
    }
    const result = await this.#send(asCommand(versionQuestion, 'sh'), signal);
    throw new DetourError(`Found no vtysh on ${this.#router}, neither as login shell nor by name`, {
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
      detail: transcript(asCommand(versionQuestion, 'sh'), result),
    });
  }

  async #send(command: string, signal: AbortSignal, stdin?: string): Promise<ExecResult> {
    return await this.#transport.exec(command, {
      signal,
      timeoutMs: operationTimeoutMs,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }
}
