import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { openSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { openProbers } from '../../src/adapters/probers/registry.ts';
import { ProbeScheduler } from '../../src/controller/probe-scheduler.ts';
import { StallWatch } from '../../src/controller/stall-watch.ts';
import type { ProbeType } from '../../src/core/site.ts';
import { Table } from '../../src/core/table.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import type { ProbeTarget } from '../../src/ports/prober.ts';
import { probeSpec, probeTarget } from '../../test/fakes/probe-target.ts';
import { registeredSite, stateOf } from '../../test/fakes/site-state.ts';

/** The probed server is a process of its own, so that its work is not counted as ours. */
const server = `
  const { readFileSync } = require('node:fs');
  const answer = (_, response) => response.end('welcome');
  const [cert, key] = process.argv.slice(1).map((file) => readFileSync(file));
  const plain = require('node:http').createServer(answer).listen(0, '127.0.0.1', () => {
    const secure = require('node:https').createServer({ cert, key }, answer).listen(0, '127.0.0.1', () => {
      process.stdout.write(plain.address().port + ' ' + secure.address().port + '\\n');
    });
  });
`;

const fixture = (name: string): string =>
  new URL(`../../test/fixtures/tls/${name}`, import.meta.url).pathname;

const clock = openSystemClock();
const probers = openProbers({ clock, userAgent: 'Detour/bench (+probe)' });
const never = new AbortController().signal;

interface Ports {
  readonly plain: number;
  readonly secure: number;
}

function targetOf(type: ProbeType, { plain, secure }: Ports): ProbeTarget {
  const port = type === 'https' ? secure : plain;
  const url = `${type}://home01.example.kr:${port}/`;
  return probeTarget(type === 'tcp' ? { type, port } : { type, url });
}

/** Makes probes, 32 at a time, and gives the CPU time of this process for each, in microseconds. */
async function cpuPerProbe(target: ProbeTarget, count: number): Promise<number> {
  let left = count;
  const before = process.cpuUsage();
  const work = async (): Promise<void> => {
    for (; left > 0; left -= 1) {
      const { outcome, reason } = await probers[target.spec.type].probe(target, never);
      if (outcome !== 'pass') {
        throw new Error(`A probe of the bench server ended as ${reason}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, work));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function costs(type: ProbeType, ports: Ports): Promise<string> {
  const target = targetOf(type, ports);
  const count = type === 'https' ? 1_000 : 3_000;
  await cpuPerProbe(target, count);
  const rounds: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    rounds.push(await cpuPerProbe(target, count));
  }
  const [least, middle, most] = [Math.min(...rounds), median(rounds), Math.max(...rounds)];
  const perSecond = Math.round(1e6 / middle);
  return `${type}: ${middle.toFixed(0)} us CPU a probe (${least.toFixed(0)}-${most.toFixed(0)}), ${perSecond} a CPU-second\n`;
}

/** Runs the real scheduler over 5,000 sites, each probed every 10 s, and tells how late the starts were. */
async function lag(type: ProbeType, ports: Ports, seconds: number): Promise<string> {
  const { spec } = targetOf(type, ports);
  const sites = Array.from({ length: 5_000 }, (_, index) =>
    registeredSite(`site-${index}`, { addresses: ['127.0.0.1'], probes: [probeSpec(spec)] }),
  );
  const metrics = openControlMetrics();
  const lags: number[] = [];
  const outcomes = new Map<string, number>();
  const state = stateOf(...sites);
  // Every event makes new site records; these two take turns, so that only the scheduler's own work is timed.
  const turns = [state, { ...state, sites: Table.of(state.sites.entries()) }];
  let applyMs = 0;
  const stalls = new StallWatch({ clock });
  const scheduler = new ProbeScheduler({
    clock,
    probers,
    stalls,
    random: Math.random,
    metrics: {
      probes: metrics.probes,
      probeDuration: metrics.probeDuration,
      probeLag: Object.assign(metrics.probeLag, {
        observe: (late: number) => void lags.push(late * 1_000),
      }),
    },
    onResult: ({ result }) => {
      outcomes.set(result.reason, (outcomes.get(result.reason) ?? 0) + 1);
      turns.reverse();
      const before = performance.now();
      scheduler.apply(turns[0] ?? state);
      applyMs += performance.now() - before;
    },
  });
  stalls.start();
  scheduler.apply(state);
  await pause(12_000);
  lags.length = 0;
  applyMs = 0;
  const before = process.cpuUsage();
  await pause(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / (seconds * 1e6);
  await scheduler.stop();
  stalls.stop();
  const sorted = lags.sort((a, b) => a - b);
  const at = (quantile: number): string =>
    (sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN).toFixed(1);
  const ends = [...outcomes].map(([reason, count]) => `${reason} ${count}`).join(', ');
  return (
    `5,000 ${type} sites each 10 s: lag p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(0.9999)} ms; ` +
    `${(share * 100).toFixed(0)} % of a core; apply ${((applyMs / sorted.length) * 1_000).toFixed(0)} us a result; ${ends}\n`
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });
}

/** Measures what a probe costs and how late the scheduler starts them. Prints one line each. */
export async function run(): Promise<void> {
  const child = spawn(process.execPath, ['-e', server, fixture('site.crt'), fixture('site.key')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line]: unknown[] = await once(createInterface(child.stdout), 'line');
    const [plain = 0, secure = 0] = String(line).split(' ').map(Number);
    const ports = { plain, secure };
    for (const type of ['tcp', 'http', 'https'] as const) {
      process.stdout.write(await costs(type, ports));
    }
    for (const type of ['tcp', 'http'] as const) {
      process.stdout.write(await lag(type, ports, 20));
    }
  } finally {
    child.kill();
  }
}
