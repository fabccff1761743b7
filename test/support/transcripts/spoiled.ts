import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inbound } from '../../../src/adapters/transports/inbound.ts';
import type { DeviceStream, StreamKind, Transport } from '../../../src/ports/transport.ts';
import { mutate } from '../../fakes/mutate.ts';
import type { Random } from '../../simulation/random.ts';
import { sshTo } from '../../simulators/support/bench.ts';
import type { Device } from '../../simulators/support/device.ts';
import { serveOverSsh } from '../../simulators/support/ssh-server.ts';
import { Terminal } from '../../simulators/support/terminal.ts';
import { Silence } from './silence.ts';

/** A transport whose every answer is spoiled. */
export const spoiledCommands = (answer: string, random: Random): Transport =>
  answeringBy(() => mutate(answer, random));

/** A transport that always gives this answer. */
export const trueCommands = (answer: string): Transport => answeringBy(() => answer);

function answeringBy(answer: () => string): Transport {
  return {
    async exec() {
      return { stdout: answer(), stderr: '', exitCode: 0 };
    },
    openStream: () => Promise.reject(new Error('no streams here')),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** One piece in so many is spoiled: a device that says much in small pieces would else never be understood. */
const odds = [10, 40, 160, 640];

/** Spoils a piece now and then, at a rate of its own; by mutation unless said. */
export function spoiler(random: Random, spoil = mutate): (text: string) => string {
  const rate = random.pick(odds) ?? 10;
  return (text) => (random.oneIn(rate) ? spoil(text, random) : text);
}

/** A simulated device in memory; now and then a piece of what it says is spoiled. */
export function spoiledDevice(device: Device, random: Random): Transport {
  return {
    exec: () => Promise.reject(new Error('no commands here')),
    openStream: async (kind) => new SpoiledStream(device, kind, random),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The same device behind a real SSH server. */
export async function spoiledSsh(
  device: Device,
  random: Random,
): Promise<{ readonly transport: Transport; readonly silence: AbortSignal } & AsyncDisposable> {
  const silence = new Silence();
  const spoil = spoiler(random);
  const server = await serveOverSsh(device, {
    spoil: (text) => {
      silence.heard();
      return spoil(text);
    },
  });
  return {
    transport: await sshTo(server, 30_000),
    silence: silence.signal,
    async [Symbol.asyncDispose](): Promise<void> {
      silence[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

class SpoiledStream implements DeviceStream {
  readonly #inbound = new Inbound('device', () => undefined);
  readonly #take: (text: string) => void;
  readonly #end: () => void;

  constructor(device: Device, kind: StreamKind, random: Random) {
    const spoil = spoiler(random);
    const wire = {
      write: (text: string): void => {
        this.#inbound.push(Buffer.from(spoil(text)));
      },
      close: (): void => this.#inbound.end(),
    };
    if (kind === 'netconf') {
      let hear = (_: string): void => undefined;
      let close = (): void => undefined;
      device.serveNetconf?.(
        {
          ...wire,
          onData: (take) => {
            hear = take;
          },
          onClose: (act) => {
            close = act;
          },
        },
        'detour',
      );
      this.#take = (text): void => hear(text);
      this.#end = (): void => close();
      return;
    }
    const terminal = new Terminal(wire, {
      faults: device.faults,
      pagerPrompt: device.pagerPrompt,
    });
    this.#take = (text): void => terminal.take(text);
    this.#end = (): void => terminal.end();
    void device.serve(terminal, 'detour').then(() => terminal.hangUp());
  }

  send(text: string): void {
    // As over a wire, the answer does not come while the question is being asked.
    void nextTurn().then(() => this.#take(text));
  }

  receive(signal: AbortSignal): Promise<Buffer | undefined> {
    return this.#inbound.receive(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    this.#inbound.end();
  }
}
