import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import {
  type AgentAnswer,
  type AgentCommand,
  type AgentMessage,
  type AgentRequest,
  messageSchema,
  type Sighting,
} from './agent-messages.ts';
import { inside } from './namespaces.ts';

const agentScript = new URL('./agent.ts', import.meta.url).pathname;

/** A request that brought no answer; the message is the system's own code, such as ECONNREFUSED. */
export class RequestFailed extends Error {}

/** What one watched address answered over time: changes only, oldest first. */
export class Watch implements Disposable {
  readonly #sightings: Sighting[] = [];
  readonly #stop: () => void;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  add(sighting: Sighting): void {
    this.#sightings.push(sighting);
  }

  get sightings(): readonly Sighting[] {
    return this.#sightings;
  }

  /** Everyone who answered since that time, each named once, in order. */
  seenSince(time: number): readonly string[] {
    return [...new Set(this.#sightings.filter(({ at }) => at >= time).map(({ who }) => who))];
  }

  /** Waits until that party answers and gives back when it first did after `since`. */
  async first(who: string, since: number, timeoutMs: number): Promise<number> {
    const look = (): Sighting | undefined =>
      this.#sightings.find((sighting) => sighting.who === who && sighting.at >= since);
    const trail = (): string => this.#sightings.map(({ who: party }) => party).join(', ');
    try {
      return (await until(`an answer from ${who}`, look, { timeoutMs, everyMs: 2 })).at;
    } catch (error) {
      throw new Error(`No answer from ${who} in ${timeoutMs} ms; seen: ${trail()}`, {
        cause: error,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** Makes HTTP requests from inside one namespace, each over its own TCP connection. */
export class NamespaceClient implements AsyncDisposable {
  readonly #daemon: Daemon;
  readonly #waiting = new Map<number, (message: AgentMessage) => void>();
  readonly #watches = new Map<number, Watch>();
  #isReady = false;
  #nextId = 1;

  private constructor(namespace: string) {
    this.#daemon = new Daemon(
      `client in ${namespace}`,
      inside(namespace, [process.execPath, agentScript]),
      { onLine: (line): void => this.#hear(messageSchema.parse(JSON.parse(line))) },
    );
  }

  static async start(namespace: string): Promise<NamespaceClient> {
    const client = new NamespaceClient(namespace);
    await until(
      `the client in ${namespace}`,
      () => {
        if (client.#daemon.hasEnded) {
          throw new Error(client.#daemon.output);
        }
        return client.#isReady;
      },
      // Several processes of Node start at once with a lab, and the machine may be busy with other things.
      { timeoutMs: 40_000, everyMs: 20 },
    );
    return client;
  }

  /** Rejects with RequestFailed when no answer comes back. */
  request(request: AgentRequest): Promise<AgentAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<AgentAnswer>();
    const id = this.#takeId();
    this.#waiting.set(id, (message) => {
      if (message.is === 'answer') {
        resolve(message.answer);
      } else if (message.is === 'failure') {
        reject(new RequestFailed(message.code));
      }
    });
    this.#command({ do: 'request', id, request });
    return promise;
  }

  /** Asks again every few milliseconds until disposed, and keeps every change of the answering party. */
  watch(request: AgentRequest, everyMs = 10): Watch {
    const id = this.#takeId();
    const watch = new Watch(() => {
      this.#watches.delete(id);
      this.#command({ do: 'unwatch', id });
    });
    this.#watches.set(id, watch);
    this.#command({ do: 'watch', id, request: { timeoutMs: 300, ...request }, everyMs });
    return watch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.kill();
  }

  #takeId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  #command(command: AgentCommand): void {
    this.#daemon.write(JSON.stringify(command));
  }

  #hear(message: AgentMessage): void {
    if (message.is === 'ready') {
      this.#isReady = true;
    } else if (message.is === 'sighting') {
      this.#watches.get(message.id)?.add(message.sighting);
    } else {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    }
  }
}
