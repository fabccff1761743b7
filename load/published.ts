import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { cpuNanoseconds } from './support/cpu.ts';
import { runPublished } from './support/k6.ts';
import { noticeHosts, startNoticeHost } from './support/notice-host.ts';
import type { ServerProcess } from './support/server-process.ts';
import { publishedPaths, startApache } from './support/web-servers.ts';

interface Row {
  readonly page: string;
  readonly hosts: number;
  readonly offered: number;
  readonly perSecond: number;
  readonly answered: number;
  readonly p95Ms: number;
  /** Share of one processor that the server used. */
  readonly cpu: number;
}

interface Contender {
  readonly page: string;
  readonly server: ServerProcess;
  readonly paths: readonly string[];
}

async function play(
  { page, server, paths }: Contender,
  {
    hosts,
    rate,
    seconds,
  }: { readonly hosts: number; readonly rate: number; readonly seconds: number },
): Promise<Row> {
  const before = cpuNanoseconds(server.pid);
  const startedAt = performance.now();
  const result = await runPublished({
    url: server.url,
    hosts: noticeHosts.slice(0, hosts),
    paths,
    rate,
    seconds,
  });
  const tookMs = performance.now() - startedAt;
  return {
    page,
    hosts,
    offered: rate,
    ...result,
    cpu: (cpuNanoseconds(server.pid) - before) / 1_000_000 / tookMs,
  };
}

function print(rows: readonly Row[], seconds: number): void {
  const out = (text: string): void => void process.stdout.write(`${text}\n`);
  out(
    `load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}, ${seconds} s each`,
  );
  out('| page | hosts | visitors/s offered | visitors/s | answered | p95 | CPU of one core |');
  out('|---|---|---|---|---|---|---|');
  for (const { page, hosts, offered, perSecond, answered, p95Ms, cpu } of rows) {
    out(
      `| ${page} | ${hosts} | ${offered} | ${perSecond.toFixed(0)} | ${(answered * 100).toFixed(2)} % | ${p95Ms.toFixed(1)} ms | ${(cpu * 100).toFixed(0)} % |`,
    );
  }
  out(JSON.stringify(rows));
}

/**
 * Repeats the published capacity test under k6, with our one document beside the page of six objects.
 * The publication held 490 visitors a second.
 */
export async function runPublishedTest(seconds: number, rates: readonly number[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-load-'));
  try {
    await using detour = await startNoticeHost(folder);
    await using apache = await startApache(folder);
    const contenders: readonly Contender[] = [
      { page: 'notice, 1 document', server: detour, paths: ['/'] },
      { page: 'Apache, 6 objects', server: apache, paths: publishedPaths },
    ];
    const rows: Row[] = [];
    for (const rate of rates) {
      for (const hosts of [1, 2]) {
        for (const contender of contenders) {
          rows.push(await play(contender, { hosts, rate, seconds }));
        }
      }
    }
    print(rows, seconds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
