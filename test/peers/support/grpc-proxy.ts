import * as grpc from '@grpc/grpc-js';
import { FaultWire } from '../../lab/support/fault-wire.ts';

const methods = { AddPath: false, DeletePath: false, ListPath: true, ListPeer: true } as const;

export type GobgpMethod = keyof typeof methods;

/** What the proxy does with one call instead of passing on what is asked and what is answered. */
export interface CallFault {
  /** The daemon never hears of it, and the caller is told this. */
  readonly refuse?: grpc.status;
  /** The caller is told that all went well, and the daemon nothing. */
  readonly isPretended?: true;
  /** The daemon is asked this instead. */
  readonly ask?: Buffer;
  /** The daemon does it only then, whoever waits. */
  readonly after?: Promise<void>;
  /** Each message of the answer is spoiled. */
  readonly spoil?: (message: Buffer) => Buffer;
  /** The caller hears nothing more, or loses the connection: before the daemon has done it, or after. */
  readonly end?: 'silence' | 'cut';
  readonly isDone?: true;
}

export type FaultOf = (method: GobgpMethod) => CallFault | undefined;

const isMethod = (name: string): name is GobgpMethod => Object.hasOwn(methods, name);
const asIs = (bytes: Buffer): Buffer => bytes;

/**
 * Stands before a real GoBGP of any version and passes on what it is called, message by message and unread: it keeps the
 * name of each call, and fails as it is told. It knows four calls, the only ones that the driver may make: any other fails.
 */
export class GrpcProxy implements AsyncDisposable {
  /** Each call that arrived, oldest first. */
  readonly calls: GobgpMethod[] = [];
  /** The wire before it, that can fail too. */
  readonly wire: FaultWire;
  readonly #server: grpc.Server;
  readonly #far: grpc.Client;
  #faultOf: FaultOf = () => undefined;

  private constructor(server: grpc.Server, wire: FaultWire, farPort: number) {
    this.#server = server;
    this.wire = wire;
    this.#far = new grpc.Client(`127.0.0.1:${farPort}`, grpc.credentials.createInsecure());
    for (const service of ['apipb.GobgpApi', 'api.GoBgpService']) {
      this.#serve(service);
    }
  }

  static async open(farPort: number): Promise<GrpcProxy> {
    const server = new grpc.Server();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
    return new GrpcProxy(server, await FaultWire.open(await promise), farPort);
  }

  /** From now on; nothing for a daemon that is well again. */
  setFault(faultOf: FaultOf = (): undefined => undefined): void {
    this.#faultOf = faultOf;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.wire[Symbol.asyncDispose]();
    this.#server.forceShutdown();
    this.#far.close();
  }

  #serve(service: string): void {
    const definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {};
    const handlers: grpc.UntypedServiceImplementation = {};
    for (const name of Object.keys(methods).filter(isMethod)) {
      const path = `/${service}/${name}`;
      definition[name] = {
        path,
        requestStream: false,
        // A call with one answer is a stream of one: what goes over the wire is the same.
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      };
      handlers[name] = (call: grpc.ServerWritableStream<Buffer, Buffer>): void => {
        void this.#answer(path, name, call);
      };
    }
    this.#server.addService(definition, handlers);
  }

  async #answer(
    path: string,
    name: GobgpMethod,
    call: grpc.ServerWritableStream<Buffer, Buffer>,
  ): Promise<void> {
    this.calls.push(name);
    const {
      refuse,
      isPretended,
      ask = call.request,
      after,
      spoil = asIs,
      end,
      isDone,
    } = this.#faultOf(name) ?? {};
    if (refuse !== undefined) {
      call.emit('error', statusError(refuse));
      return;
    }
    if (isPretended) {
      call.write(Buffer.alloc(0));
      call.end();
      return;
    }
    await after;
    if (end === undefined) {
      const problem = await this.#passOn(path, ask, (message) => {
        call.write(spoil(message));
      });
      if (problem === undefined) {
        call.end();
      } else {
        call.emit('error', problem);
      }
      return;
    }
    if (isDone) {
      await this.#passOn(path, ask, () => undefined);
    }
    if (end === 'cut') {
      this.wire.cut();
    }
  }

  /** Resolves when the daemon has answered: with what it refused by, or with nothing. */
  #passOn(
    path: string,
    request: Buffer,
    take: (message: Buffer) => void,
  ): Promise<Error | undefined> {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    const far = this.#far.makeServerStreamRequest(path, asIs, asIs, request);
    far.on('data', take);
    far.on('error', resolve);
    far.on('end', () => resolve(undefined));
    return promise;
  }
}

const statusError = (code: grpc.status): Error =>
  Object.assign(new Error(grpc.status[code]), { code, details: grpc.status[code] });
