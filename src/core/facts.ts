import type { ProbeOutcome, ProbeReason } from './probe-result.ts';
import type { SiteMode } from './site.ts';

export const verdicts = ['up', 'down', 'unknown'] as const;
export type Verdict = (typeof verdicts)[number];

/** What a rule may ask about one probe of a site: the worst of its addresses, as the quorum of vantages sees it. */
export interface ProbeFacts {
  readonly verdict: Verdict;
  readonly outcome: ProbeOutcome | 'none';
  readonly reason: ProbeReason | 'none';
  /** 0 when no HTTP answer came. */
  readonly status: number;
  readonly latencyMs: number;
  readonly connectMs: number;
  readonly tlsMs: number;
  readonly firstByteMs: number;
  readonly transferMs: number;
  /** Passes and fails in a row. */
  readonly passes: number;
  readonly fails: number;
  /** Absent when the probe has seen no certificate; a rule that needs it then cannot be evaluated. */
  readonly certificateDaysLeft?: number;
}

/** Shares and percentiles of one probe over a time. Shares are of conclusive samples, 0 to 1. */
export interface WindowFacts {
  readonly count: number;
  readonly failShare: number;
  readonly passShare: number;
  readonly latencyP50Ms: number;
  readonly latencyP95Ms: number;
  readonly latencyP99Ms: number;
}

/** What a probe of the origin host itself measured. Every field may be missing. */
export interface HostFacts {
  readonly busyWorkers?: number;
  readonly maxWorkers?: number;
  readonly topSourceConnections?: number;
  /** The source that holds them: what `block-sources` blocks. An IPv4 address or an IPv6 /64. */
  readonly topSource?: string;
  readonly loopbackConnections?: number;
  readonly memoryPerProcessMb?: number;
  readonly load1?: number;
}

/** Everything a rule can ask about a site at one moment. */
export interface Facts {
  readonly site: {
    readonly name: string;
    readonly mode: SiteMode;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly probes: Readonly<Record<string, ProbeFacts>>;
  readonly vantages: { readonly live: number; readonly total: number; readonly down: number };
  readonly host?: HostFacts;
  /** Pushed from outside; true while firing. */
  readonly signals: Readonly<Record<string, boolean>>;
  readonly window: (probe: string, durationMs: number) => WindowFacts;
}
