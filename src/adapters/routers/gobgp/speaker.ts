import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { DetourError } from '../../../lib/errors.ts';
import type { CountStandstills } from '../../../ports/transport.ts';

const protoFile = fileURLToPath(new URL('gobgp-v3.proto', import.meta.url));

/** One call may take this long: the speaker is on this machine. */
const callMs = 10_000;

/** As many destinations as one table may have; a full Internet table is no place for a diversion. */
const maxAnswers = 100_000;

type Method = 'AddPath' | 'DeletePath' | 'ListPath' | 'ListPeer';

/** Read once: the methods of the service, with how each message goes over the wire. */
function serviceDefinition(): grpc.ServiceDefinition {
  const definition = loadSync(protoFile, {
    keepCase: true,
    enums: String,
    longs: Number,
    json: true,
    defaults: true,
    arrays: true,
  })['apipb.GobgpApi'];
  if (definition === undefined || 'format' in definition) {
    throw new Error('The service is missing in gobgp-v3.proto');
  }
  return definition;
}

/** A GoBGP daemon of this machine, by its gRPC API. Its API knows no users, so it is reached over loopback alone. */
export class Speaker implements Disposable {
  readonly #router: string;
  readonly #client: grpc.Client;
  readonly #service = serviceDefinition();

  readonly #standstills: CountStandstills;

  constructor(router: string, port: number, standstills: CountStandstills = () => 0) {
    this.#router = router;
    this.#standstills = standstills;
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /** Makes one call; rejects with a DetourError. */
  async call(
    method: Extract<Method, 'AddPath' | 'DeletePath'>,
    request: object,
    signal: AbortSignal,
  ): Promise<void> {
    this.#standstills();
    signal.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    await new Promise<void>((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline: Date.now() + callMs },
        (error) => {
          if (error === null) {
            resolve();
          } else {
            reject(this.#failed(method, error));
          }
        },
      );
      cancelWith(signal, call);
    });
  }

  /** Lists everything that a call streams; rejects with a DetourError. */
  async list(
    method: Extract<Method, 'ListPath' | 'ListPeer'>,
    request: object,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline: Date.now() + callMs },
    );
    cancelWith(signal, call);
    const answers: unknown[] = [];
    try {
      for await (const answer of call) {
        answers.push(answer);
        if (answers.length > maxAnswers) {
          call.cancel();
          throw new Error(`more than ${maxAnswers} answers`);
        }
      }
    } catch (error) {
      throw this.#failed(method, error);
    }
    return answers;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #method(method: Method): grpc.MethodDefinition<object, object> {
    const found = this.#service[method];
    if (found === undefined) {
      throw new Error(`gobgp-v3.proto has no ${method}`);
    }
    return found;
  }

  #failed(method: Method, error: unknown): DetourError {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isLate = code === grpc.status.DEADLINE_EXCEEDED || code === grpc.status.CANCELLED;
    return new DetourError(`${method} of the GoBGP of ${this.#router} failed`, {
      code: isLate ? 'DETOUR_TRANSPORT_TIMEOUT' : 'DETOUR_TRANSPORT_LOST',
      retryable: true,
      cause: error,
    });
  }
}

function cancelWith(signal: AbortSignal, call: { cancel(): void }): void {
  if (signal.aborted) {
    call.cancel();
  } else {
    signal.addEventListener('abort', () => call.cancel(), { once: true });
  }
}
