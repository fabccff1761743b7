import { spawn } from 'node:child_process';
import { ahead } from './ahead.ts';
import { cpuNanoseconds } from './cpu.ts';
import type { ServerProcess } from './server-process.ts';

/** What a browser of our day sends, so that every server has as much to read. */
const browserFields: readonly string[] = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7',
  'Accept-Encoding: gzip, deflate, br',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: none',
  'Upgrade-Insecure-Requests: 1',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=light; visited=1',
];

export interface WrkPlan {
  readonly host: string;
  readonly path?: string;
  readonly connections: number;
  readonly seconds: number;
  /** True: a connection for each request, as a crowd of new visitors brings. */
  readonly isNewConnection: boolean;
}

export interface WrkRun {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** CPU time of the server for each request, in microseconds. */
  readonly cpuMicroseconds: number;
  readonly p99Ms: number;
}

function number(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) {
    throw new Error(`wrk said nothing of ${pattern}: ${output}`);
  }
  return Number(found);
}

function milliseconds(output: string): number {
  const [, figure = '', unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(output) ?? [];
  const factor: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };
  return Number(figure) * (factor[unit] ?? Number.NaN);
}

function runWrk(argv: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = argv;
    const child = spawn(file, args);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`wrk ended with ${code}: ${output}`)),
    );
  });
}

/** Puts one server under load from the other processor and measures what each request cost it. */
export async function measure(server: ServerProcess, plan: WrkPlan): Promise<WrkRun> {
  const { host, path = '/', connections, seconds, isNewConnection } = plan;
  const fields = [
    `Host: ${host}`,
    ...browserFields,
    ...(isNewConnection ? ['Connection: close'] : []),
  ];
  const before = cpuNanoseconds(server.pid);
  const wrk = [
    ...['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency'],
    ...fields.flatMap((field) => ['-H', field]),
    `${server.url}${path}`,
  ];
  const output = await runWrk(ahead(wrk, 1, 'crowd'));
  const cpu = cpuNanoseconds(server.pid) - before;
  const requests = number(output, /(\d+) requests in/);
  return {
    requests,
    requestsPerSecond: number(output, /Requests\/sec:\s+([\d.]+)/),
    cpuMicroseconds: cpu / 1_000 / requests,
    p99Ms: milliseconds(output),
  };
}
