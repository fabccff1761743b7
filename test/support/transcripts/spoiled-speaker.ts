import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type Dialect, dialects } from '../../../src/adapters/routers/gobgp/dialects.ts';
import { noExport, pathParts } from '../../../src/adapters/routers/gobgp/messages.ts';
import { communityNumber, gobgpOptionsSchema } from '../../../src/adapters/routers/gobgp/schema.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { mutate } from '../../fakes/mutate.ts';
import type { Random } from '../../simulation/random.ts';
import { otherRoute, silentRoute } from './samples.ts';

type Method = 'AddPath' | 'DeletePath' | 'ListPath' | 'ListPeer';

const neighbour = '10.0.0.9';
const mark = communityNumber(gobgpOptionsSchema.parse({}).community);

/** One answer in so many is spoiled, or is a failure of some kind. */
const odds = [2, 6, 20];

/** Which version of the API the daemon speaks, how often it spoils, and by which numbers. */
interface Manner {
  readonly version: number;
  readonly rate: number;
  readonly random: Random;
  readonly hasOurs: boolean;
}

/**
 * A GoBGP that answers with anything at all: the words and the wire are true, what is said over them is spoiled. Our route
 * stands in its own table and was sent to nobody, a route of somebody else was. It takes every change and makes none.
 */
export class SpoiledSpeaker implements AsyncDisposable {
  /** Requests to change something, byte by byte, since the last `behave`. */
  readonly changes: string[] = [];
  readonly #server: grpc.Server;
  readonly #port: number;
  #manner: Manner | undefined;

  private constructor(server: grpc.Server, port: number) {
    this.#server = server;
    this.#port = port;
    for (const [version, dialect] of dialects.entries()) {
      this.#serve(dialect, version);
    }
  }

  static async open(): Promise<SpoiledSpeaker> {
    const server = new grpc.Server();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
    return new SpoiledSpeaker(server, await promise);
  }

  get port(): number {
    return this.#port;
  }

  /** From now on it spoils by these numbers, and has our route in its own table or is a witness who never heard of it. */
  behave(random: Random, { hasOurs }: { readonly hasOurs: boolean }): void {
    this.changes.length = 0;
    this.#manner = {
      random,
      hasOurs,
      version: random.between(0, dialects.length - 1),
      rate: random.pick(odds) ?? 2,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
  }

  #serve(dialect: Dialect, version: number): void {
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
    const definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {};
    const handlers: grpc.UntypedServiceImplementation = {};
    for (const method of ['AddPath', 'DeletePath', 'ListPath', 'ListPeer'] as const) {
      const known = service[method];
      if (known === undefined) {
        throw new Error(`${dialect.service} has no ${method}`);
      }
      definition[method] = {
        path: known.path,
        requestStream: false,
        // A call with one answer is a stream of one: what goes over the wire is the same.
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      };
      handlers[method] = (call: grpc.ServerWritableStream<Buffer, Buffer>): void => {
        const request: unknown = known.requestDeserialize(call.request);
        const answers = this.#answers(dialect, method, request).map((answer) =>
          known.responseSerialize(answer),
        );
        if (method === 'AddPath' || method === 'DeletePath') {
          this.changes.push(call.request.toString('latin1'));
        }
        this.#answer(call, answers, version);
      };
    }
    this.#server.addService(definition, handlers);
  }

  #answers(dialect: Dialect, method: Method, request: unknown): readonly object[] {
    switch (method) {
      case 'ListPeer':
        return [peerOf(dialect)];
      case 'ListPath':
        return tableOf(dialect, JSON.stringify(request), this.#manner?.hasOurs === true);
      default:
        return [{}];
    }
  }

  #answer(
    call: grpc.ServerWritableStream<Buffer, Buffer>,
    answers: readonly Buffer[],
    version: number,
  ): void {
    const manner = this.#manner;
    if (manner === undefined || manner.version !== version) {
      call.emit('error', failure(grpc.status.UNIMPLEMENTED));
      return;
    }
    const { random, rate } = manner;
    for (const answer of answers) {
      call.write(random.oneIn(rate) ? spoiled(answer, random) : answer);
    }
    if (random.oneIn(rate * 4)) {
      call.emit('error', failure(random.between(1, 16)));
    } else {
      call.end();
    }
  }
}

const asIs = (bytes: Buffer): Buffer => bytes;

const spoiled = (bytes: Buffer, random: Random): Buffer =>
  Buffer.from(mutate(bytes.toString('latin1'), random), 'latin1');

const failure = (code: number): Error =>
  Object.assign(new Error('spoiled'), { code, details: 'spoiled' });

const peerOf = ({ tables }: Dialect): object => ({
  peer: {
    conf: { neighbor_address: neighbour },
    // Version 4 names each value after its kind.
    state: {
      session_state: tables.global === 'GLOBAL' ? 'ESTABLISHED' : 'SESSION_STATE_ESTABLISHED',
    },
  },
});

/** The route of the other stands everywhere; ours in the speaker's own table alone. */
function tableOf(dialect: Dialect, request: string, hasOurs: boolean): readonly object[] {
  if (request.includes('AFI_IP6')) {
    return [];
  }
  const other = destination(dialect, otherRoute, [noExport]);
  return hasOurs && !request.includes(dialect.tables.sent)
    ? [destination(dialect, silentRoute, [noExport, mark]), other]
    : [other];
}

const destination = (dialect: Dialect, route: Route, communities: number[]): object => ({
  destination: {
    prefix: route.prefix,
    paths: [{ best: true, ...dialect.path(pathParts(route, communities, [])) }],
  },
});
