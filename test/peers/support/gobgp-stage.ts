import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import { operationMs, type RouterRunner } from '../../../src/controller/router-runner.ts';
import type { CommandOutcome } from '../../../src/core/event.ts';
import type { Route, RouterReading } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { openRunner } from '../../fakes/open-runner.ts';
import { until } from '../../support/until.ts';
import { type GobgpPair, openGobgpPair } from './gobgp.ts';
import { GrpcProxy } from './grpc-proxy.ts';

/** The route that every case is about. */
export const route: Route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };

/** What a plan came to, and how long the controller was at it by its own clock. */
export interface Synced {
  readonly outcome: CommandOutcome;
  readonly tookMs: number;
}

/** A real GoBGP with a real peer, behind a proxy that fails; and the part of the controller that alone may change it. */
export class GobgpStage implements AsyncDisposable {
  readonly pair: GobgpPair;
  readonly #clock = new ManualClock();
  #proxy: GrpcProxy;
  #runner: RouterRunner;

  private constructor(pair: GobgpPair, proxy: GrpcProxy) {
    this.pair = pair;
    this.#proxy = proxy;
    this.#runner = this.#openRunner();
  }

  static async open(version: 3 | 4 = 3): Promise<GobgpStage> {
    const pair = await openGobgpPair(version);
    return new GobgpStage(pair, await GrpcProxy.open(pair.apiPorts.speaker));
  }

  get proxy(): GrpcProxy {
    return this.#proxy;
  }

  /** Starts anew with a whole wire, as a controller does that was just started. */
  async reach(): Promise<void> {
    await this.#runner.close();
    await this.#proxy[Symbol.asyncDispose]();
    this.#proxy = await GrpcProxy.open(this.pair.apiPorts.speaker);
    this.#runner = this.#openRunner();
  }

  /** Brings the speaker to these routes; one that is stuck meets the limit of an operation. */
  async sync(desired: readonly Route[], isStuck?: () => boolean): Promise<Synced> {
    // Past the pace of new diversions.
    this.#clock.advance(60_000);
    const startedAt = this.#clock.monotonicMs();
    const syncing = this.#runner.sync({
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
    if (isStuck !== undefined) {
      await until('the speaker to be stuck', isStuck, { timeoutMs: 40_000 });
      this.#clock.advance(operationMs);
    }
    return { outcome: await syncing, tookMs: this.#clock.monotonicMs() - startedAt };
  }

  read(): Promise<RouterReading> {
    return this.#runner.look();
  }

  /** What the speaker holds, by its own command line. */
  async truth(): Promise<readonly Route[]> {
    return (await this.pair.readOwn()).map(({ prefix, nextHop }) => ({ prefix, nextHop }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.close();
    await this.#proxy[Symbol.asyncDispose]();
    await this.pair[Symbol.asyncDispose]();
  }

  /** The driver alone, behind the same proxy. */
  openDriver(): RouteDriver {
    const { port } = this.#proxy.wire;
    return openRouteDriver('gobgp', {
      router: 'edge-1',
      transport: openTransport({ type: 'grpc', port }),
      grpcPort: port,
      options: { witnessPort: this.pair.apiPorts.peer },
    });
  }

  #openRunner(): RouterRunner {
    return openRunner(this.openDriver(), this.#clock, route);
  }
}
