import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeSampleFiles } from '../../src/quickstart/sample-config.ts';
import { raiseSampleNetwork } from '../../src/quickstart/sample-network.ts';
import { Daemon } from './daemon.ts';
import { type Arrival, openWatchedRouter } from './stopping-router.ts';
import { until } from './until.ts';

const program = new URL('../../bin/detour.js', import.meta.url).pathname;

/** A machine that builds other things meanwhile takes its time to start two processes. */
const startMs = 90_000;

/** The moments of a diversion, as the router sees them, at which the process can be stopped; each is before the router answers. */
export const standstillMoments = [
  'a channel for the reading',
  'the reading',
  'a channel for the write',
  'the write',
  'a channel to read back',
  'the reading back',
] as const;

export type StandstillMoment = (typeof standstillMoments)[number];

export const isWrite = (command: string): boolean => command.startsWith('configure terminal');

/** The moment that the last of these arrivals is; all of them came after the notice was live. */
export function momentOf(arrivals: readonly Arrival[]): StandstillMoment {
  const last = arrivals.at(-1);
  const before = arrivals.slice(0, -1);
  const isChannel = last?.step === 'channel';
  if (before.some(({ text }) => isWrite(text))) {
    return isChannel ? 'a channel to read back' : 'the reading back';
  }
  if (last !== undefined && isWrite(last.text)) {
    return 'the write';
  }
  if (!isChannel) {
    return 'the reading';
  }
  // The runner reads, and FRR's driver reads once more for its own checks, before the write.
  const readings = before.filter(({ step }) => step === 'command').length;
  return readings < 2 ? 'a channel for the reading' : 'a channel for the write';
}

export interface StandstillPlan {
  readonly moment: StandstillMoment;
  readonly stopMs: number;
}

/** What arrived at the router, and what became of the site. */
export interface StandstillResult {
  /** Commands while the process was stopped: only what it had sent before. */
  readonly whileStopped: readonly string[];
  /** Commands from the wake on, until the diversion was proven. */
  readonly afterWake: readonly string[];
  readonly routes: readonly string[];
}

/** Stops the shipped program with SIGSTOP in the middle of one diversion, lets it go on, and waits for the end of that diversion. */
export async function playStandstill(plan: StandstillPlan): Promise<StandstillResult> {
  await using ends = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-standstill-'));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  const network = ends.use(await raiseSampleNetwork());
  let isArmed = false;
  let stoppedAt: number | undefined;
  const sinceLive: Arrival[] = [];
  const router = await openWatchedRouter(network.table, (arrival) => {
    if (!isArmed || stoppedAt !== undefined) {
      return;
    }
    sinceLive.push(arrival);
    if (momentOf(sinceLive) === plan.moment) {
      detour.signal('SIGSTOP');
      stoppedAt = performance.now();
    }
  });
  ends.use(router.access);
  const { configFile } = writeSampleFiles(
    folder,
    { ...network, router: router.access },
    '127.0.0.1:0',
  );
  await mkdir(path.join(folder, 'data/handover'), { recursive: true });
  ends.use(
    new Daemon('notice', [process.execPath, program, 'notice', `--config.file=${configFile}`]),
  );
  const reasons: string[] = [];
  const detour = ends.use(
    new Daemon(
      'controller',
      [process.execPath, program, 'controller', `--config.file=${configFile}`, '--log.format=json'],
      {
        onErrorLine: (line): void => {
          const reason = /"reason":"([\w-]+)"/.exec(line)?.[1];
          reasons.push(...(reason === undefined ? [] : [reason]));
          isArmed ||= reason === 'notice-live';
        },
      },
    ),
  );
  // A stopped process does not hear SIGTERM.
  ends.defer(() => detour.signal('SIGCONT'));
  await until('the controller to be ready', () => detour.output.includes('API, page and metrics'), {
    timeoutMs: startMs,
  });
  await network.sites[0]?.breakDown();
  await until('the standstill', () => stoppedAt !== undefined, { timeoutMs: 30_000, everyMs: 5 });
  await delay(plan.stopMs);
  const wokenAt = performance.now();
  detour.signal('SIGCONT');
  await until('the proof', () => reasons.includes('proven'), { timeoutMs: 60_000 });
  const commands = router.arrivals.filter(({ step }) => step === 'command');
  const between = (from: number, to: number): readonly string[] =>
    commands.filter(({ at }) => at > from && at <= to).map(({ text }) => text);
  return {
    whileStopped: between(stoppedAt ?? 0, wokenAt),
    afterWake: between(wokenAt, Number.POSITIVE_INFINITY),
    routes: network.table.routes.map(({ prefix }) => prefix),
  };
}
