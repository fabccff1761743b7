import { brakeNames } from '../../../src/core/brake.ts';
import type { Guards } from '../../../src/core/guards.ts';
import { overrideActions } from '../../../src/core/override.ts';
import type { Rule } from '../../../src/core/rule.ts';
import { type RouterSpec, type Site, siteModes } from '../../../src/core/site.ts';
import { parseDuration } from '../../../src/lib/duration.ts';
import { edge, site, siteDown, World, webProbe } from './world.ts';

/** What a pattern of a script line does; the groups are the captured words. */
type Act = (world: World, words: readonly string[]) => void;

function ms(text: string | undefined): number {
  const value = parseDuration(text ?? '');
  if (value === undefined) {
    throw new Error(`"${text}" is not a duration`);
  }
  return value;
}

function oneOf<Word extends string>(words: readonly Word[], text: string): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) {
    throw new Error(`"${text}" is none of ${words.join(', ')}`);
  }
  return word;
}

function override(
  world: World,
  [owner = '', action = '', name = '', reason = '', length]: readonly string[],
): void {
  const { defaultMs } = world.state.config.guards.override;
  world.submit({
    type: 'override-set',
    site: name,
    action: oneOf(overrideActions, action),
    owner,
    reason,
    expiresAt: world.now + (length === undefined ? defaultMs : ms(length)),
  });
}

/** Every sentence that a script may use at a time, as an operator would say it. */
const sentences: readonly (readonly [RegExp, Act])[] = [
  [/^(\S+) fails$/, (world, [name = '']): void => void world.healthy.delete(name)],
  [/^(\S+) heals$/, (world, [name = '']): void => void world.healthy.add(name)],
  [
    /^the notice host (reaches no origin|reaches origins again)$/,
    (world, [what]): void => {
      world.isPassing = what === 'reaches origins again';
    },
  ],
  [/^every site fails$/, (world): void => world.healthy.clear()],
  [
    /^every site heals$/,
    (world): void => {
      for (const name of world.state.sites.names) {
        world.healthy.add(name);
      }
    },
  ],
  [/^address (\S+) dies$/, (world, [address = '']): void => void world.deadAddresses.add(address)],
  [
    /^address (\S+) lives$/,
    (world, [address = '']): void => void world.deadAddresses.delete(address),
  ],
  [
    /^the way of visitors to (\S+) (breaks|heals)$/,
    (world, [name = '', how]): void => {
      if (how === 'breaks') {
        world.cutOff.add(name);
      } else {
        world.cutOff.delete(name);
      }
    },
  ],
  [
    /^probes of (\S+) turn inconclusive$/,
    (world, [name = '']): void =>
      void world.outcomes.set(name, { outcome: 'inconclusive', reason: 'local-error' }),
  ],
  [/^probes of (\S+) stop$/, (world, [name = '']): void => void world.unprobed.add(name)],
  [
    /^probes of (\S+) go on$/,
    (world, [name = '']): void => {
      world.unprobed.delete(name);
      world.outcomes.delete(name);
    },
  ],
  [
    /^vantage (\S+) lies$/,
    (world, [name = '']): void => void world.vantageOutcomes.set(name, 'fail'),
  ],
  [
    /^vantage (\S+) tells the truth$/,
    (world, [name = '']): void => void world.vantageOutcomes.delete(name),
  ],
  [
    /^vantage (\S+) falls silent$/,
    (world, [name = '']): void => void world.silentVantages.add(name),
  ],
  [/^vantage (\S+) speaks$/, (world, [name = '']): void => void world.silentVantages.delete(name)],
  [/^(\S+) orders (divert|restore|hold) (\S+) "(.*?)"(?: for (\S+))?$/, override],
  [
    /^(\S+) releases (\S+)$/,
    (world, [owner = '', name = '']): void =>
      world.submit({ type: 'override-cleared', site: name, owner }),
  ],
  [
    /^(\S+) approves (\S+) "(.*)"$/,
    (world, [owner = '', name = '', reason = '']): void =>
      world.submit({ type: 'diversion-approved', site: name, owner, reason }),
  ],
  [
    /^(\S+) freezes "(.*)"$/,
    (world, [owner = '', reason = '']): void => world.submit({ type: 'freeze-set', owner, reason }),
  ],
  [/^(\S+) thaws$/, (world, [owner = '']): void => world.submit({ type: 'freeze-cleared', owner })],
  [
    /^(\S+) lifts the brake (\S+) "(.*)" for (\S+)$/,
    (world, [owner = '', brake = '', reason = '', length]): void =>
      world.submit({
        type: 'brake-released',
        brake: oneOf(brakeNames, brake),
        owner,
        reason,
        until: world.now + ms(length),
      }),
  ],
  [
    /^(\S+) acknowledges the incident of (\S+)$/,
    (world, [owner = '', name = '']): void => {
      const known = Object.values(world.state.incidents).filter(({ sites }) =>
        sites.includes(name),
      );
      const incident = world.state.sites.get(name)?.incident ?? known.at(-1)?.id ?? '';
      world.submit({ type: 'incident-acknowledged', incident, owner });
    },
  ],
  [
    /^(\S+) expects (\S+) back in (\S+)$/,
    (world, [owner = '', name = '', length]): void =>
      world.submit({
        type: 'expected-recovery-set',
        site: name,
        at: world.now + ms(length),
        owner,
      }),
  ],
  [
    /^(\S+) stops answering$/,
    (world, [router = '']): void => {
      world.unreadable.add(router);
      world.readRouter(router);
    },
  ],
  [
    /^(\S+) answers again$/,
    (world, [router = '']): void => {
      world.unreadable.delete(router);
      world.readRouter(router);
    },
  ],
  [
    /^(\S+) refuses changes$/,
    (world, [router = '']): void => {
      world.answers.sync = (command) =>
        command.router === router
          ? {
              result: 'failed',
              code: 'DETOUR_ROUTER_COMMAND_REJECTED',
              message: '% Configuration is locked',
            }
          : world.syncNow(command);
    },
  ],
  [
    /^(\S+) applies changes but its answers are lost$/,
    (world): void => {
      world.answers.sync = (command) => {
        world.syncNow(command);
        return {
          result: 'unknown',
          code: 'DETOUR_TRANSPORT_TIMEOUT',
          message: 'no answer within 30 s',
        };
      };
    },
  ],
  [
    /^(\S+) takes changes$/,
    (world): void => {
      world.answers.sync = (command) => world.syncNow(command);
    },
  ],
  [
    /^(\S+) accepts routes but does not install them$/,
    (world, [router = '']): void => void world.notInstalling.add(router),
  ],
  [
    /^(\S+) takes back what nobody confirms$/,
    (world, [router = '']): void => void world.undoing.add(router),
  ],
  [
    /^(\S+) installs routes$/,
    (world, [router = '']): void => void world.notInstalling.delete(router),
  ],
  [
    /^notices cannot be published$/,
    (world): void => {
      world.answers.publish = () => ({
        result: 'failed',
        code: 'DETOUR_NOTICE_NOT_LIVE',
        message: 'the notice node does not answer',
      });
    },
  ],
  [
    /^notices can be published$/,
    (world): void => {
      world.answers.publish = () => ({ result: 'ok' });
    },
  ],
  [
    /^no look through the data path ends$/,
    (world): void => {
      world.answers.prove = () => undefined;
    },
  ],
  [
    /^visitors do not see (?:the )?(notice|origin)s?$/,
    (world, [what = '']): void => {
      world.answers.prove = ({ expect }) =>
        expect === what
          ? {
              result: 'failed',
              code: 'DETOUR_PROOF_FAILED',
              message: `the ${what} did not come back`,
            }
          : { result: 'ok' };
    },
  ],
  [
    /^visitors see what is routed$/,
    (world): void => {
      world.answers.prove = () => ({ result: 'ok' });
    },
  ],
  [
    /^someone removes (\S+) from (\S+)$/,
    (world, [prefix = '', router = '']): void => {
      world.routes.set(
        router,
        (world.routes.get(router) ?? []).filter((route) => route.prefix !== prefix),
      );
      world.readRouter(router);
    },
  ],
  [
    /^someone adds (\S+) via (\S+) to (\S+)$/,
    (world, [prefix = '', nextHop = '', router = '']): void => {
      world.foreign.set(router, [...(world.foreign.get(router) ?? []), { prefix, nextHop }]);
      world.readRouter(router);
    },
  ],
  [
    /^someone takes (\S+) off (\S+) again$/,
    (world, [prefix = '', router = '']): void => {
      world.foreign.set(
        router,
        (world.foreign.get(router) ?? []).filter((route) => route.prefix !== prefix),
      );
      world.readRouter(router);
    },
  ],
  [
    /^(\S+) shows (\S+) via (\S+) with our mark$/,
    (world, [router = '', prefix = '', nextHop = '']): void => {
      world.routes.set(router, [...(world.routes.get(router) ?? []), { prefix, nextHop }]);
      world.readRouter(router);
    },
  ],
  [
    /^the uplink is cut$/,
    (world): void =>
      world.submit({ type: 'isolation-changed', isIsolated: true, detail: 'no reference answers' }),
  ],
  [
    /^the uplink is back$/,
    (world): void =>
      world.submit({ type: 'isolation-changed', isIsolated: false, detail: 'a reference answers' }),
  ],
  [
    /^a reference answers$/,
    (world): void =>
      world.submit({ type: 'reference-finished', reference: 'gateway', isPass: true }),
  ],
  [
    /^the lease is (lost|gained)$/,
    (world, [what]): void => world.submit({ type: 'lease-changed', isLeader: what === 'gained' }),
  ],
  [
    /^(\S+) breaks the glass "(.*?)" for (\S+)$/,
    (world, [owner = '', reason = '', length]): void =>
      world.submit({ type: 'glass-broken', owner, reason, until: world.now + ms(length) }),
  ],
  [/^the controller is killed and started again$/, (world): void => world.restart()],
  [
    /^the configuration drops (\S+)$/,
    (world, [name = '']): void => {
      const { config } = world.state;
      const sites = Object.fromEntries(
        Object.entries(config.sites).filter(([key]) => key !== name),
      );
      world.submit({ type: 'config-applied', config: { ...config, sites } });
    },
  ],
  [
    /^the configuration takes (\S+) back$/,
    (world, [name = '']): void => {
      const { config } = world.state;
      const leaving = config.sites[name];
      if (leaving?.isLeaving !== true) {
        throw new Error(`${name} is not about to leave`);
      }
      const { isLeaving: _, ...back } = leaving;
      const sites = { ...config.sites, [name]: back };
      world.submit({ type: 'config-applied', config: { ...config, sites } });
    },
  ],
  [
    /^(\S+) is to be drilled$/,
    (world, [name = '']): void => {
      const { config } = world.state;
      const router = config.routers[name];
      if (router === undefined) {
        throw new Error(`There is no router ${name}`);
      }
      const routers = { ...config.routers, [name]: { ...router, isDrilled: true as const } };
      world.submit({ type: 'config-applied', config: { ...config, routers } });
    },
  ],
  [
    /^the drill of (\S+) (passes|fails)$/,
    (world, [router = '', how]): void =>
      world.submit({
        type: 'drill-finished',
        router,
        owner: 'detour',
        at: world.now,
        isPassed: how === 'passes',
        detail:
          how === 'passes' ? 'divert 1.2 s, restore 0.8 s' : 'divert: the notice was not seen',
      }),
  ],
  [
    /^maintenance of (\S+) begins, (diverting|quiet), for (\S+)$/,
    (world, [name = '', how, length]): void =>
      world.submit({
        type: 'maintenance-started',
        site: name,
        id: 'm1',
        reason: 'database upgrade',
        isDiverting: how === 'diverting',
        endsAt: world.now + ms(length),
      }),
  ],
  [
    /^maintenance of (\S+) ends$/,
    (world, [name = '']): void => world.submit({ type: 'maintenance-ended', site: name, id: 'm1' }),
  ],
  [
    /^alarm (\S+) of (\S+) (fires|ends)$/,
    (world, [signal = '', name = '', how]): void =>
      world.submit({ type: 'signal-received', site: name, signal, isFiring: how === 'fires' }),
  ],
  [
    /^expect (\S+) (\S+)$/,
    (world, [name = '', phase = '']): void => {
      world.tell(`(expected: ${name} ${phase})`);
      if (world.phase(name) !== phase) {
        throw new Error(
          `Expected ${name} to be ${phase}, but it is ${world.phase(name)}\n${world.transcript.join('\n')}`,
        );
      }
    },
  ],
  [
    /^expect routes on (\S+): (.*)$/,
    (world, [router = '', wanted = '']): void => {
      const have =
        (world.routes.get(router) ?? [])
          .map(({ prefix }) => prefix)
          .sort()
          .join(', ') || 'none';
      if (have !== wanted) {
        throw new Error(
          `Expected routes on ${router}: ${wanted}; there are: ${have}\n${world.transcript.join('\n')}`,
        );
      }
    },
  ],
  [/^end$/, (): void => undefined],
];

function siteOf(name: string, rest: string): Site {
  const words = rest.split(/\s+/);
  const addresses = words.filter((word) => /^[\d.]+$/.test(word));
  const mode = /mode (\S+)/.exec(rest)?.[1];
  const shares = /shares (\S+)/.exec(rest)?.[1];
  const routers = /routers (\S+)/.exec(rest)?.[1];
  const tcp = webProbe({ type: 'tcp', port: 80 });
  const made = site(name, '203.0.113.1', {
    addresses,
    ...(rest.includes('probed by tcp') ? { probes: [tcp] } : {}),
    ...(routers === undefined ? {} : { routers: routers.split(',') }),
    ...(mode === undefined ? {} : { mode: oneOf(siteModes, mode) }),
    ...(shares === undefined
      ? {}
      : {
          sharedAddress: shares === 'any' || shares === 'all' ? shares : { share: Number(shares) },
        }),
  });
  if (rest.includes('passed through')) {
    const passThrough = { address: '10.10.0.100', http: 80, https: 443, proxyProtocol: false };
    return { ...made, origin: { address: '10.10.0.100', passThrough } };
  }
  if (!rest.includes('no origin path')) {
    return made;
  }
  const { origin: _, ...blind } = made;
  return blind;
}

function guardOf(key: string, value: string): Partial<Guards> {
  const all: Readonly<Record<string, (text: string) => Partial<Guards>>> = {
    'restore-after': (text) => ({ restoreAfterMs: ms(text) }),
    'hold-down': (text) => ({ holdDown: { initialMs: ms(text), maxMs: 7_200_000 } }),
    'max-active': (text) => ({ maxActive: { count: Number(text), share: 0 } }),
    rate: (text) => ({ rate: { count: 1, perMs: ms(text) } }),
    'mass-failure': (text) => ({
      massFailure: { minSites: Number(text), share: 0.5, withinMs: 60_000 },
    }),
    references: (text) => ({ hasReferences: text === 'configured' }),
    trial: (text) => ({ trial: { initialMs: ms(text), maxMs: 3_600_000 } }),
  };
  const make = all[key];
  if (make === undefined) {
    throw new Error(`There is no guard "${key}"`);
  }
  return make(value);
}

function ruleOf(name: string, rest: string): Rule {
  const cannot = /cannot be evaluated: (.*)$/.exec(rest)?.[1];
  const signal = /on alarm (\S+)/.exec(rest)?.[1];
  const forText = /for (\S+)/.exec(rest)?.[1];
  const keepText = /keeps (\S+)/.exec(rest)?.[1];
  const base: Rule = {
    ...siteDown,
    name,
    forMs: forText === undefined ? 0 : ms(forText),
    keepForMs: keepText === undefined ? 0 : ms(keepText),
    then: rest.includes('notifies') ? 'notify' : 'divert',
  };
  if (cannot !== undefined) {
    return { ...base, when: () => ({ error: cannot }) };
  }
  return signal === undefined
    ? base
    : { ...base, when: ({ signals }) => signals[signal] === true, cause: 'overload' };
}

interface Setup {
  sites: Site[];
  rules: Rule[];
  guards: Partial<Guards>;
  vantages: string[];
}

function setUp(setup: Setup, line: string): void {
  const [, kind = '', name = '', rest = ''] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
  switch (kind) {
    case 'site':
      setup.sites.push(siteOf(name, rest));
      break;
    case 'sites': {
      const [range = '', shared] = rest.replace('x ', '').split(' on ');
      const [from = 1, to = 1] = range.split('-').map(Number);
      for (let number = from; number <= to; number += 1) {
        setup.sites.push(siteOf(`${name}${number}`, shared ?? `203.0.113.${number}`));
      }
      break;
    }
    case 'guard':
      setup.guards = { ...setup.guards, ...guardOf(name, rest) };
      break;
    case 'rule':
      setup.rules.push(ruleOf(name, rest));
      break;
    case 'vantages':
      setup.vantages = [name, ...rest.split(' ')];
      break;
    default:
      throw new Error(`Not understood: ${line}`);
  }
}

function act(world: World, sentence: string): void {
  for (const [pattern, does] of sentences) {
    const match = pattern.exec(sentence);
    if (match !== null) {
      if (!sentence.startsWith('expect')) {
        world.tell(`* ${sentence}`);
      }
      does(world, match.slice(1));
      return;
    }
  }
  throw new Error(`Not understood: ${sentence}`);
}

/** Every router that a story's sites name. */
function routersOf(sites: readonly Site[]): readonly RouterSpec[] {
  const names = new Set([edge.name, ...sites.flatMap(({ routers }) => routers)]);
  return [...names].map((name) => ({ ...edge, name }));
}

/** Plays a script against the real core and returns the transcript. */
export function play(script: string): string {
  return `${playThrough(script).transcript.join('\n')}\n`;
}

/** Plays a script against the real core and returns the world as it then stands. */
export function playThrough(script: string): World {
  const setup: Setup = { sites: [], rules: [], guards: {}, vantages: ['local'] };
  const lines = script.split('\n').map((line) => line.trim());
  const isTimed = (line: string): boolean => /^at \S+/.test(line);
  for (const line of lines.filter(
    (text) => text !== '' && !text.startsWith('#') && !isTimed(text),
  )) {
    setUp(setup, line);
  }
  const world = new World({
    ...setup,
    routers: routersOf(setup.sites),
    rules: setup.rules.length === 0 ? [siteDown] : setup.rules,
  });
  let toldMs = 0;
  for (const line of lines.filter(isTimed)) {
    const [, time = '', sentence = ''] = /^at (\S+) (.*)$/.exec(line) ?? [];
    world.run(ms(time) - toldMs);
    toldMs = ms(time);
    act(world, sentence);
  }
  return world;
}
