import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { RouterRunner } from '../../../src/controller/router-runner.ts';
import type { Route, RouterReading } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { openRunner } from '../../fakes/open-runner.ts';
import { type Played, playSync } from '../../support/play-sync.ts';
import { type GobgpPair, openGobgpPair } from './gobgp.ts';
import { GrpcProxy } from './grpc-proxy.ts';

/** The route that every case is about. */
export const route: Route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };

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
  async sync(desired: readonly Route[], isStuck?: () => boolean): Promise<Played> {
    const stage = { runner: this.#runner, clock: this.#clock, prefix: route.prefix };
    return await playSync(stage, desired, isStuck);
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
