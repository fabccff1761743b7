import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import { operationMs, type RouterRunner } from '../../../src/controller/router-runner.ts';
import type { CommandOutcome } from '../../../src/core/event.ts';
import type { Route, RouterReading } from '../../../src/core/route-plan.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { openRunner } from '../../fakes/open-runner.ts';
import { mustRun } from '../../support/command.ts';
import { until } from '../../support/until.ts';
import { ExabgpDevice } from './exabgp-device.ts';
import { BirdDevice, type FaultDevice, NftablesDevice, ScriptDevice } from './fault-device.ts';
import { FaultWire } from './fault-wire.ts';
import { type Arrived, RecordingLogin } from './recording-login.ts';
import { Relay } from './relay.ts';
import { SmallRouter } from './small-router.ts';
import { firstUserId, type SshServer, startSshServer } from './sshd.ts';

/** The route that every case is about; its next hop is on the device's own wire. */
export const route: Route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };

export type CommandDriver = 'bird' | 'nftables' | 'script' | 'exabgp';

export interface StageReach {
  readonly user?: 'detour' | 'full';
  /** Pinned instead of the key that the device shows. */
  readonly pin?: string;
  readonly privateKeyFile?: string;
}

/** What a plan came to, and how long the controller was at it by its own clock. */
export interface Synced {
  readonly outcome: CommandOutcome;
  readonly tookMs: number;
}

/** A real device behind a real sshd that keeps what arrives, and the part of the controller that alone may change it. */
export class CommandStage implements AsyncDisposable {
  readonly machine: SmallRouter;
  readonly device: FaultDevice;
  readonly login: RecordingLogin;
  readonly #driver: CommandDriver;
  readonly #parts: AsyncDisposableStack;
  readonly #ssh: SshServer;
  readonly #relay: Relay;
  readonly #clock = new ManualClock();
  #wire: FaultWire | undefined;
  #runner: RouterRunner | undefined;

  private constructor(
    driver: CommandDriver,
    parts: AsyncDisposableStack,
    {
      machine,
      device,
      login,
      ssh,
      relay,
    }: Readonly<{
      machine: SmallRouter;
      device: FaultDevice;
      login: RecordingLogin;
      ssh: SshServer;
      relay: Relay;
    }>,
  ) {
    this.#driver = driver;
    this.#parts = parts;
    this.machine = machine;
    this.device = device;
    this.login = login;
    this.#ssh = ssh;
    this.#relay = relay;
  }

  static async open(driver: CommandDriver): Promise<CommandStage> {
    await using parts = new AsyncDisposableStack();
    const machine = parts.use(await SmallRouter.open());
    const { namespace, folder } = machine;
    const device = parts.use(await openDevice(driver, machine));
    const login = await RecordingLogin.open({ folder, name: 'detour', shell: ['/bin/bash', '-c'] });
    const user = { shell: 'bash', login: login.file, mayRun: device.mayRun ?? [] } as const;
    const ssh = await startSshServer({
      namespace,
      folder,
      address: '127.0.0.1',
      users: [
        { name: 'detour', ...user },
        { name: 'full', ...user },
      ],
      config: ['Match User full', 'MaxSessions 0'],
    });
    parts.use(ssh.daemon);
    const socket = `${folder}/ssh.sock`;
    const relay = parts.use(await Relay.open({ namespace, host: '127.0.0.1', port: 22, socket }));
    const stage = new CommandStage(driver, parts.move(), { machine, device, login, ssh, relay });
    await stage.reach();
    return stage;
  }

  get wire(): FaultWire {
    return here(this.#wire);
  }

  /** Starts anew with a whole wire, as a controller does that was just started. */
  async reach({ user = 'detour', pin, privateKeyFile }: StageReach = {}): Promise<void> {
    await this.#leave();
    this.#wire = await FaultWire.open(this.#relay.port);
    const transport = openTransport({
      type: 'ssh',
      host: '127.0.0.1',
      port: this.#wire.port,
      user,
      privateKeyFile: privateKeyFile ?? this.#ssh.privateKeyFile,
      hostKeys: [pin ?? this.#ssh.hostKey],
      // Longer than any case: what ends a case here is the limit of the operation.
      connectTimeoutMs: 60_000,
    });
    this.#runner = openRunner(
      openRouteDriver(this.#driver, {
        router: 'edge-1',
        transport,
        options: this.device.options,
      }),
      this.#clock,
      route,
    );
  }

  /**
   * Brings the device to these routes and ends the change as the controller does after its proof: kept if everything is
   * forwarded by, taken back otherwise. A device that is stuck meets the limit of an operation.
   */
  async sync(
    desired: readonly Route[],
    isStuck?: () => boolean | Promise<boolean>,
  ): Promise<Synced> {
    // Past the pace of new diversions.
    this.#clock.advance(60_000);
    const startedAt = this.#clock.monotonicMs();
    const syncing = this.syncUnproven(desired);
    if (isStuck !== undefined) {
      await until('the device to be stuck', isStuck, { timeoutMs: 40_000 });
      this.#clock.advance(operationMs);
    }
    const outcome = await syncing;
    const took = (): number => this.#clock.monotonicMs() - startedAt;
    if (outcome.result !== 'ok' || outcome.isUnconfirmed !== true) {
      return { outcome, tookMs: took() };
    }
    const isSeen = outcome.reading?.owned.every(({ isInstalled }) => isInstalled) === true;
    const ended = await this.endChange(isSeen ? 'confirm' : 'cancel');
    return { outcome: isSeen || ended.result !== 'ok' ? ended : outcome, tookMs: took() };
  }

  /** Leaves the device waiting for its confirmation. */
  syncUnproven(desired: readonly Route[]): Promise<CommandOutcome> {
    return here(this.#runner).sync({
      type: 'sync-routes',
      id: 'c1',
      router: 'edge-1',
      desired,
      ledger: [route.prefix],
      isOrdered: false,
      activeLimit: 10,
      decidedAt: this.#clock.now(),
      notBefore: 0,
    });
  }

  endChange(way: 'confirm' | 'cancel'): Promise<CommandOutcome> {
    return here(this.#runner).endChange(way);
  }

  read(): Promise<RouterReading> {
    return here(this.#runner).look();
  }

  /** What arrived at the device and is not in the list of its account. */
  async stray(): Promise<readonly Arrived[]> {
    return (await this.login.arrived()).filter((one) => !this.device.isAllowed(one));
  }

  /** Packets to its SSH port vanish, and come through again. */
  async swallow(isOn: boolean): Promise<void> {
    const rules = isOn
      ? 'add table inet hole\nadd chain inet hole in { type filter hook input priority 0; }\nadd rule inet hole in tcp dport 22 drop\n'
      : 'add table inet hole\ndelete table inet hole\n';
    await this.machine.run(['nft', '-f', '-'], rules);
  }

  /** The wire to the notice server is pulled, or put back. */
  async unplug(isOff: boolean): Promise<void> {
    await this.machine.run(['ip', 'link', 'set', 'notice', isOff ? 'down' : 'up']);
  }

  /** A key that opens no door. */
  async strangersKey(): Promise<string> {
    const file = `${this.machine.folder}/stranger`;
    await mustRun(['sh', '-c', `[ -e ${file} ] || ssh-keygen -q -t ed25519 -N '' -f ${file}`]);
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
}

function here<T>(part: T | undefined): T {
  if (part === undefined) {
    throw new Error('The device is not reached yet');
  }
  return part;
}

async function openDevice(driver: CommandDriver, machine: SmallRouter): Promise<FaultDevice> {
  switch (driver) {
    case 'bird':
      return await BirdDevice.open(machine, firstUserId);
    case 'nftables':
      return new NftablesDevice(machine);
    case 'script':
      return new ScriptDevice(machine);
    case 'exabgp':
      return await ExabgpDevice.open();
  }
}
