import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteDriver } from '../../src/adapters/routers/registry.ts';
import type { Route } from '../../src/core/route-plan.ts';
import type { RouteDriver } from '../../src/ports/route-driver.ts';
import {
  type RawRoute,
  type RouterBench,
  routeDriverContract,
} from '../contract/route-driver.contract.ts';
import { routeLeaseContract } from '../contract/route-lease.contract.ts';
import { run } from '../support/command.ts';
import { Daemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { openNamespaceTransport } from './support/namespace-transport.ts';
import { inside } from './support/namespaces.ts';
import { SmallRouter } from './support/small-router.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

/** A machine that runs BIRD: our include file, and one of somebody else. */
class BirdRouter implements AsyncDisposable {
  readonly #router: SmallRouter;
  readonly #daemon: Daemon;
  readonly #foreign = new Map<string, Route>();

  private constructor(router: SmallRouter) {
    this.#router = router;
    this.#daemon = new Daemon(
      'bird',
      inside(router.namespace, ['bird', '-f', '-c', this.#file('bird.conf'), '-s', this.#socket]),
    );
  }

  static async start(): Promise<BirdRouter> {
    const router = await SmallRouter.open();
    const file = (name: string): string => `${router.folder}/${name}`;
    await writeFile(file('routes.conf'), '');
    await writeFile(file('others.conf'), '');
    const lines = [
      'log stderr all;',
      'router id 10.10.4.1;',
      'protocol device { scan time 1; }',
      'protocol kernel k4 { ipv4 { export all; }; }',
      'protocol kernel k6 { ipv6 { export all; }; }',
      `include "${file('routes.conf')}";`,
      `include "${file('others.conf')}";`,
    ];
    await writeFile(file('bird.conf'), `${lines.join('\n')}\n`);
    const bird = new BirdRouter(router);
    await until('bird to answer', () => bird.birdc('show status').then(Boolean, () => false));
    return bird;
  }

  openDriver(): RouteDriver {
    return openRouteDriver('bird', {
      router: 'edge',
      transport: openNamespaceTransport(this.#router.namespace),
      options: { includeFile: this.#file('routes.conf'), socket: this.#socket },
    });
  }

  async birdc(...words: readonly string[]): Promise<string> {
    return await this.#router.run(['birdc', '-s', this.#socket, ...words]);
  }

  /** Every static route that BIRD was told of. Without any static protocol BIRD calls the question an error. */
  async staticText(): Promise<string> {
    const words = ['birdc', '-s', this.#socket, 'show', 'static'];
    const { stdout, exitCode } = await run(inside(this.#router.namespace, words));
    if (exitCode !== 0 && !stdout.includes('no Static protocol')) {
      throw new Error(`BIRD does not tell its static routes: ${stdout}`);
    }
    return stdout;
  }

  /** What BIRD put into the kernel. */
  async kernel(): Promise<string> {
    const show = (family: string): Promise<string> =>
      this.#router.run(['ip', family, 'route', 'show', 'proto', 'bird']);
    return `${await show('-4')}${await show('-6')}`;
  }

  async file(): Promise<string> {
    return await this.#router.run(['cat', this.#file('routes.conf')]);
  }

  async setForeign(change: (routes: Map<string, Route>) => void): Promise<void> {
    change(this.#foreign);
    const of = (family: string, isOfFamily: (prefix: string) => boolean): string =>
      [
        `protocol static others${family.at(-1)} { ${family};`,
        ...[...this.#foreign.values()]
          .filter(({ prefix }) => isOfFamily(prefix))
          .map(({ prefix, nextHop }) => `route ${prefix} via ${nextHop};`),
        '}',
      ].join('\n');
    const text = [
      of('ipv4', (prefix) => !prefix.includes(':')),
      of('ipv6', (prefix) => prefix.includes(':')),
    ].join('\n');
    await writeFile(this.#file('others.conf'), `${text}\n`);
    await this.birdc('configure');
  }

  /** Somebody else leaves a file behind that BIRD cannot read. */
  async spoilOthers(): Promise<void> {
    await writeFile(this.#file('others.conf'), 'no such word\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.kill();
    await this.#router[Symbol.asyncDispose]();
  }

  get #socket(): string {
    return this.#file('bird.ctl');
  }

  #file(name: string): string {
    return `${this.#router.folder}/${name}`;
  }
}

const keyOf = ({ prefix, nextHop }: Route): string => `${prefix} ${nextHop}`;

/** The static routes of everybody, read without the driver's own parser. */
async function staticRoutes(bird: BirdRouter): Promise<readonly RawRoute[]> {
  const text = await bird.staticText();
  const found = [...text.matchAll(/^(\S+\/\d+)\n\s+via (\S+)/gm)].map(
    ([, prefix = '', nextHop = '']) => ({ prefix, nextHop }),
  );
  return found.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

async function openBirdBench(): Promise<RouterBench> {
  const bird = await BirdRouter.start();
  return {
    openDriver: () => bird.openDriver(),
    readRaw: () => staticRoutes(bird),
    addForeign: (route) => bird.setForeign((routes) => routes.set(keyOf(route), route)),
    removeForeign: (route) => bird.setForeign((routes) => routes.delete(keyOf(route))),
    [Symbol.asyncDispose]: () => bird[Symbol.asyncDispose](),
  };
}

routeDriverContract('bird on a real BIRD', openBirdBench, {
  undoes: true,
  carriesTerm: true,
  fences: true,
});

routeLeaseContract('bird on a real BIRD', openBirdBench);

describe('the bird driver', () => {
  const route = { prefix: '192.168.80.101/32', nextHop: '10.10.4.10' };
  const other = { prefix: '192.168.80.102/32', nextHop: '10.10.4.20' };
  const add = { add: [route], remove: [], unchanged: [] };
  const remove = { add: [], remove: [route], unchanged: [] };
  let bird: BirdRouter;

  beforeAll(async () => {
    bird = await BirdRouter.start();
  });

  afterAll(() => bird?.[Symbol.asyncDispose]());

  it('has its routes in the kernel when it calls them installed', async () => {
    await using driver = bird.openDriver();

    await driver.apply(add, soon());
    const { owned } = await driver.read(soon());
    await until('the kernel to follow', async () =>
      (await bird.kernel()).includes('192.168.80.101 via 10.10.4.10'),
    );
    await driver.apply(remove, soon());

    expect(owned).toEqual([{ ...route, isInstalled: true }]);
    await until('the kernel to follow', async () => (await bird.kernel()) === '');
  });

  it('is taken back by BIRD when nobody confirms it, and leaves the file as it was', async () => {
    await using driver = bird.openDriver();
    await driver.apply({ add: [other], remove: [], unchanged: [] }, soon());
    const before = await bird.file();

    const change = await driver.applyUnconfirmed?.(
      { add: [route], remove: [other], unchanged: [] },
      2_000,
      soon(),
    );
    const during = await driver.read(soon());
    await until('BIRD to go back', async () => {
      const { owned } = await driver.read(soon());
      return owned.length === 1 && owned[0]?.prefix === other.prefix;
    });
    const late = change?.confirm(soon());

    expect(during).toMatchObject({ isUnconfirmed: true, owned: [route] });
    await expect(late).rejects.toMatchObject({ code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
    expect(await bird.file()).toBe(before);
    await driver.apply({ add: [], remove: [other], unchanged: [] }, soon());
  });

  it('does not confirm what a person has loaded over, nor take their change back', async () => {
    await using driver = bird.openDriver();
    const change = await driver.applyUnconfirmed?.(add, 20_000, soon());

    await bird.setForeign((routes) => routes.set('theirs', other));
    const confirming = change?.confirm(soon());
    await expect(confirming).rejects.toMatchObject({ code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
    await change?.cancel(soon());

    expect(await staticRoutes(bird)).toEqual([other]);
    await bird.setForeign((routes) => routes.clear());
  });

  it('keeps a change that was made after one that was cancelled', async () => {
    await using driver = bird.openDriver();
    const change = await driver.applyUnconfirmed?.(
      { add: [other], remove: [], unchanged: [] },
      2_000,
      soon(),
    );
    await change?.cancel(soon());
    await driver.apply(add, soon());
    const since = Date.now();

    await until('the time of the cancelled change to pass', () => Date.now() - since > 2_500);

    expect((await driver.read(soon())).owned).toEqual([{ ...route, isInstalled: true }]);
    await driver.apply(remove, soon());
  });

  it('leaves everything as it was when BIRD refuses the whole configuration', async () => {
    await using driver = bird.openDriver();
    await driver.apply({ add: [other], remove: [], unchanged: [] }, soon());
    const before = await bird.file();
    await bird.spoilOthers();

    const refused = driver.apply(add, soon());

    await expect(refused).rejects.toMatchObject({ code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
    expect(await bird.file()).toBe(before);
    expect((await driver.read(soon())).owned).toEqual([{ ...other, isInstalled: true }]);
    await bird.setForeign((routes) => routes.clear());
    await driver.apply({ add: [], remove: [other], unchanged: [] }, soon());
  });
});
