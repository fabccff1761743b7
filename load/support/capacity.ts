import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type K6Run, runK6 } from '../../test/peers/support/k6.ts';
import { cpuNanoseconds } from './cpu.ts';
import { startNoticeHost } from './notice-host.ts';
import type { Scenario } from './scenarios.ts';

const script = path.join(import.meta.dirname, '../k6/capacity.ts');

/** What came of one scenario. */
export interface CapacityRow {
  readonly scenario: string;
  readonly offered: number;
  /** Visitors a second that got their notice. */
  readonly perSecond: number;
  /** Share of the visitors offered that got it. */
  readonly answered: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Share of one processor that the notice process used. */
  readonly cpu: number;
  /** True when the stated capacity was held. */
  readonly isHeld: boolean;
}

export interface Played {
  readonly row: CapacityRow;
  /** The summary as k6 wrote it, for `detour capacity`. */
  readonly summary: string;
}

/** One source that opens connections as fast as it can, from the client's processor, until it is let go. */
function attack(port: number, seconds: number): AsyncDisposable {
  const url = `http://127.0.0.1:${port}/`;
  const header = ['-H', 'Connection: close', '-H', 'Host: home01.example.kr'];
  const argv = ['-c', '1', 'wrk', '-t1', '-c32', `-d${seconds}s`, ...header, url];
  const child = spawn('taskset', argv, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    [Symbol.asyncDispose]: async (): Promise<void> => {
      child.kill();
      await ended;
    },
  };
}

function rowOf(
  scenario: Scenario,
  k6: K6Run,
  about: { seconds: number; cpu: number },
): CapacityRow {
  const passes = k6.value('checks', 'passes');
  return {
    scenario: scenario.name,
    offered: scenario.rate,
    perSecond: passes / about.seconds,
    answered: Math.min(1, passes / (scenario.rate * about.seconds)),
    medianMs: k6.value('http_req_duration', 'med'),
    p95Ms: k6.value('http_req_duration', 'p(95)'),
    cpu: about.cpu,
    isHeld: k6.exitCode === 0,
  };
}

/** Plays one scenario under the real k6 against a notice process of its own. */
export async function playScenario(
  scenario: Scenario,
  seconds: number,
  folder: string,
): Promise<Played> {
  const { scheme, hosts, isKept, rate, p95Ms, limits, isAttacked } = scenario;
  await using server = await startNoticeHost(folder, { hosts, ...(limits ? { limits } : {}) });
  const env = {
    SCHEME: scheme,
    PORT: String(scheme === 'https' ? server.securePort : server.port),
    HOSTS: String(hosts),
    KEEP: isKept ? '1' : '0',
    RATE: String(rate),
    SECONDS: String(seconds),
    P95_MS: String(p95Ms),
  };
  await using ends = new AsyncDisposableStack();
  if (isAttacked) {
    ends.use(attack(server.port, seconds + 30));
  }
  const sources = isAttacked ? ['--local-ips=127.16.0.0/20'] : [];
  const before = cpuNanoseconds(server.pid);
  const startedAt = performance.now();
  const k6 = await runK6(script, env, (seconds + 60) * 1_000, sources);
  const tookMs = performance.now() - startedAt;
  const cpu = (cpuNanoseconds(server.pid) - before) / 1_000_000 / tookMs;
  return { row: rowOf(scenario, k6, { seconds, cpu }), summary: k6.summary };
}
