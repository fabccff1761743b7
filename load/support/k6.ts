import path from 'node:path';
import { runK6 } from '../../test/peers/support/k6.ts';

const script = path.join(import.meta.dirname, '../k6/published.ts');

export interface PublishedPlan {
  readonly url: string;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  /** Visitors a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface PublishedResult {
  /** Visitors a second that got their whole page. */
  readonly perSecond: number;
  /** Share of the visitors offered that got their whole page. */
  readonly answered: number;
  readonly p95Ms: number;
  /** True when every threshold of the script held. */
  readonly isWithin: boolean;
}

/** Runs the published test once under the real k6. */
export async function runPublished(plan: PublishedPlan): Promise<PublishedResult> {
  const { url, hosts, paths, rate, seconds } = plan;
  const { exitCode, value } = await runK6(
    script,
    {
      URL: url,
      HOSTS: hosts.join(','),
      PATHS: paths.join(','),
      RATE: String(rate),
      SECONDS: String(seconds),
    },
    (seconds + 60) * 1_000,
  );
  const passes = value('checks', 'passes');
  return {
    perSecond: passes / seconds,
    answered: passes / (rate * seconds),
    p95Ms: value('http_req_duration', 'p(95)'),
    isWithin: exitCode === 0,
  };
}
