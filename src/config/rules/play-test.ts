import type { ControlEvent } from '../../core/event.ts';
import { defaultGuards } from '../../core/guards.ts';
import { initialState } from '../../core/initial-state.ts';
import type { Rule } from '../../core/rule.ts';
import type { ProbeSpec, Site } from '../../core/site.ts';
import type { State } from '../../core/state.ts';
import { step } from '../../core/step.ts';
import { second } from '../../lib/time.ts';
import type { RuleExpectation, RuleTest } from './test-schema.ts';

/** The story begins at a fixed moment, so that it ends the same every time. */
const startsAt = Date.UTC(2026, 0, 1);

const address = '192.0.2.1';
const vantage = 'test';
const router = 'unread';

function specFrom(name: string, test: RuleTest): ProbeSpec {
  return {
    name,
    type: 'http',
    url: 'http://test.example/',
    intervalMs: test.interval,
    suspectIntervalMs: test.interval,
    divertedIntervalMs: test.interval,
    timeoutMs: test.interval,
    rise: test.rise,
    fall: test.fall,
    expect: { status: [[200, 399]] },
  };
}

function siteFrom(test: RuleTest): Site {
  return {
    name: test.site.name,
    title: {},
    hostnames: ['test.example'],
    addresses: [address],
    routers: [router],
    mode: test.site.mode,
    probes: Object.keys(test.probes).map((name) => specFrom(name, test)),
    labels: test.site.labels,
    sharedAddress: 'any',
    noticeStatus: 503,
    owner: 'file',
  };
}

/** Nothing is diverted in a rule test: the only router is never read, so the core goes on watching the origin. */
function startState(test: RuleTest, rules: readonly Rule[]): State {
  const site = siteFrom(test);
  const config = {
    sites: { [site.name]: site },
    routers: { [router]: { name: router, nextHop: {}, estate: [] } },
    rules,
    guards: { ...defaultGuards, routerPatienceMs: Number.MAX_SAFE_INTEGER },
    vantages: [vantage],
  };
  return initialState(config, startsAt);
}

interface Timed {
  readonly at: number;
  readonly event: ControlEvent;
}

function probeEvents(test: RuleTest): readonly Timed[] {
  return Object.entries(test.probes).flatMap(([probe, samples]) =>
    samples.flatMap((sample, index): readonly Timed[] => {
      const at = index * test.interval;
      const event = {
        type: 'probe-finished',
        site: test.site.name,
        probe,
        address,
        vantage,
        path: 'address',
      } as const;
      return sample === 'none'
        ? []
        : [{ at, event: { ...event, result: { ...sample, startedAt: startsAt + at } } }];
    }),
  );
}

function events(test: RuleTest): readonly Timed[] {
  const site = test.site.name;
  const hosts = test.host.map(
    ({ at, host }): Timed => ({ at, event: { type: 'host-measured', site, host } }),
  );
  const signals = test.signals.map(
    ({ at, name, firing }): Timed => ({
      at,
      event: { type: 'signal-received', site, signal: name, isFiring: firing },
    }),
  );
  return [...hosts, ...signals, ...probeEvents(test)].sort((a, b) => a.at - b.at);
}

/** What the rules did at one of the expected moments. */
export interface Seen {
  readonly expectation: RuleExpectation;
  readonly firing: readonly Rule[];
  /** By rule, why it cannot be evaluated. */
  readonly errors: Readonly<Record<string, string>>;
}

function look(state: State, test: RuleTest, expectation: RuleExpectation): Seen {
  const standing = state.sites.get(test.site.name)?.rules ?? {};
  const errors = Object.entries(standing).flatMap(([name, { error }]) =>
    error === undefined ? [] : [[name, error] as const],
  );
  return {
    expectation,
    firing: state.config.rules.filter(({ name }) => standing[name]?.isFiring === true),
    errors: Object.fromEntries(errors),
  };
}

function ticks(untilMs: number): readonly Timed[] {
  const times = Array.from(
    { length: Math.floor(untilMs / second) + 1 },
    (_, index) => index * second,
  );
  return times.map((at) => ({ at, event: { type: 'tick' } }));
}

/** Plays a test through the core itself, with a tick every second, and tells what the rules did when asked. */
export function playTest(test: RuleTest, rules: readonly Rule[]): readonly Seen[] {
  const expected = [...test.expect].sort((a, b) => a.at - b.at);
  const until = expected.at(-1)?.at ?? 0;
  // What happens at one moment happens before the tick of that moment.
  const story = [...events(test), ...ticks(until)].sort((a, b) => a.at - b.at);
  let state = startState(test, rules);
  let next = 0;
  const play = (event: ControlEvent, at: number): void => {
    state = step(state, event, startsAt + at).state;
  };
  return expected.map((expectation) => {
    for (let timed = story[next]; timed !== undefined && timed.at <= expectation.at; ) {
      play(timed.event, timed.at);
      next += 1;
      timed = story[next];
    }
    play({ type: 'tick' }, expectation.at);
    return look(state, test, expectation);
  });
}
