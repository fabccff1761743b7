import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { median } from '../support/cpu.ts';
import { noticeHosts, startNoticeHost } from '../support/notice-host.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { type ServedBytes, startApache, startNginx } from '../support/web-servers.ts';
import { measure, type WrkPlan } from '../support/wrk.ts';

/** Rounds in which every contender has its turn, so that a machine that changes its speed changes it for all. */
const rounds = 5;

const host = noticeHosts[0];
const keepAlive: WrkPlan = { host, connections: 64, seconds: 2, isNewConnection: false };
const newConnection: WrkPlan = { host, connections: 64, seconds: 2, isNewConnection: true };

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

interface Figures {
  readonly keepAlive: number[];
  readonly newConnection: number[];
}

async function round(server: ServerProcess, figures: Figures): Promise<void> {
  figures.keepAlive.push((await measure(server, keepAlive)).cpuMicroseconds);
  figures.newConnection.push((await measure(server, newConnection)).cpuMicroseconds);
}

function line(name: string, { keepAlive: kept, newConnection: fresh }: Figures): string {
  const figure = (values: readonly number[]): string =>
    `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)})`;
  return `${name.padEnd(10)} keep-alive ${figure(kept).padEnd(20)} new connection ${figure(fresh)}`;
}

/** CPU time of the server for each request, ours beside nginx with the same bytes and Apache with the published page. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
  try {
    await using detour = await startNoticeHost(folder);
    const bytes = await servedBytes(detour);
    await using nginx = await startNginx(folder, bytes);
    await using apache = await startApache(folder);
    const contenders = [
      { name: 'detour', server: detour, figures: { keepAlive: [], newConnection: [] } },
      { name: 'nginx', server: nginx, figures: { keepAlive: [], newConnection: [] } },
      { name: 'apache', server: apache, figures: { keepAlive: [], newConnection: [] } },
    ];
    for (let turn = 0; turn < rounds; turn += 1) {
      for (const { server, figures } of contenders.toSorted(() => Math.random() - 0.5)) {
        await round(server, figures);
      }
    }
    const middle = (name: string, kind: keyof Figures): number =>
      median(contenders.find((one) => one.name === name)?.figures[kind] ?? []);
    const print = (text: string): void => void process.stdout.write(`${text}\n`);
    print(`page of ${bytes.body.length} bytes (brotli), 64 connections, ${rounds} rounds of 2 s`);
    print(
      `load average ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}`,
    );
    print('CPU microseconds of the server for each request, median (least-most):');
    for (const { name, figures } of contenders) {
      print(line(name, figures));
    }
    const apacheVisitor = middle('apache', 'newConnection') + 5 * middle('apache', 'keepAlive');
    const result = {
      keepAliveVsNginx: middle('detour', 'keepAlive') / middle('nginx', 'keepAlive'),
      newConnectionVsNginx: middle('detour', 'newConnection') / middle('nginx', 'newConnection'),
      visitorsVsApacheSixObjects: apacheVisitor / middle('detour', 'newConnection'),
      noticesPerCpuSecond: Math.round(1_000_000 / middle('detour', 'newConnection')),
    };
    print(JSON.stringify(result));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
