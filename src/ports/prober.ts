import type { ProbePath, ProbeResult } from '../core/probe-result.ts';
import type { OriginPath, ProbeSpec } from '../core/site.ts';

/** One attempt to be made: what to check, where to connect and as whom. */
export interface ProbeTarget {
  readonly site: string;
  readonly spec: ProbeSpec;
  /** The site's address under test. */
  readonly address: string;
  readonly path: ProbePath;
  /** The path to the origin, used when `path` is `origin`. */
  readonly origin?: OriginPath;
}

/** Makes one probe. Never rejects: a failed probe is a result. */
export interface Prober {
  probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult>;
}
