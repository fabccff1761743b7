import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { RouterRunner } from '../../../src/controller/router-runner.ts';
import type { CommandOutcome } from '../../../src/core/event.ts';
import type { Route, RouterReading } from '../../../src/core/route-plan.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { openRunner } from '../../fakes/open-runner.ts';
import { mustRun } from '../../support/command.ts';
import { playSyncInTime } from '../../support/play-sync.ts';
import type { LabDriver } from './driver.ts';
import { FaultWire } from './fault-wire.ts';
import { Frr } from './frr.ts';
import { inside } from './namespaces.ts';
import { type Arrived, RecordingLogin } from './recording-login.ts';
import { Relay } from './relay.ts';
import { SmallRouter } from './small-router.ts';
import { type SshServer, startSshServer } from './sshd.ts';

/** The route that every case is about; its next hop is on the router's own wire. */
export const route: Route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };

/** How each driver logs in, what it is told, and what its change looks like among the commands that it sends. */
const ways = {
  frr: { user: 'detour', options: {}, change: /configure terminal/ },
  linux: { user: 'ops', options: { sudo: true, undo: 'off' }, change: /-batch -/ },
} as const;

/** The whole of what each account may be told, line by line of a command and of its input. */
const allowed: Readonly<Record<LabDriver, readonly RegExp[]>> = {
  frr: [
    /^show (version|daemons|running-config|ip route static json|ipv6 route static json)$/,
    /^(configure terminal|end|write memory)$/,
    /^(no )?ip route \S+\/32 \S+ tag 6310 2$/,
  ],
  linux: [
    /^(ip -j -[46] route show table main proto \d+; echo "--detour--\$\?"(; )?)+$/,
    /^sudo -n ip -force -batch -$/,
    /^route (add|del) \S+\/32 via \S+ proto 201 table main$/,
  ],
};

export interface Reach {
  /** Pinned instead of the key that the router shows. */
  readonly pin?: string;
  /** Used instead of the key that opens the door. */
  readonly privateKeyFile?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Called with each command just before it goes out. */
  readonly onCommand?: (command: string) => void;
}

/** A real FRR and a real kernel behind a real sshd, on a wire that can fail, with the part of the controller that may change them. */
export class FaultyRouter implements AsyncDisposable {
  readonly machine: SmallRouter;
  readonly frr: Frr;
  /** Every command that went out, in order. */
  readonly commands: string[] = [];
  readonly #ssh: SshServer;
  readonly #relay: Relay;
  readonly #logins: Readonly<Record<LabDriver, RecordingLogin>>;
  readonly #parts: AsyncDisposableStack;
  readonly #clock = new ManualClock();
  #wire: FaultWire | undefined;
  #runner: RouterRunner | undefined;

  private constructor(
    parts: AsyncDisposableStack,
    {
      machine,
      frr,
      ssh,
      relay,
      logins,
    }: Readonly<{
      machine: SmallRouter;
      frr: Frr;
      ssh: SshServer;
      relay: Relay;
      logins: Readonly<Record<LabDriver, RecordingLogin>>;
    }>,
  ) {
    this.#parts = parts;
    this.machine = machine;
    this.frr = frr;
    this.#ssh = ssh;
    this.#relay = relay;
    this.#logins = logins;
  }

  static async open(): Promise<FaultyRouter> {
    await using parts = new AsyncDisposableStack();
    const machine = parts.use(await SmallRouter.open());
    const { namespace, folder } = machine;
    const frr = parts.use(await Frr.start({ namespace, daemons: { zebra: [], staticd: [] } }));
    const vtysh = ['/usr/bin/vtysh', '-N', namespace, '-c'];
    const bash = ['/bin/bash', '-c'];
    const logins = {
      frr: await RecordingLogin.open({ folder, name: ways.frr.user, shell: vtysh }),
      linux: await RecordingLogin.open({ folder, name: ways.linux.user, shell: bash }),
    };
    const ssh = await startSshServer({
      namespace,
      folder,
      address: '127.0.0.1',
      users: [
        { name: ways.frr.user, shell: 'vtysh', login: logins.frr.file },
        { name: ways.linux.user, shell: 'bash', login: logins.linux.file },
      ],
    });
    parts.use(ssh.daemon);
    const socket = `${folder}/ssh.sock`;
    const relay = parts.use(await Relay.open({ namespace, host: '127.0.0.1', port: 22, socket }));
    return new FaultyRouter(parts.move(), { machine, frr, ssh, relay, logins });
  }

  get wire(): FaultWire {
    if (this.#wire === undefined) {
      throw new Error('The router is not reached yet');
    }
    return this.#wire;
  }

  /** Starts anew with a whole wire, as a controller does that was just started. */
  async reach(driver: LabDriver, reach: Reach = {}): Promise<void> {
    await this.#leave();
    const { user, options } = ways[driver];
    this.#wire = await FaultWire.open(this.#relay.port);
    const transport = openTransport({
      type: 'ssh',
      host: '127.0.0.1',
      port: this.#wire.port,
      user,
      privateKeyFile: reach.privateKeyFile ?? this.#ssh.privateKeyFile,
      hostKeys: [reach.pin ?? this.#ssh.hostKey],
      // Longer than any case: what ends a case here is the limit of the operation.
      connectTimeoutMs: 60_000,
    });
    this.#runner = openRunner(
      openRouteDriver(driver, {
        router: 'edge-1',
        transport: this.#overheard(transport, reach.onCommand),
        options: { ...options, ...reach.options },
      }),
      this.#clock,
      route,
    );
  }

  /** Brings the router to these routes; one that is stuck meets the limit of an operation. Throws when it took too long. */
  async sync(desired: readonly Route[], isStuck?: () => boolean): Promise<CommandOutcome> {
    const stage = { runner: this.#running(), clock: this.#clock, prefix: route.prefix };
    return await playSyncInTime(stage, desired, isStuck);
  }

  /** What arrived at the router since the last time and is not in the list of its account. */
  async stray(driver: LabDriver): Promise<readonly Arrived[]> {
    const login = this.#logins[driver];
    const arrived = await login.arrived();
    await login.forget();
    return arrived.filter(({ command, stdin }) =>
      [...command.split('\n'), ...stdin.split('\n')].some(
        (line) => line !== '' && !allowed[driver].some((one) => one.test(line)),
      ),
    );
  }

  read(): Promise<RouterReading> {
    return this.#running().look();
  }

  /** True for the command that carries the change. */
  isChange(driver: LabDriver, command: string): boolean {
    return ways[driver].change.test(command);
  }

  /** What stands there, asked of the router itself. */
  async truth(driver: LabDriver): Promise<readonly Route[]> {
    if (driver === 'frr') {
      return (await this.frr.staticLines()).map((line) => {
        const [, , prefix = '', nextHop = ''] = line.trim().split(' ');
        return { prefix, nextHop };
      });
    }
    const text = await this.machine.run(['ip', '-j', '-4', 'route', 'show', 'proto', '201']);
    return kernelSchema
      .parse(JSON.parse(text))
      .map(({ dst, gateway }) => ({ prefix: `${dst}/32`, nextHop: gateway }));
  }

  /** Packets to its SSH port vanish, and come through again. */
  async swallow(isOn: boolean): Promise<void> {
    const rules = isOn
      ? 'add table inet hole\nadd chain inet hole in { type filter hook input priority 0; }\nadd rule inet hole in tcp dport 22 drop\n'
      : 'delete table inet hole\n';
    await mustRun(inside(this.machine.namespace, ['nft', '-f', '-']), { stdin: rules });
  }

  /** A key that opens no door. */
  async strangersKey(): Promise<string> {
    const file = `${this.machine.folder}/stranger`;
    await rm(file, { force: true });
    await mustRun(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file]);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
    await this.#parts.disposeAsync();
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

  #overheard(transport: Transport, onCommand: Reach['onCommand']): Transport {
    return {
      exec: (command, options) => {
        this.commands.push(command);
        onCommand?.(command);
        return transport.exec(command, options);
      },
      openStream: (kind, signal) => transport.openStream(kind, signal),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    };
  }
}

const kernelSchema = z.array(z.object({ dst: z.string(), gateway: z.string() }));
