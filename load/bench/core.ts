import { performance } from 'node:perf_hooks';
import type { ControlEvent } from '../../src/core/event.ts';
import { defaultGuards } from '../../src/core/guards.ts';
import { initialState } from '../../src/core/initial-state.ts';
import type { CoreConfig, State } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import { siteDownRule } from '../../test/fakes/control.ts';
import { registeredSite } from '../../test/fakes/site-state.ts';
import { median } from '../support/cpu.ts';

const rounds = 5;
const stepsEach = 20_000;

function estateOf(sites: number, routers: number): CoreConfig {
  const names = Array.from({ length: routers }, (_, index) => `edge-${index}`);
  return {
    sites: Object.fromEntries(
      Array.from({ length: sites }, (_, index) => {
        const name = `site-${index}`;
        const addresses = [`10.${Math.floor(index / 250)}.${index % 250}.7`];
        return [
          name,
          registeredSite(name, { addresses, routers: [names[index % routers] ?? 'edge-0'] }),
        ];
      }),
    ),
    routers: Object.fromEntries(
      names.map((name) => [name, { name, nextHop: { ipv4: '192.0.2.1' }, estate: ['10.0.0.0/8'] }]),
    ),
    rules: [siteDownRule],
    guards: { ...defaultGuards, warmUpRounds: 1 },
    vantages: ['local'],
  };
}

function probe(config: CoreConfig, index: number, now: number, isPass: boolean): ControlEvent {
  const site = `site-${index % Object.keys(config.sites).length}`;
  return {
    type: 'probe-finished',
    site,
    probe: 'web',
    address: config.sites[site]?.addresses[0] ?? '',
    vantage: 'local',
    path: 'address',
    result: {
      outcome: isPass ? 'pass' : 'fail',
      reason: isPass ? 'ok' : 'refused',
      startedAt: now,
      latencyMs: 3,
      phases: {},
    },
  };
}

/** A state that has read its routers and seen each site once. */
function warmState(config: CoreConfig): State {
  let state = step(initialState(config, 0), { type: 'started' }, 0).state;
  for (const router of Object.keys(config.routers)) {
    const reading = { owned: [], foreign: [] };
    state = step(state, { type: 'routes-observed', router, reading }, 0).state;
  }
  for (let index = 0; index < Object.keys(config.sites).length; index += 1) {
    state = step(state, probe(config, index, 1, true), 1).state;
  }
  return state;
}

interface Timed {
  readonly stepsPerSecond: number;
  readonly tickMs: number;
}

function time(config: CoreConfig, state: State): Timed {
  let now = 10;
  let current = state;
  const startedAt = performance.now();
  for (let index = 0; index < stepsEach; index += 1) {
    now += 1;
    current = step(current, probe(config, index, now, true), now).state;
  }
  const tookMs = performance.now() - startedAt;
  const tickedAt = performance.now();
  for (let tick = 0; tick < 10; tick += 1) {
    now += 1_000;
    current = step(current, { type: 'tick' }, now).state;
  }
  return {
    stepsPerSecond: (stepsEach / tookMs) * 1_000,
    tickMs: (performance.now() - tickedAt) / 10,
  };
}

/** How long a mass event of failing sites keeps the core busy, and what it decides. */
function massEvent(config: CoreConfig, state: State, failing: number): string {
  let now = 20_000;
  let current = state;
  let longestMs = 0;
  const startedAt = performance.now();
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < failing; index += 1) {
      now += 10;
      const at = performance.now();
      current = step(current, probe(config, index, now, false), now).state;
      longestMs = Math.max(longestMs, performance.now() - at);
    }
  }
  const tookMs = performance.now() - startedAt;
  const brake = current.brakes['mass-failure'].isActive ? 'held by its brake' : 'not held';
  return `${failing} of ${Object.keys(config.sites).length} sites fail: ${tookMs.toFixed(0)} ms for ${3 * failing} probes, the longest step ${longestMs.toFixed(1)} ms, ${brake}`;
}

/** Steps of the core per second on one processor, and what a large estate costs it. */
export async function run(): Promise<void> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const result: Record<string, number> = {};
  for (const [sites, routers] of [
    [10, 2],
    [1_000, 10],
    [5_000, 50],
  ] as const) {
    const config = estateOf(sites, routers);
    const state = warmState(config);
    const runs = Array.from({ length: rounds }, () => time(config, state));
    const steps = median(runs.map(({ stepsPerSecond }) => stepsPerSecond));
    const tick = median(runs.map(({ tickMs }) => tickMs));
    print(
      `${sites} sites, ${routers} routers: ${steps.toFixed(0)} probe steps/s, a tick ${tick.toFixed(2)} ms (median of ${rounds})`,
    );
    result[`stepsPerSecond${sites}`] = Math.round(steps);
  }
  const large = estateOf(5_000, 50);
  print(massEvent(large, warmState(large), 647));
  const small = estateOf(800, 50);
  print(massEvent(small, warmState(small), 647));
  print(`memory ${(process.memoryUsage.rss() / 1_048_576).toFixed(0)} MiB`);
  print(JSON.stringify(result));
}
