import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

/**
 * The capacity of a notice host: visitors of many hostnames come at a steady rate, each with a connection of its own or
 * over one that it keeps, over HTTP or HTTPS. The thresholds are the capacity that is stated: `load/support/scenarios.ts`.
 *
 *   k6 run -e SCHEME=http -e PORT=8080 -e HOSTS=2 -e KEEP=0 -e RATE=500 -e SECONDS=30 load/k6/capacity.ts
 */
const scheme = __ENV['SCHEME'] ?? 'http';
const port = __ENV['PORT'] ?? '80';
const hosts = Number(__ENV['HOSTS'] ?? 1);
const isKept = __ENV['KEEP'] === '1';
const rate = Number(__ENV['RATE'] ?? 490);
const seconds = Number(__ENV['SECONDS'] ?? 30);
const p95Ms = Number(__ENV['P95_MS'] ?? 1_000);

/** A notice answers 503; for this test that is the page. */
http.setResponseCallback(http.expectedStatuses(503));

export const options = {
  noVUConnectionReuse: !isKept,
  discardResponseBodies: true,
  insecureSkipTLSVerify: true,
  // Every hostname is this notice host, so that Host and SNI are those of the site.
  hosts: { '*.example.kr': __ENV['ADDRESS'] ?? '127.0.0.1' },
  scenarios: {
    visitors: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: Math.min(1_000, Math.max(20, Math.ceil(rate / 4))),
      maxVUs: 2_000,
    },
  },
  thresholds: {
    checks: ['rate>0.99'],
    http_req_duration: [`p(95)<${p95Ms}`],
    dropped_iterations: [`count<${Math.max(1, Math.ceil(rate * seconds * 0.01))}`],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

const nameOf = (n: number): string => `home${String(n + 1).padStart(2, '0')}.example.kr`;

export default function visitor(): void {
  const host = nameOf(exec.scenario.iterationInTest % hosts);
  const answer = http.get(`${scheme}://${host}:${port}/`, { timeout: '5s' });
  check(answer, { 'the notice came': ({ status }) => status === 503 });
}
