import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { TransportSettings } from '../../../src/config/settings.ts';
import { operationMs, type RouterRunner } from '../../../src/controller/router-runner.ts';
import type { CommandOutcome } from '../../../src/core/event.ts';
import type { Route, RouterReading } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { openRunner } from '../../fakes/open-runner.ts';
import { passwordFile } from '../../simulators/support/bench.ts';
import type { Device } from '../../simulators/support/device.ts';
import {
  type DeviceServer,
  type SshServerOptions,
  serveOverSsh,
  simulatedLogin,
} from '../../simulators/support/ssh-server.ts';
import { serveOverTelnet } from '../../simulators/support/telnet-server.ts';
import { until } from '../../support/until.ts';

/** A busy machine may take this long over what takes a moment. */
export const patienceMs = 40_000;

/** The route that every case is about. */
export const route: Route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };

/** One driver as the matrix meets it: on which simulated device, by which transport, and what its steps are called. */
export interface FaultTarget {
  readonly name: string;
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Those under which the driver saves what it changed; absent where a commit is saved anyway. */
  readonly savingOptions?: Readonly<Record<string, unknown>>;
  readonly transport?: 'ssh' | 'telnet';
  readonly device: () => Device;
  /** The whole of what the account may send. */
  readonly allowed: readonly RegExp[];
  /** The line that opens the configuration, one that edits it, and the one that puts the edits into effect. */
  readonly enter: RegExp;
  readonly edit: RegExp;
  readonly commit: RegExp;
  /** How the device refuses a line. */
  readonly refusal: string;
  /** NETCONF: neither prompts nor pagers nor messages of the day. */
  readonly isMachine?: true;
  /** The candidate is everybody's, so that somebody else's edits may lie in it. */
  readonly sharesCandidate?: true;
  /** The device takes back what nobody confirms. */
  readonly goesBack?: true;
  /** Anybody may edit at any time: there is nothing that one user could hold. */
  readonly knowsNoLock?: true;
  /** Each line is in effect when it is taken: there is no commit that could fail. */
  readonly isLineByLine?: true;
}

export interface StageOptions {
  readonly server?: SshServerOptions;
  /** Pinned instead of the key that the device shows. */
  readonly pin?: string;
  readonly isSaving?: boolean;
  readonly algorithms?: 'legacy-2012';
}

/** What a plan came to, and whether the device was told to keep it. */
export interface Synced {
  readonly outcome: CommandOutcome;
  /** How long the controller was at it, by its own clock. */
  readonly tookMs: number;
}

/** A simulated device, and the part of the controller that alone may change it, on a clock that stands still. */
export class FaultStage implements AsyncDisposable {
  readonly target: FaultTarget;
  readonly device: Device;
  readonly #clock = new ManualClock();
  readonly #secret: { readonly file: string } & AsyncDisposable;
  #server: DeviceServer;
  #runner: RouterRunner;
  #marks = { lines: 0, connections: 0, logins: 0 };

  private constructor(
    target: FaultTarget,
    parts: {
      readonly device: Device;
      readonly server: DeviceServer;
      readonly secret: { readonly file: string } & AsyncDisposable;
    },
    options: StageOptions,
  ) {
    this.target = target;
    this.device = parts.device;
    this.#server = parts.server;
    this.#secret = parts.secret;
    this.#runner = this.#openRunner(options);
  }

  static async open(target: FaultTarget, options: StageOptions = {}): Promise<FaultStage> {
    const device = target.device();
    const server = await serve(target, device, options.server);
    return new FaultStage(target, { device, server, secret: await passwordFile() }, options);
  }

  /** Goes on as a controller that was started anew, reaching the device in another way. */
  async reopen(options: StageOptions = {}): Promise<void> {
    await this.#runner.close();
    this.#runner = this.#openRunner(options);
  }

  /** Forgets what reached the device so far. */
  mark(): void {
    this.#marks = {
      lines: this.device.received.length,
      connections: this.#server.connections(),
      logins: this.#server.logins(),
    };
  }

  /** Lines that reached the device since the mark, without the leave that the session before takes. */
  get heard(): readonly string[] {
    return this.device.received.slice(this.#marks.lines).filter((line) => line !== 'exit');
  }

  get hasConnected(): boolean {
    return this.#server.connections() > this.#marks.connections;
  }

  get hasLoggedIn(): boolean {
    return this.#server.logins() > this.#marks.logins;
  }

  /** Nobody listens there any more; and somebody does again. */
  async shut(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async serveAgain(): Promise<void> {
    await this.shut();
    this.#server = await serve(this.target, this.device);
  }

  /**
   * Brings the device to these routes. Where it waits for a confirmation it is told to keep what it forwards by, and to go
   * back from anything else, as the controller does after its proof. A device that is stuck meets the limit of an operation.
   */
  async sync(desired: readonly Route[], isStuck?: () => boolean): Promise<Synced> {
    // Past the pace of new diversions.
    this.#clock.advance(60_000);
    const startedAt = this.#clock.monotonicMs();
    const syncing = this.#syncNow(desired);
    if (isStuck !== undefined) {
      await until('the device to be stuck', isStuck, { timeoutMs: patienceMs });
      this.#clock.advance(operationMs);
    }
    const outcome = await syncing;
    if (outcome.result === 'ok' && outcome.isUnconfirmed === true) {
      const isSeen = outcome.reading?.owned.every(({ isInstalled }) => isInstalled) === true;
      const ended = await this.#runner.endChange(isSeen ? 'confirm' : 'cancel');
      const tookMs = this.#clock.monotonicMs() - startedAt;
      return { outcome: isSeen || ended.result !== 'ok' ? ended : outcome, tookMs };
    }
    return { outcome, tookMs: this.#clock.monotonicMs() - startedAt };
  }

  /** Leaves the device waiting for its confirmation. */
  async syncUnproven(desired: readonly Route[]): Promise<CommandOutcome> {
    return await this.#syncNow(desired);
  }

  async confirm(): Promise<CommandOutcome> {
    return await this.#runner.endChange('confirm');
  }

  read(): Promise<RouterReading> {
    return this.#runner.look();
  }

  /** What stands on the device, asked of itself. */
  truth(): readonly Route[] {
    return this.device.hostRoutes().map(({ prefix, nextHop }) => ({ prefix, nextHop }));
  }

  /** Lines that reached the device and that its account does not need. */
  strayLines(): readonly string[] {
    return this.device.received.filter(
      (line) => !this.target.allowed.some((one) => one.test(line)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.close();
    await this.#server[Symbol.asyncDispose]();
    await this.#secret[Symbol.asyncDispose]();
  }

  async #syncNow(desired: readonly Route[]): Promise<CommandOutcome> {
    return await this.#runner.sync({
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

  #openRunner({ pin, isSaving, algorithms }: StageOptions): RouterRunner {
    const { driver: kind, options, savingOptions } = this.target;
    const driver: RouteDriver = openRouteDriver(kind, {
      router: 'edge-1',
      transport: openTransport(this.#transport(pin, algorithms)),
      options: isSaving === true ? { ...options, ...savingOptions } : (options ?? {}),
    });
    return openRunner(driver, this.#clock, route);
  }

  #transport(pin: string | undefined, algorithms: 'legacy-2012' | undefined): TransportSettings {
    const way = {
      host: '127.0.0.1',
      port: this.#server.port,
      user: simulatedLogin.user,
      passwordFile: this.#secret.file,
      // Longer than any case: what ends a case here is the limit of the operation.
      connectTimeoutMs: 60_000,
    };
    return this.target.transport === 'telnet'
      ? { type: 'telnet', ...way }
      : {
          type: 'ssh',
          ...way,
          hostKeys: [pin ?? this.#server.hostKey],
          ...(algorithms === undefined ? {} : { algorithms }),
        };
  }
}

function serve(
  { transport }: FaultTarget,
  device: Device,
  options?: SshServerOptions,
): Promise<DeviceServer> {
  return transport === 'telnet' ? serveOverTelnet(device) : serveOverSsh(device, options);
}
