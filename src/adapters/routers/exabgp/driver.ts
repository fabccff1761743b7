import {
  isEmptyPlan,
  type ObservedRoute,
  type Route,
  type RoutePlan,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { DetourError, type ErrorCode } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import type { RouteDriver } from '../../../ports/route-driver.ts';
import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { checkPlan } from '../checked-route.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeignPrefix } from '../foreign-routes.ts';
import { Speaker } from '../gobgp/speaker.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { settle } from '../settle.ts';
import { transcript } from '../transcript.ts';
import { changeLines, dialogueCommand, exabgpExit, readingLines } from './commands.ts';
import { isTaken, newestTermOf, parseReading, type ToldRoute } from './parse.ts';
import { type ExabgpOptions, exabgpOptionsSchema } from './schema.ts';

/** The design's limit for one operation on a router; the dialogue ends itself before. */
const operationTimeoutMs = 30 * second;

/** ExaBGP answers before it speaks to anybody: look at the witness so many times. */
const settleLooks = 20;

/** A BGP speaker without a table: ExaBGP, told through its named pipes. */
export const exabgpKind: DriverKind = {
  optionsSchema: exabgpOptionsSchema,
  carriage: () => ['commands'],
  open: (context) => new ExabgpDriver(context),
};

class ExabgpDriver implements RouteDriver {
  readonly #router: string;
  readonly #transport: Transport;
  readonly #options: ExabgpOptions;
  readonly #witness: Speaker;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#transport = context.transport;
    this.#options = readOptions(exabgpOptionsSchema, context);
    this.#witness = new Speaker(context.router, this.#options.witnessPort);
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    const { result, sent } = await this.#say(readingLines, signal);
    const reading = result.exitCode === 0 ? parseReading(result.stdout) : undefined;
    if (reading === undefined) {
      throw this.#unreadable(sent, result);
    }
    const { neighbours: named, community } = this.#options;
    const wanted = named.length === 0 ? reading.neighbours.map(({ address }) => address) : named;
    const up = new Set(
      reading.neighbours.flatMap(({ address, isEstablished }) => (isEstablished ? [address] : [])),
    );
    const told = new Set(reading.told.map((route) => `${route.neighbour} ${routeKey(route)}`));
    const heard = await this.#heard(signal);
    const isInstalled = (route: Route): boolean =>
      wanted.length > 0 &&
      wanted.every((address) => up.has(address) && told.has(`${address} ${routeKey(route)}`)) &&
      heard.has(routeKey(route));
    const isOurs = ({ communities }: ToldRoute): boolean => communities.includes(community);
    const term = newestTermOf(reading.told, community);
    return {
      ...(term === undefined ? {} : { term }),
      owned: once(reading.told.filter(isOurs)).map(
        (route): ObservedRoute => ({ ...route, isInstalled: isInstalled(route) }),
      ),
      foreign: once(reading.told.filter((route) => !isOurs(route))),
    };
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    checkPlan(plan);
    if (isEmptyPlan(plan)) {
      return;
    }
    refuseForeignPrefix(this.#router, plan, await this.read(signal));
    const lines = this.lines(plan);
    const { result, sent } = await this.#say(lines, signal);
    if (result.exitCode !== 0 || !isTaken(result.stdout, lines.length)) {
      throw new DetourError(`The ExaBGP of ${this.#router} did not take every line`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        // Lines before the refused one stand: whoever reads next knows.
        retryable: true,
        detail: transcript(sent, result),
        cause: new Error(wordsOf(result)),
      });
    }
    await this.#settle(plan, signal);
  }

  lines(plan: RoutePlan): readonly string[] {
    return changeLines(plan, this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#witness[Symbol.dispose]();
    await this.#transport[Symbol.asyncDispose]();
  }

  async #heard(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const paths = await this.#witness.paths('global', signal);
    return new Set(paths.map(routeKey));
  }

  /** Waits, within bounds, until the witness has heard of the change. Whoever reads next sees whether it has. */
  async #settle({ add, remove }: RoutePlan, signal: AbortSignal): Promise<void> {
    const isInEffect = async (): Promise<boolean> => {
      const heard = await this.#heard(signal);
      const isThere = (route: Route): boolean => heard.has(routeKey(route));
      return add.every(isThere) && !remove.some(isThere);
    };
    await settle(isInEffect, settleLooks, signal);
  }

  async #say(
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly result: ExecResult; readonly sent: string }> {
    const command = dialogueCommand(this.#options);
    const stdin = `${lines.join('\n')}\n`;
    const result = await this.#transport.exec(command, {
      stdin,
      timeoutMs: operationTimeoutMs,
      signal,
    });
    return { result, sent: `${command}\n${stdin}` };
  }

  #unreadable(sent: string, result: ExecResult): DetourError {
    return new DetourError(`Could not read the routes of the ExaBGP of ${this.#router}`, {
      code: codeOf(result),
      retryable: true,
      detail: transcript(sent, result),
      cause: new Error(wordsOf(result)),
    });
  }
}

function codeOf({ exitCode }: ExecResult): ErrorCode {
  switch (exitCode) {
    case exabgpExit.notListening:
    case exabgpExit.noPipes:
      return 'DETOUR_TRANSPORT_LOST';
    case exabgpExit.busy:
      return 'DETOUR_ROUTER_LOCKED';
    default:
      return 'DETOUR_ROUTER_ANSWER_UNREADABLE';
  }
}

function wordsOf({ exitCode, stderr }: ExecResult): string {
  switch (exitCode) {
    case exabgpExit.notListening:
      return 'ExaBGP does not listen at its pipe';
    case exabgpExit.noPipes:
      return 'the named pipes are not there';
    case exabgpExit.busy:
      return 'somebody else speaks at the pipe';
    case exabgpExit.late:
      return 'ExaBGP did not answer in time';
    default:
      return stderr.trim().split('\n').at(-1) || 'ExaBGP answered otherwise than asked';
  }
}

/** Each route once, however many neighbours are told it. */
function once(routes: readonly Route[]): readonly Route[] {
  return [
    ...new Map(
      routes.map(({ prefix, nextHop }) => [routeKey({ prefix, nextHop }), { prefix, nextHop }]),
    ).values(),
  ];
}
