import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Route } from '../../../core/route-plan.ts';
import { DetourError } from '../../../lib/errors.ts';
import { familyOf } from '../../../lib/ip.ts';
import type { CountStandstills } from '../../../ports/transport.ts';
import { type Dialect, dialects } from './dialects.ts';
import { type Flow, type FlowPath, flowFamilies, flowParts, flowPaths } from './flows.ts';
import {
  families,
  type HostPath,
  hostPaths,
  type LargeCommunity,
  type Neighbour,
  neighbourOf,
  pathParts,
} from './messages.ts';

/** One call may take this long: the speaker is on this machine. */
const callMs = 10_000;

/** As many destinations as one table may have; a full Internet table is no place for a diversion. */
const maxAnswers = 100_000;

/** The speaker's own table, or what it sent to one neighbour. */
export type SpeakerTable = 'global' | { readonly sentTo: string };

/** What an announcement carries. */
export interface Tags {
  readonly communities: readonly number[];
  /** Who announces, and by which decision, as large communities. */
  readonly signature: readonly LargeCommunity[];
}

type Method = 'AddPath' | 'DeletePath' | 'ListPath' | 'ListPeer';

/** A version of the API with how each of its messages goes over the wire. */
interface Api {
  readonly dialect: Dialect;
  readonly service: grpc.ServiceDefinition;
}

let loaded: readonly Api[] | undefined;

/** Read once, when first needed. */
function apis(): readonly Api[] {
  loaded ??= dialects.map((dialect) => {
    const service = loadSync(dialect.protoFile, {
      keepCase: true,
      enums: String,
      longs: Number,
      json: true,
      defaults: true,
      arrays: true,
    })[dialect.service];
    if (service === undefined || 'format' in service) {
      throw new Error(`${dialect.service} is missing in ${dialect.protoFile}`);
    }
    return { dialect, service };
  });
  return loaded;
}

/**
 * A GoBGP daemon of this machine, by its gRPC API, version 3 or 4: which of them is found out by speaking, and found out
 * again after an upgrade. The API knows no users, so it is reached over loopback alone.
 */
export class Speaker implements Disposable {
  readonly #router: string;
  readonly #client: grpc.Client;
  readonly #standstills: CountStandstills;
  #api: Api | undefined;
  #changes = 0;

  constructor(router: string, port: number, standstills: CountStandstills = () => 0) {
    this.#router = router;
    this.#standstills = standstills;
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /** Changes that the daemon has said it made, since this was opened. */
  get changes(): number {
    return this.#changes;
  }

  /** The host routes of both families in one table. */
  async paths(table: SpeakerTable, signal: AbortSignal): Promise<readonly HostPath[]> {
    return await this.#speak('ListPath', async (api) => {
      const answers = await this.#table(api, table, Object.values(families), signal);
      return this.#readable(() => hostPaths(answers, api.dialect.attributeSchema));
    });
  }

  /** The flows to hosts, of both families, in one table. */
  async flows(table: SpeakerTable, signal: AbortSignal): Promise<readonly FlowPath[]> {
    return await this.#speak('ListPath', async (api) => {
      const answers = await this.#table(api, table, Object.values(flowFamilies), signal);
      return this.#readable(() => flowPaths(answers, api.dialect));
    });
  }

  /** Every configured neighbour. */
  async neighbours(signal: AbortSignal): Promise<readonly Neighbour[]> {
    return await this.#speak('ListPeer', async (api) => {
      const answers = await this.#list(api, 'ListPeer', {}, signal);
      return this.#readable(() => answers.map(neighbourOf));
    });
  }

  /** Announces a route; the same one again changes nothing. */
  async announce(
    route: Route,
    { communities, signature }: Tags,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#speak('AddPath', async (api) => {
      const { path, tables } = api.dialect;
      const request = {
        table_type: tables.global,
        path: path(pathParts(route, communities, signature)),
      };
      await this.#call(api, 'AddPath', request, signal);
    });
  }

  /** Withdraws a route; one that is gone already changes nothing. */
  async withdraw(route: Route, communities: readonly number[], signal: AbortSignal): Promise<void> {
    await this.#speak('DeletePath', async (api) => {
      const { path, tables } = api.dialect;
      const request = {
        table_type: tables.global,
        family: families[familyOf(route.prefix)],
        path: path(pathParts(route, communities, [])),
      };
      await this.#call(api, 'DeletePath', request, signal);
    });
  }

  /** Announces a flow; the same one again changes nothing. */
  async announceFlow(
    flow: Flow,
    { communities, signature }: Tags,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#speak('AddPath', async (api) => {
      const { flowPath, tables } = api.dialect;
      const request = {
        table_type: tables.global,
        path: flowPath(flowParts(flow, communities, signature)),
      };
      await this.#call(api, 'AddPath', request, signal);
    });
  }

  /** Withdraws a flow that was found in the global table. */
  async withdrawFlow({ prefix, nlri, communities }: FlowPath, signal: AbortSignal): Promise<void> {
    await this.#speak('DeletePath', async (api) => {
      const { flowPath, tables } = api.dialect;
      const path = flowPath(flowParts({ prefix, ports: [] }, communities, []));
      const family = flowFamilies[familyOf(prefix)];
      const request = { table_type: tables.global, family, path: { ...path, nlri } };
      await this.#call(api, 'DeletePath', request, signal);
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /** Acts by the version that answered last, and by the others when the daemon does not have that one. */
  async #speak<Result>(method: Method, act: (api: Api) => Promise<Result>): Promise<Result> {
    const last = this.#api;
    const order = last === undefined ? apis() : [last, ...apis().filter((api) => api !== last)];
    let unknownService: unknown;
    for (const api of order) {
      try {
        const result = await act(api);
        this.#api = api;
        return result;
      } catch (error) {
        if (!isUnknownService(error)) {
          throw this.#failed(method, error);
        }
        unknownService = error;
      }
    }
    throw new DetourError(
      `The GoBGP of ${this.#router} speaks neither version 3 nor 4 of its API`,
      { code: 'DETOUR_ROUTER_ANSWER_UNREADABLE', cause: unknownService },
    );
  }

  async #table(
    api: Api,
    table: SpeakerTable,
    of: readonly object[],
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const { tables } = api.dialect;
    const which =
      table === 'global'
        ? { table_type: tables.global }
        : { table_type: tables.sent, name: table.sentTo };
    const answers: unknown[] = [];
    for (const family of of) {
      answers.push(...(await this.#list(api, 'ListPath', { ...which, family }, signal)));
    }
    return answers;
  }

  async #call(
    { service }: Api,
    method: 'AddPath' | 'DeletePath',
    request: object,
    signal: AbortSignal,
  ): Promise<void> {
    this.#standstills();
    signal.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = definitionOf(service, method);
    await new Promise<void>((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline: Date.now() + callMs },
        (error) => (error === null ? resolve() : reject(error)),
      );
      cancelWith(signal, call);
    });
    this.#changes += 1;
  }

  async #list(
    { service }: Api,
    method: 'ListPath' | 'ListPeer',
    request: object,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(service, method);
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline: Date.now() + callMs },
    );
    cancelWith(signal, call);
    const answers: unknown[] = [];
    for await (const answer of call) {
      answers.push(answer);
      if (answers.length > maxAnswers) {
        call.cancel();
        throw new Error(`more than ${maxAnswers} answers`);
      }
    }
    return answers;
  }

  #readable<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw new DetourError(`Could not read the routes of ${this.#router}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
        cause: error,
      });
    }
  }

  #failed(method: Method, error: unknown): DetourError {
    if (error instanceof DetourError) {
      return error;
    }
    const code = statusOf(error);
    if (isRefusal(code)) {
      return new DetourError(`The GoBGP of ${this.#router} refused ${method}`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        // A refused reading leaves open what stands there; a refused change was not made.
        retryable: method === 'ListPath' || method === 'ListPeer',
        cause: error,
      });
    }
    if (code === grpc.status.UNKNOWN) {
      return new DetourError(`The GoBGP of ${this.#router} answered ${method} with an error`, {
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        retryable: true,
        cause: error,
      });
    }
    const isLate = code === grpc.status.DEADLINE_EXCEEDED || code === grpc.status.CANCELLED;
    return new DetourError(`${method} of the GoBGP of ${this.#router} failed`, {
      code: isLate ? 'DETOUR_TRANSPORT_TIMEOUT' : 'DETOUR_TRANSPORT_LOST',
      retryable: true,
      cause: error,
    });
  }
}

function definitionOf(
  service: grpc.ServiceDefinition,
  method: Method,
): grpc.MethodDefinition<object, object> {
  const found = service[method];
  if (found === undefined) {
    throw new Error(`The proto file has no ${method}`);
  }
  return found;
}

/**
 * By these a daemon says that it did not do what was asked. Not by the code for an unknown error, although GoBGP refuses most
 * things by that: it stands for any failure in the middle of the work, too. Then a reading tells.
 */
const refusals: ReadonlySet<unknown> = new Set([
  grpc.status.INVALID_ARGUMENT,
  grpc.status.NOT_FOUND,
  grpc.status.ALREADY_EXISTS,
  grpc.status.PERMISSION_DENIED,
  grpc.status.FAILED_PRECONDITION,
  grpc.status.OUT_OF_RANGE,
  grpc.status.UNAUTHENTICATED,
]);

const isRefusal = (code: unknown): boolean => refusals.has(code);

const statusOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

const isUnknownService = (error: unknown): boolean => statusOf(error) === grpc.status.UNIMPLEMENTED;

function cancelWith(signal: AbortSignal, call: { cancel(): void }): void {
  if (signal.aborted) {
    call.cancel();
  } else {
    signal.addEventListener('abort', () => call.cancel(), { once: true });
  }
}
