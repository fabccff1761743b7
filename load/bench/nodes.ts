import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { NodeFeed } from '../../src/adapters/publishers/node-feed.ts';
import { openNoticeLiveness } from '../../src/adapters/publishers/notice-liveness.ts';
import { openSnapshotPublisher } from '../../src/adapters/publishers/snapshot/publisher.ts';
import { openSigningKey } from '../../src/adapters/publishers/snapshot/signing-key.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';
import { registeredSite } from '../../test/fakes/site-state.ts';
import { cpuNanoseconds, median } from '../support/cpu.ts';

const root = path.join(import.meta.dirname, '../..');
const tls = (name: string) => path.join(root, 'test/fixtures/tls', name);
const names = ['node-a', 'node-z'] as const;
const rounds = 15;
const restarts = 5;
const patienceMs = 120_000;

interface Node {
  readonly name: string;
  readonly port: number;
  readonly config: string;
  /** Where compiled modules are kept, as the systemd unit has it. */
  readonly cache: string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The marker that a node's answer bears; undefined while nobody answers. */
function markerAt(port: number, hostname: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent: false, headers: { host: hostname } }, (answer) => {
      answer.resume();
      resolve(String(answer.headers['detour-notice']));
    }).on('error', () => resolve(undefined));
  });
}

async function untilAnswers(port: number, site: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await markerAt(port, `${site}.example.kr`))?.includes(site)) {
    if (performance.now() > deadline) {
      throw new Error(`Nothing answers for ${site} on port ${port}`);
    }
    await pause(10);
  }
}

async function prepareNode(folder: string, name: string, feedPort: number): Promise<Node> {
  const port = await freePort();
  const handover = path.join(folder, name);
  await mkdir(handover, { recursive: true });
  const config = path.join(folder, `${name}.yaml`);
  const notice = {
    http: [`127.0.0.1:${port}`],
    workers: 1,
    handover,
    snapshot: {
      url: `https://127.0.0.1:${feedPort}`,
      certFile: tls(`${name}.crt`),
      keyFile: tls(`${name}.key`),
      caFile: tls('nodes-ca.crt'),
    },
  };
  await writeFile(config, JSON.stringify({ notice }));
  return { name, port, config, cache: path.join(folder, 'cache') };
}

function startNode({ config, cache }: Node): ChildProcess {
  return spawn(
    process.execPath,
    [path.join(root, 'bin/detour.js'), 'notice', `--config.file=${config}`, '--log.level=error'],
    {
      stdio: ['ignore', 'inherit', 'ignore'],
      env: { NODE_COMPILE_CACHE: cache },
    },
  );
}

async function endNode(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

const cpuOf = ({ pid = 0 }: ChildProcess): number => cpuNanoseconds(pid) / 1e9;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const longest = (values: readonly number[]): number => round(Math.max(...values));

/** Publishes one notice after the other; seconds until every node was seen to answer with it. */
async function publishMany(publisher: NoticePublisher, sites: readonly string[]) {
  const seconds: number[] = [];
  for (let index = 0; index < rounds; index += 1) {
    const site = sites[(index * 7) % sites.length] ?? '';
    const begin = performance.now();
    await publisher.publish(
      {
        ...{ site, generation: index + 1, cause: 'server-failure' },
        ...{ since: Date.now(), incident: `i${index}-${site}` },
      },
      AbortSignal.timeout(patienceMs),
    );
    seconds.push((performance.now() - begin) / 1_000);
  }
  return seconds;
}

/** Starts a node from its own disk, with no controller; seconds and processor seconds until its first notice. */
async function restart(node: Node, site: string) {
  const begin = performance.now();
  const child = startNode(node);
  await untilAnswers(node.port, site);
  const seconds = (performance.now() - begin) / 1_000;
  const cpu = cpuOf(child);
  await endNode(child);
  return { seconds, cpu };
}

async function openParts(folder: string, ports: () => readonly number[]) {
  const handover = path.join(folder, 'handover');
  const key = await openSigningKey(path.join(folder, 'keys'));
  const publisher = await openSnapshotPublisher({
    ...{ folder: handover, key, limits: defaultNoticeLimits, defaultLanguage: 'en' },
    ...{ now: Date.now, log: silentLog, poke: async () => undefined },
    passageProblem: async () => undefined,
    isLive: openNoticeLiveness({
      listeners: () => ports().map((port) => ({ host: '127.0.0.1', port })),
      publicKey: key.publicKey,
    }),
  });
  const feed = new NodeFeed({
    ...{ folder: handover, listen: { host: '127.0.0.1', port: 0 }, nodes: names },
    tls: {
      certFile: tls('nodes-controller.crt'),
      keyFile: tls('nodes-controller.key'),
      caFile: tls('nodes-ca.crt'),
    },
    ...{ publicPem: key.publicPem, isLeading: () => true, hasStanding: () => false },
    ...{ clock: openSystemClock(), metrics: openControlMetrics(), log: silentLog },
  });
  return { publisher, feed };
}

async function measure(folder: string, count: number) {
  const sites = Array.from({ length: count }, (_, index) => `site-${index}`);
  const ports: number[] = [];
  const { publisher, feed } = await openParts(folder, () => ports);
  await using ends = new AsyncDisposableStack();
  ends.use(publisher);
  await publisher.register(
    sites.map((site) => registeredSite(site)),
    {},
  );
  const feedEnds = ends.use(feed);
  const feedPort = await feed.start();
  const nodes = await Promise.all(names.map((name) => prepareNode(folder, name, feedPort)));
  const children = nodes.map((node) => startNode(node));
  ends.defer(async () => {
    await Promise.all(children.filter(({ exitCode }) => exitCode === null).map(endNode));
  });
  await Promise.all(nodes.map(({ port }) => untilAnswers(port, 'site-0')));
  ports.push(...nodes.map(({ port }) => port));
  const [before, cpuBefore] = [children.map(cpuOf), process.cpuUsage()];
  const seconds = await publishMany(publisher, sites);
  const { user, system } = process.cpuUsage(cpuBefore);
  const nodeCpu = children.map((child, index) => cpuOf(child) - (before[index] ?? 0));
  await Promise.all(children.map(endNode));
  await feedEnds[Symbol.asyncDispose]();
  const starts: { readonly seconds: number; readonly cpu: number }[] = [];
  for (const node of nodes.slice(0, 1)) {
    for (let index = 0; index < restarts; index += 1) {
      starts.push(await restart(node, 'site-0'));
    }
  }
  return {
    sites: count,
    publishMedianSeconds: round(median(seconds)),
    publishLongestSeconds: longest(seconds),
    controllerCpuSecondsEach: round((user + system) / 1e6 / rounds, 3),
    nodeCpuSecondsEach: round(Math.max(...nodeCpu) / rounds, 3),
    restartMedianSeconds: round(median(starts.map((start) => start.seconds))),
    restartLongestSeconds: longest(starts.map((start) => start.seconds)),
    restartCpuSeconds: round(median(starts.map(({ cpu }) => cpu))),
    loadAverage: round(loadavg()[0] ?? 0, 1),
  };
}

/** How long a notice takes to both of two nodes, and a node to its first notice from its own disk: `npm run bench -- nodes [SITES…]`. */
export async function run(): Promise<void> {
  const counts = process.argv.slice(3).map(Number);
  for (const count of counts.length === 0 ? [10, 1_000, 5_000] : counts) {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
    try {
      process.stdout.write(`${JSON.stringify(await measure(folder, count))}\n`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
