import { openSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import { RouterRunner } from '../../../src/controller/router-runner.ts';
import { RunnerGuard } from '../../../src/controller/runner-guard.ts';
import { defaultGuards } from '../../../src/core/guards.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { sampleSite } from '../../fakes/sample-site.ts';
import { type LabDriver, logins } from './driver.ts';
import { type Lab, labAddresses } from './lab.ts';
import { Relay } from './relay.ts';

const router = 'notice-switch';
const estate = '10.80.0.0/16';

/** So many host routes to the notice host, none of them of a site that the lab serves. */
export function manyRoutes(count: number): readonly Route[] {
  return Array.from({ length: count }, (_, index) => ({
    prefix: `10.80.${Math.floor(index / 250)}.${(index % 250) + 1}/32`,
    nextHop: labAddresses.notice,
  }));
}

/** The shipped runner with the shipped driver on the lab's notice switch, over real SSH. */
export class SwitchRunner implements AsyncDisposable {
  /** Every command that went to the switch, in order. */
  readonly commands: string[] = [];
  readonly #runner: RouterRunner;
  readonly #clock = openSystemClock();
  readonly #ledger: readonly string[];

  private constructor(transport: Transport, driver: LabDriver, routes: readonly Route[]) {
    this.#ledger = routes.map(({ prefix }) => prefix);
    const addresses = this.#ledger.map((prefix) => prefix.replace('/32', ''));
    this.#runner = new RouterRunner(router, {
      spec: () => ({ name: router, nextHop: { ipv4: labAddresses.notice }, estate: [estate] }),
      driver: openRouteDriver(driver, {
        router,
        transport: this.#overheard(transport),
        options: logins[driver].options,
      }),
      clock: this.#clock,
      guard: new RunnerGuard({
        isIsolated: () => false,
        sites: () => ({ many: sampleSite('many', { addresses }) }),
        guards: () => defaultGuards,
        monotonicMs: () => this.#clock.monotonicMs(),
      }),
      mayAct: () => true,
      isStillWanted: () => true,
      metrics: openControlMetrics(),
      log: silentLog,
    });
  }

  /** Opens it for a switch that has none of these routes yet. */
  static async open(lab: Lab, driver: LabDriver, routes: readonly Route[]): Promise<SwitchRunner> {
    const relay = lab.use(
      await Relay.open({
        namespace: lab.namespace('controller'),
        host: labAddresses.switch,
        port: 22,
        socket: `${lab.folder}/ssh-${driver}.sock`,
      }),
    );
    const transport = openTransport({
      type: 'ssh',
      host: '127.0.0.1',
      port: relay.port,
      user: logins[driver].user,
      privateKeyFile: lab.ssh.privateKeyFile,
      hostKeys: [lab.ssh.hostKey],
      connectTimeoutMs: 5_000,
    });
    return new SwitchRunner(transport, driver, routes);
  }

  /** Brings the switch to exactly these routes and keeps them; gives back how long it took. Rejects unless all went well. */
  async bring(desired: readonly Route[]): Promise<number> {
    const startedAt = performance.now();
    const outcome = await this.#runner.sync({
      type: 'sync-routes',
      id: 'many',
      router,
      desired,
      ledger: this.#ledger,
      isOrdered: true,
      activeLimit: desired.length,
      decidedAt: this.#clock.now(),
      notBefore: 0,
    });
    const kept =
      outcome.result === 'ok' && outcome.isUnconfirmed === true
        ? await this.#runner.endChange('confirm')
        : outcome;
    if (kept.result !== 'ok') {
      throw new Error(`The switch was not brought there: ${kept.message}`);
    }
    return performance.now() - startedAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.close();
  }

  #overheard(transport: Transport): Transport {
    return {
      exec: (command, options) => {
        this.commands.push(command);
        return transport.exec(command, options);
      },
      openStream: (kind, signal) => transport.openStream(kind, signal),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    };
  }
}
