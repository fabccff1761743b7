import { overrideActions } from '../../../src/core/override.ts';
import type { Site } from '../../../src/core/site.ts';
import { minute, second } from '../../../src/lib/time.ts';
import type { Random } from '../../simulation/random.ts';
import { edge, site, siteDown, World } from './world.ts';

const routers = ['edge-1', 'edge-2'] as const;
const passThrough = { address: '10.10.0.7', http: 80, https: 443, proxyProtocol: false };
const order = { owner: 'kim', reason: 'a restless night' } as const;

/** A change of routes more often than this makes the network flap; a line more often fills the audit. */
const mostWrites = (ms: number): number => 6 + ms / 2_500;
const mostLines = 150;

/** One of some. */
function anyOf<const Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return random.pick(items) ?? items[0];
}

function siteOf(random: Random, at: number): Site {
  const address = `203.0.113.${random.between(1, 4)}`;
  const made = site(`s${at}`, address, {
    mode: random.oneIn(3) ? 'confirm' : 'auto',
    routers: random.oneIn(2)
      ? ['edge-1']
      : anyOf(random, [
          ['edge-1', 'edge-2'],
          ['edge-2', 'edge-1'],
        ]),
    sharedAddress: anyOf(random, ['any', 'any', 'all', { share: 0.5 }]),
  });
  if (random.oneIn(3)) {
    return { ...made, origin: { address: '10.10.0.7', passThrough } };
  }
  const { origin: _, ...blind } = made;
  return random.oneIn(4) ? blind : made;
}

type Stroke = readonly [string, () => void];

/** One night in which anything happens to a few sites on shared addresses: what matters is that nothing runs in a circle. */
export class RestlessNight {
  readonly world: World;
  readonly #random: Random;
  readonly #sites: readonly Site[];
  #writes = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#sites = Array.from({ length: random.between(3, 5) }, (_, at) => siteOf(random, at));
    this.world = new World({
      sites: this.#sites,
      routers: routers.map((name) => ({ ...edge, name })),
      rules: [random.oneIn(3) ? { ...siteDown, keepForMs: 30 * second } : siteDown],
      guards: {
        massFailure: { minSites: anyOf(random, [3, 9]), share: 0.5, withinMs: minute },
        holdDown: { initialMs: anyOf(random, [0, minute]), maxMs: 10 * minute },
        rate: { count: anyOf(random, [1, 9]), perMs: 10 * second },
        trial: { initialMs: minute, maxMs: 5 * minute },
        restoreAfterMs: 20 * second,
      },
    });
    this.#take();
  }

  /** Plays so many strokes of fate, each with some time after it; tells what ran in a circle, if anything did. */
  play(strokes: number): string | undefined {
    for (let stroke = 0; stroke < strokes; stroke += 1) {
      const [name, act] = anyOf(this.#random, this.#strokes);
      this.world.tell(`* ${name}`);
      act();
      const trouble = this.#watch(anyOf(this.#random, [1, 5, 20, 40]) * second);
      if (trouble !== undefined) {
        return trouble;
      }
    }
    return undefined;
  }

  /** Ends every fault and order, and tells what does not come home. */
  rest(): string | undefined {
    this.world.tell('* everything ends');
    this.#endFaults();
    const { world } = this;
    for (let waited = 0; waited < 30 && this.#away().length > 0; waited += 1) {
      this.#release((name) => world.state.sites.get(name)?.question !== undefined);
      world.run(minute);
    }
    world.run(minute);
    const routes = [...world.routes.values()].flat().map(({ prefix }) => prefix);
    const notices = this.#names.filter((name) => world.notices.has(name));
    const left = [...this.#away(), ...routes, ...notices];
    return left.length === 0 ? undefined : `does not come home: ${left.join(', ')}`;
  }

  get #names(): readonly string[] {
    return this.#sites.map(({ name }) => name);
  }

  #name(): string {
    return this.#random.pick(this.#names) ?? '';
  }

  #away(): readonly string[] {
    return this.#names.filter((name) => this.world.phase(name) !== 'serving');
  }

  #watch(ms: number): string | undefined {
    this.#writes = 0;
    const before = this.world.transcript.length;
    this.world.run(ms);
    const lines = this.world.transcript.length - before;
    return this.#writes > mostWrites(ms) || lines > mostLines
      ? `${this.#writes} changes of routes and ${lines} lines within ${ms / second} s`
      : undefined;
  }

  #take(): void {
    const { world } = this;
    world.answers.sync = (command) => {
      const before = JSON.stringify(world.routes.get(command.router) ?? []);
      const outcome = world.syncNow(command);
      const after = JSON.stringify(world.routes.get(command.router) ?? []);
      this.#writes += before === after ? 0 : 1;
      return outcome;
    };
  }

  #loseAnswers(): void {
    this.#take();
    const taken = this.world.answers.sync;
    this.world.answers.sync = (command) => {
      taken(command);
      return { result: 'unknown', code: 'DETOUR_TRANSPORT_TIMEOUT', message: 'no answer' };
    };
  }

  #endFaults(): void {
    const { world } = this;
    this.#take();
    world.answers.prove = () => ({ result: 'ok' });
    world.answers.publish = () => ({ result: 'ok' });
    world.isPassing = true;
    world.unreadable.clear();
    world.notInstalling.clear();
    for (const name of this.#names) {
      world.healthy.add(name);
    }
    world.submit({ type: 'freeze-cleared', owner: 'kim' });
    this.#reload(this.#sites.map((one) => ({ ...one, mode: 'auto' })));
    world.readRouters();
    for (const name of this.#names) {
      world.submit({ type: 'maintenance-ended', site: name, id: 'w' });
    }
    this.#release(() => true);
  }

  #release(isMeant: (name: string) => boolean): void {
    for (const name of this.#names.filter(isMeant)) {
      this.world.submit({ type: 'override-cleared', site: name, owner: 'kim' });
    }
  }

  #reload(sites: readonly Site[]): void {
    const { config } = this.world.state;
    const named = Object.fromEntries(sites.map((one) => [one.name, one]));
    this.world.submit({ type: 'config-applied', config: { ...config, sites: named } });
  }

  /** One site moves, changes its mode or leaves, while whatever goes on goes on. */
  #change(): void {
    const name = this.#name();
    const others = this.#sites.filter((other) => other.name !== name);
    const changed = this.#sites
      .filter((one) => one.name === name)
      .flatMap((one) => this.#other(one));
    this.#reload([...others, ...changed]);
  }

  #other(one: Site): readonly Site[] {
    return anyOf<readonly Site[]>(this.#random, [
      [],
      [{ ...one, addresses: [`203.0.113.${this.#random.between(1, 4)}`] }],
      [{ ...one, mode: anyOf(this.#random, ['auto', 'confirm', 'observe']) }],
      [
        {
          ...one,
          routers: anyOf<readonly string[]>(this.#random, [
            ['edge-1'],
            ['edge-2'],
            ['edge-1', 'edge-2'],
          ]),
        },
      ],
    ]);
  }

  #order(): void {
    this.world.submit({
      type: 'override-set',
      site: this.#name(),
      action: anyOf(this.#random, overrideActions),
      expiresAt: this.world.now + anyOf(this.#random, [20 * second, minute, 5 * minute]),
      ...order,
    });
  }

  #beginWindow(): void {
    const name = this.#name();
    if (this.world.state.sites.get(name)?.maintenance === undefined) {
      this.world.submit({
        type: 'maintenance-started',
        site: name,
        id: 'w',
        reason: 'work',
        isDiverting: this.#random.oneIn(2),
        endsAt: this.world.now + minute,
      });
    }
  }

  readonly #strokes: readonly [Stroke, ...Stroke[]] = [
    ['a site fails', (): void => void this.world.healthy.delete(this.#name())],
    ['another fails', (): void => void this.world.healthy.delete(this.#name())],
    ['a site heals', (): void => void this.world.healthy.add(this.#name())],
    ['every site fails', (): void => this.world.healthy.clear()],
    ['all is well again', (): void => this.#endFaults()],
    ['an order', (): void => this.#order()],
    ['another order', (): void => this.#order()],
    ['a window', (): void => this.#beginWindow()],
    ['a reload', (): void => this.#change()],
    ['a restart', (): void => this.world.restart()],
    ['a freeze', (): void => this.world.submit({ type: 'freeze-set', ...order })],
    [
      'the mass brake is released',
      (): void =>
        this.world.submit({
          type: 'brake-released',
          brake: 'mass-failure',
          until: this.world.now + minute,
          ...order,
        }),
    ],
    [
      'somebody clears a router',
      (): void => {
        const router = anyOf(this.#random, routers);
        this.world.routes.set(router, []);
        this.world.readRouter(router);
      },
    ],
    [
      'a router falls silent',
      (): void => void this.world.unreadable.add(anyOf(this.#random, routers)),
    ],
    [
      'a router does not install',
      (): void => void this.world.notInstalling.add(anyOf(this.#random, routers)),
    ],
    ['answers of routers are lost', (): void => this.#loseAnswers()],
    [
      'routers refuse',
      (): void => {
        this.world.answers.sync = (): ReturnType<World['answers']['sync']> => ({
          result: 'failed',
          code: 'DETOUR_ROUTER_COMMAND_REJECTED',
          message: 'locked',
        });
      },
    ],
    [
      'notices are not seen',
      (): void => {
        this.world.answers.prove = ({ expect }): ReturnType<World['answers']['prove']> =>
          expect === 'notice'
            ? { result: 'failed', code: 'DETOUR_PROOF_FAILED', message: 'nothing came back' }
            : { result: 'ok' };
      },
    ],
    [
      'notices cannot be published',
      (): void => {
        this.world.answers.publish = (): ReturnType<World['answers']['publish']> => ({
          result: 'failed',
          code: 'DETOUR_NOTICE_NOT_LIVE',
          message: 'no node answers',
        });
      },
    ],
    [
      'the notice host reaches no origin',
      (): void => {
        this.world.isPassing = false;
      },
    ],
  ];
}
