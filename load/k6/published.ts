import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

/**
 * The published capacity test: visitors that each bring a connection of their own and fetch one page,
 * with all its objects, of one host or of two in turn.
 *
 *   k6 run -e URL=http://127.0.0.1:8080 -e HOSTS=home01.example.kr,home02.example.kr \
 *          -e PATHS=/ -e RATE=500 -e SECONDS=30 load/k6/published.ts
 *
 * PATHS is one path for a self-contained page, or six for the page of the publication.
 */
const url = __ENV['URL'] ?? 'http://127.0.0.1:80';
const hosts = (__ENV['HOSTS'] ?? 'home01.example.kr').split(',');
const paths = (__ENV['PATHS'] ?? '/').split(',');
const rate = Number(__ENV['RATE'] ?? 490);
const seconds = Number(__ENV['SECONDS'] ?? 30);

/** A notice answers 503; for this test that is the page. */
http.setResponseCallback(http.expectedStatuses(200, 503));

export const options = {
  // Each visitor connects anew, and keeps the connection for all objects of the page.
  noVUConnectionReuse: true,
  discardResponseBodies: true,
  scenarios: {
    visitors: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: Math.min(2_000, Math.max(20, rate)),
      maxVUs: 2_000,
    },
  },
  // The stated capacity: of the visitors offered, practically all are answered, and soon.
  thresholds: {
    checks: ['rate>0.99'],
    http_req_duration: ['p(95)<1000'],
    dropped_iterations: [`count<${Math.max(1, Math.ceil(rate * seconds * 0.01))}`],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

export default function visitor(): void {
  const host = hosts[exec.scenario.iterationInTest % hosts.length] ?? '';
  const answered = paths.every((path) => {
    const answer = http.get(`${url}${path}`, { headers: { Host: host }, timeout: '5s' });
    return answer.status === 200 || answer.status === 503;
  });
  check(answered, { 'the whole page came': (isAnswered) => isAnswered });
}
