import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ahead, type Urgency } from '../../../load/support/ahead.ts';
import { family } from '../../../load/support/cpu.ts';
import { percentile } from '../../../load/support/flooded-host.ts';
import { openNoticeClient } from '../../../src/adapters/publishers/notice-client.ts';
import { noticeNodeFlags } from '../../../src/notice/node-flags.ts';
import type { NoticeStatus } from '../../../src/ports/notice-control.ts';
import { fakeBodies, fakeSnapshot, handOver, makeKeys } from '../../fakes/snapshot.ts';
import { mustRun } from '../command.ts';
import { Daemon } from '../daemon.ts';
import { until } from '../until.ts';

const program = path.join(import.meta.dirname, '../../../bin/detour.js');
const crowd = path.join(import.meta.dirname, 'crowd.ts');
const visitors = path.join(import.meta.dirname, '../../../load/support/visitors.ts');
const host = 'home01.example.kr';

/** Room for 24,000 hostile connections and the good ones beside them; by default there is room for 20,000. */
const limits = { sessions: 30_000 };
/** Processes of hostile clients, so that none has more connections than it may have files open. */
const crowds = 2;

export interface HostilePlan {
  /** Of the 24,000 hostile clients and the 500 good visitors a second. */
  readonly share: number;
  readonly seconds: number;
  /** Ahead of whatever else the machine does; needs root. */
  readonly isAhead?: boolean;
}

export interface HostileResult {
  readonly hostile: number;
  readonly goodPerSecond: number;
  /** Sessions open at once, at most. */
  readonly mostSessions: number;
  readonly answeredShare: number;
  readonly p99Ms: number;
  /** Resident memory of all notice processes, at most. */
  readonly mostMemoryMib: number;
  /** From the end of the attack to the last session closed. */
  readonly closedSeconds: number;
  readonly workers: number;
  readonly loadAverage: number | undefined;
}

const good = z.object({ sent: z.number(), answeredMs: z.array(z.number()) });

async function residentMib(pid: number): Promise<number> {
  let sum = 0;
  for (const one of family(pid)) {
    const status = await readFile(`/proc/${one}/status`, 'utf8').catch(() => '');
    sum += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  }
  return sum / 1024;
}

interface Place {
  readonly cpu: 0 | 1 | 'any';
  readonly urgency: Urgency;
}

/** Good visitors measure, so they go before the crowd; the workers of the server have every processor, as they are shipped. */
const places = {
  server: { cpu: 'any', urgency: 'measured' },
  good: { cpu: 1, urgency: 'measured' },
  hostile: { cpu: 1, urgency: 'crowd' },
} as const satisfies Record<string, Place>;

function placed(
  argv: readonly string[],
  who: keyof typeof places,
  { isAhead }: HostilePlan,
): readonly string[] {
  const { cpu, urgency } = places[who];
  return isAhead === true ? ahead(argv, cpu, urgency) : argv;
}

async function startPlane(folder: string, plan: HostilePlan): Promise<Daemon> {
  const handover = path.join(folder, 'handover');
  await mkdir(handover);
  const keys = makeKeys();
  const editions = [{ bodies: fakeBodies('a notice', 12_000) }];
  await handOver(
    handover,
    fakeSnapshot({ keys, limits, sites: [{ name: 'home01', editions }] }),
    keys,
  );
  const file = path.join(folder, 'detour.yaml');
  const listeners = { http: ['127.0.0.1:0'], https: ['127.0.0.1:0'] };
  await writeFile(file, stringify({ dataFolder: './data', notice: { ...listeners, handover } }));
  const argv = [
    ...[process.execPath, ...noticeNodeFlags, program, 'notice'],
    ...[`--config.file=${file}`, '--log.level=error'],
  ];
  return new Daemon('detour notice', placed(argv, 'server', plan));
}

/** Looks at the plane from the side until it is disposed of. */
class Watch implements Disposable {
  mostSessions = 0;
  mostMemoryMib = 0;
  #isOver = false;

  constructor(look: () => Promise<NoticeStatus>, pid: number) {
    void this.#go(look, pid);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
  }

  async #go(look: () => Promise<NoticeStatus>, pid: number): Promise<void> {
    while (!this.#isOver) {
      // A plane too busy to answer at once is looked at again; its visitors are what counts.
      const sessions = await look().then(
        (status) => status.sessions.total,
        () => 0,
      );
      this.mostSessions = Math.max(this.mostSessions, sessions);
      this.mostMemoryMib = Math.max(this.mostMemoryMib, await residentMib(pid));
      await delay(250);
    }
  }
}

/** Puts a notice plane under all kinds of hostile clients at once and says how its good visitors fared. */
export async function runHostile(plan: HostilePlan): Promise<HostileResult> {
  const { share, seconds } = plan;
  const folder = await mkdtemp(path.join(tmpdir(), 'dn-hostile-'));
  try {
    await using plane = await startPlane(folder, plan);
    const client = openNoticeClient(path.join(folder, 'handover', 'notice.sock'));
    const look = async (): Promise<NoticeStatus> => await client.status(AbortSignal.timeout(5_000));
    const status = await until(
      'the notice plane serves',
      async () => {
        const seen = await look();
        return seen.listeningHttps.length > 0 && seen;
      },
      { timeoutMs: 40_000 },
    );
    const port = String(status.listening[0]?.port);
    const securePort = String(status.listeningHttps[0]?.port);
    const attacks = Array.from({ length: crowds }, (_, index) => {
      const argv = [process.execPath, crowd, port, securePort, host];
      const what = [String(share / crowds), String(seconds), String(index)];
      const [file = '', ...args] = placed([...argv, ...what], 'hostile', plan);
      return spawn(file, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    });
    using watch = new Watch(look, plane.pid);
    const goodPerSecond = 500 * share;
    const output = await mustRun(
      placed(
        [
          process.execPath,
          visitors,
          '127.0.0.1',
          port,
          host,
          String(goodPerSecond),
          String(seconds),
        ],
        'good',
        plan,
      ),
      { timeoutMs: (seconds + 30) * 1_000 },
    );
    const overMs = performance.now();
    await until('every session is closed', async () => (await look()).sessions.total === 0, {
      timeoutMs: 40_000,
      everyMs: 100,
    });
    const closedSeconds = (performance.now() - overMs) / 1_000;
    await Promise.all(
      attacks.map(async (attack) => {
        const ended = once(attack, 'exit');
        attack.stdin.end();
        await ended;
      }),
    );
    const { sent, answeredMs } = good.parse(JSON.parse(output));
    return {
      hostile: 24_000 * share,
      goodPerSecond,
      mostSessions: watch.mostSessions,
      answeredShare: answeredMs.length / sent,
      p99Ms: percentile(answeredMs, 0.99),
      mostMemoryMib: Math.round(watch.mostMemoryMib),
      closedSeconds,
      workers: availableParallelism(),
      loadAverage: loadavg()[0],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
