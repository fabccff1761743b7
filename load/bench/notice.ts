import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { minute } from '../../src/lib/time.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import { startBareNet } from '../support/bare-net.ts';
import { median } from '../support/cpu.ts';
import { measureHandshakes } from '../support/handshakes.ts';
import { type IdlePlan, idleKib, whileHeld } from '../support/idle.ts';
import { startNodeHttp } from '../support/node-http.ts';
import { certificateFiles, noticeHosts, startNoticeHost } from '../support/notice-host.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { type ServedBytes, startApache, startNginx } from '../support/web-servers.ts';
import { measure, type WrkPlan } from '../support/wrk.ts';

/** Rounds in which every contender has its turn, so that a machine that changes its speed changes it for all. */
const rounds = 5;
const memoryRounds = 3;

const host = noticeHosts[0];
const keepAlive: WrkPlan = { host, connections: 64, seconds: 2, isNewConnection: false };
/** With so many beside them who say nothing. */
const idleBeside = 10_000;
const newConnection: WrkPlan = { host, connections: 64, seconds: 2, isNewConnection: true };

/**
 * Clients that ask as fast as they are answered keep a process at its end for as long as they like: a server that then closed
 * some of them, as ours does for the sake of the others, would not do the same work as those beside it.
 */
const limits = { ladder: { ...defaultNoticeLimits.ladder, delayMs: minute } };

/** Fields that every server writes itself. */
const ownFields = new Set(['date', 'connection', 'content-length', 'retry-after', 'server']);

/** What the notice process answers to a browser, to have nginx serve the very same. */
function servedBytes(server: ServerProcess): Promise<ServedBytes> {
  const headers = {
    host,
    accept: 'text/html',
    'accept-language': 'ko',
    'accept-encoding': 'gzip, deflate, br',
  };
  return new Promise((resolve, reject) => {
    get(server.url, { headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const fields = Object.entries(answer.headers).flatMap(
          ([name, value]): [string, string][] =>
            ownFields.has(name) || typeof value !== 'string' ? [] : [[name, value]],
        );
        resolve({ body: Buffer.concat(parts), fields: Object.fromEntries(fields) });
      });
    }).on('error', reject);
  });
}

const kinds = ['keepAlive', 'newConnection', 'tlsHandshake'] as const;
type Kind = (typeof kinds)[number];
type Figures = Record<Kind, number[]>;

interface Contender {
  readonly name: string;
  readonly server: ServerProcess;
  readonly figures: Figures;
}

function contender(name: string, server: ServerProcess): Contender {
  return { name, server, figures: { keepAlive: [], newConnection: [], tlsHandshake: [] } };
}

async function round({ server, figures }: Contender): Promise<void> {
  figures.keepAlive.push((await measure(server, keepAlive)).cpuMicroseconds);
  figures.newConnection.push((await measure(server, newConnection)).cpuMicroseconds);
  if (server.securePort !== 0) {
    figures.tlsHandshake.push(await measureHandshakes(server, { host, seconds: 2 }));
  }
}

function spread(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.length === 0
    ? 'none'
    : `${median(values).toFixed(1)} (${least.toFixed(1)}-${most.toFixed(1)})`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Takes every contender through all rounds in turns and prints what each request cost it. */
async function race(contenders: readonly Contender[]): Promise<void> {
  // Code that the compiler has not yet seen run tells of nothing that lasts.
  for (const { name, server } of contenders) {
    await round(contender(name, server));
  }
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const one of contenders.toSorted(() => Math.random() - 0.5)) {
      await round(one);
    }
  }
  print(`CPU microseconds of the server, median of ${rounds} rounds of 2 s (least-most):`);
  print(`${'contender'.padEnd(12)}${kinds.map((kind) => kind.padEnd(22)).join('')}`);
  for (const { name, figures } of contenders) {
    print(`${name.padEnd(12)}${kinds.map((kind) => spread(figures[kind]).padEnd(22)).join('')}`);
  }
}

interface IdleFigures {
  readonly idleKib: number;
  readonly idleTlsKib: number;
  /** The 99th percentile of those who are active, with the idle beside them, as a multiple of what it is without. */
  readonly idleP99Ratio: number;
}

/**
 * KiB for each connection that stays and says nothing. Each round has a process of its own: one that has had as many
 * connections before holds on to the memory that they took.
 */
async function measureIdleKib(kind: IdlePlan['kind'], count: number): Promise<number> {
  const figures: number[] = [];
  for (let turn = 0; turn < memoryRounds; turn += 1) {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
    try {
      await using server = await startNoticeHost(folder, { limits });
      figures.push(await idleKib(server, { host, count, kind }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  print(`KiB for each idle connection, ${kind}: ${spread(figures)}`);
  return median(figures);
}

/** What visitors cost who stay and say nothing. */
async function measureIdle(server: ServerProcess): Promise<IdleFigures> {
  const alone: number[] = [];
  const beside: number[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    alone.push((await measure(server, keepAlive)).p99Ms);
    const open = await whileHeld(server, { host, count: idleBeside, kind: 'plain' }, async () => {
      beside.push((await measure(server, keepAlive)).p99Ms);
    });
    print(`round ${turn + 1}: ${open} of ${idleBeside} idle to the end`);
  }
  print(`p99 of the active, ms: ${spread(alone)}, beside the idle ${spread(beside)}`);
  return {
    idleKib: await measureIdleKib('plain', 5_000),
    idleTlsKib: await measureIdleKib('tls', 1_000),
    idleP99Ratio: median(beside) / median(alone),
  };
}

/** CPU time of the server for each request, ours beside nginx, bare `node:net` and `node:http` with the same bytes and Apache with the published page. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
  try {
    await using detour = await startNoticeHost(folder, { limits });
    const bytes = await servedBytes(detour);
    const files = certificateFiles(folder);
    await using nginx = await startNginx(folder, bytes, files);
    await using nodeHttp = await startNodeHttp(folder, bytes, files);
    await using bareNet = await startBareNet(folder, bytes, files);
    await using apache = await startApache(folder);
    const ours = contender('detour', detour);
    const yardstick = contender('nginx', nginx);
    const stock = contender('node:http', nodeHttp);
    const floor = contender('bare net', bareNet);
    const published = contender('apache', apache);
    print(`page of ${bytes.body.length} bytes (brotli), 64 connections, TLS 32`);
    print(`load average before: ${loads()}`);
    await race([ours, yardstick, floor, stock, published]);
    const idle = await measureIdle(detour);
    print(`load average after: ${loads()}`);
    const middle = (one: Contender, kind: Kind): number => median(one.figures[kind]);
    const ratio = (kind: Kind, to: Contender, of = ours): number =>
      middle(of, kind) / middle(to, kind);
    const apacheVisitor = middle(published, 'newConnection') + 5 * middle(published, 'keepAlive');
    const result = {
      keepAliveVsNginx: ratio('keepAlive', yardstick),
      newConnectionVsNginx: ratio('newConnection', yardstick),
      tlsHandshakeVsNginx: ratio('tlsHandshake', yardstick),
      visitorsVsApacheSixObjects: apacheVisitor / middle(ours, 'newConnection'),
      keepAliveFloorVsNginx: ratio('keepAlive', yardstick, floor),
      newConnectionFloorVsNginx: ratio('newConnection', yardstick, floor),
      tlsHandshakeFloorVsNginx: ratio('tlsHandshake', yardstick, floor),
      visitorsOnFloorVsApacheSixObjects: apacheVisitor / middle(floor, 'newConnection'),
      keepAliveVsNodeHttp: ratio('keepAlive', stock),
      newConnectionVsNodeHttp: ratio('newConnection', stock),
      tlsHandshakeVsNodeHttp: ratio('tlsHandshake', stock),
      noticesPerCpuSecond: Math.round(1_000_000 / middle(ours, 'newConnection')),
      ...idle,
    };
    print(JSON.stringify(result));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function loads(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
}
