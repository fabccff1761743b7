import { writeFile } from 'node:fs/promises';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTelnetTransport } from '../../../src/adapters/transports/telnet/transport.ts';
import type { RouterRunner } from '../../../src/controller/router-runner.ts';
import type { CommandOutcome } from '../../../src/core/event.ts';
import type { Route, RouterReading } from '../../../src/core/route-plan.ts';
import type { DeviceStream, Transport } from '../../../src/ports/transport.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { openRunner } from '../../fakes/open-runner.ts';
import { playSyncInTime } from '../../support/play-sync.ts';
import { FaultWire } from './fault-wire.ts';
import { route } from './faulty-router.ts';
import { Frr } from './frr.ts';
import { inside } from './namespaces.ts';
import { Relay } from './relay.ts';
import { SmallRouter } from './small-router.ts';
import { TelnetSwitch } from './telnetd.ts';

/** By a telnetd whose login ends in vtysh, or by FRR's own ports, one for each daemon. */
export type TelnetWay = 'telnetd' | 'vty';

const passwords = { login: 'l0gin-of-the-switch', enable: 'en4ble-of-the-switch' };

export interface TelnetReach {
  readonly isPasswordWrong?: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Called with each line just before it goes out, secrets apart. */
  readonly onLine?: (line: string) => void;
}

interface Parts {
  readonly machine: SmallRouter;
  readonly frr: Frr;
  readonly ports: { readonly telnetd: number; readonly staticd: number; readonly zebra: number };
}

/** A real FRR that is met by telnet alone, on a wire that can fail, with the part of the controller that may change it. */
export class TelnetStage implements AsyncDisposable {
  readonly machine: SmallRouter;
  readonly frr: Frr;
  /** Every line that went out, in order. */
  readonly lines: string[] = [];
  readonly #ports: Parts['ports'];
  readonly #parts: AsyncDisposableStack;
  readonly #clock = new ManualClock();
  #wire: FaultWire | undefined;
  #runner: RouterRunner | undefined;

  private constructor(parts: AsyncDisposableStack, { machine, frr, ports }: Parts) {
    this.#parts = parts;
    this.machine = machine;
    this.frr = frr;
    this.#ports = ports;
  }

  static async open(): Promise<TelnetStage> {
    await using parts = new AsyncDisposableStack();
    const machine = parts.use(await SmallRouter.open());
    const { namespace, folder } = machine;
    const words = [`password ${passwords.login}`, `enable password ${passwords.enable}`];
    const daemons = { zebra: words, staticd: words };
    const frr = parts.use(await Frr.start({ namespace, daemons }));
    const vty = async (name: string, port: number): Promise<number> => {
      const socket = `${folder}/${name}.sock`;
      return parts.use(await Relay.open({ namespace, host: '127.0.0.1', port, socket })).port;
    };
    const telnetd = parts.use(
      await TelnetSwitch.open({
        folder,
        shell: inside(namespace, ['vtysh', '-N', namespace]),
        user: 'detour',
        password: passwords.login,
      }),
    );
    for (const [name, password] of Object.entries(passwords)) {
      await writeFile(`${folder}/${name}.password`, `${password}\n`, { mode: 0o600 });
    }
    const ports = {
      telnetd: telnetd.port,
      staticd: await vty('staticd', 2616),
      zebra: await vty('zebra', 2601),
    };
    return new TelnetStage(parts.move(), { machine, frr, ports });
  }

  /** The wire to where the routes are configured. */
  get wire(): FaultWire {
    if (this.#wire === undefined) {
      throw new Error('The router is not reached yet');
    }
    return this.#wire;
  }

  /** Starts anew with a whole wire, as a controller does that was just started. */
  async reach(way: TelnetWay, reach: TelnetReach = {}): Promise<void> {
    await this.#leave();
    this.lines.length = 0;
    const isVty = way === 'vty';
    this.#wire = await FaultWire.open(isVty ? this.#ports.staticd : this.#ports.telnetd);
    const driver = openRouteDriver('frr', {
      router: 'edge-1',
      transport: this.#transport(way, this.#wire.port, reach),
      atPort: (port) => this.#transport(way, port, reach),
      enablePassword: async () => passwords.enable,
      options: { ...(isVty ? { zebraPort: this.#ports.zebra } : {}), ...reach.options },
    });
    this.#runner = openRunner(driver, this.#clock, route);
  }

  /** Brings the router to these routes; one that is stuck meets the limit of an operation. Throws when it took too long. */
  async sync(desired: readonly Route[], isStuck?: () => boolean): Promise<CommandOutcome> {
    const stage = { runner: this.#running(), clock: this.#clock, prefix: route.prefix };
    return await playSyncInTime(stage, desired, isStuck);
  }

  read(): Promise<RouterReading> {
    return this.#running().look();
  }

  /** What stands there, asked of the router itself. */
  async truth(): Promise<readonly Route[]> {
    return (await this.frr.staticLines()).map((line) => {
      const [, , prefix = '', nextHop = ''] = line.trim().split(' ');
      return { prefix, nextHop };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
    await this.#parts.disposeAsync();
  }

  #transport(way: TelnetWay, port: number, { isPasswordWrong, onLine }: TelnetReach): Transport {
    const { folder } = this.machine;
    const transport = openTelnetTransport({
      type: 'telnet',
      host: '127.0.0.1',
      port,
      ...(way === 'telnetd' ? { user: 'detour' } : {}),
      passwordFile: `${folder}/${isPasswordWrong === true ? 'enable' : 'login'}.password`,
      // Longer than any case: what ends a case here is the limit of the operation.
      connectTimeoutMs: 60_000,
    });
    return {
      isTerminalOnly: true,
      exec: (command, options) => transport.exec(command, options),
      openStream: async (kind, signal) =>
        this.#overheard(await transport.openStream(kind, signal), onLine),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    };
  }

  #overheard(stream: DeviceStream, onLine: TelnetReach['onLine']): DeviceStream {
    return {
      send: (text, kind) => {
        if (kind !== 'secret') {
          this.lines.push(text.trimEnd());
          onLine?.(text.trimEnd());
        }
        stream.send(text, kind);
      },
      receive: (signal) => stream.receive(signal),
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    };
  }

  async #leave(): Promise<void> {
    // A wire that is held would keep the farewell back.
    this.#wire?.cut();
    await this.#runner?.close();
    await this.#wire?.[Symbol.asyncDispose]();
    this.#runner = undefined;
    this.#wire = undefined;
  }

  #running(): RouterRunner {
    if (this.#runner === undefined) {
      throw new Error('The router is not reached yet');
    }
    return this.#runner;
  }
}
