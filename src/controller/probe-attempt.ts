import type { ProbePath, ProbeResult } from '../core/probe-result.ts';
import type { ProbeType } from '../core/site.ts';
import { errorChain } from '../lib/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Prober } from '../ports/prober.ts';
import type { ScheduledTarget } from './probe-targets.ts';
import type { StallWatch } from './stall-watch.ts';

export interface AttemptOptions {
  readonly clock: Clock;
  readonly probers: Readonly<Record<ProbeType, Prober>>;
  readonly stalls: Pick<StallWatch, 'wasStalledSince'>;
}

/** Makes one probe; what was measured while our own event loop stood still comes back as inconclusive. Never rejects. */
export async function attemptProbe(
  options: AttemptOptions,
  target: ScheduledTarget,
  path: ProbePath,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const startedAtMs = options.clock.monotonicMs();
  const result = await guardedProbe(options, target, path, signal);
  if (result.outcome === 'inconclusive' || !options.stalls.wasStalledSince(startedAtMs)) {
    return result;
  }
  const detail = `our own event loop stood still; seen was ${result.reason}`;
  return { ...result, outcome: 'inconclusive', reason: 'stalled', detail };
}

async function guardedProbe(
  { clock, probers }: AttemptOptions,
  { site, spec, address }: ScheduledTarget,
  path: ProbePath,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const startedAt = clock.now();
  const { name, origin } = site;
  const target = { site: name, spec, address, path, ...(origin === undefined ? {} : { origin }) };
  try {
    return await probers[spec.type].probe(target, signal);
  } catch (error) {
    // A prober that breaks its promise must not take the schedule with it.
    const detail = errorChain(error).slice(0, 200);
    const nothing = { startedAt, latencyMs: 0, phases: {}, detail };
    return { outcome: 'inconclusive', reason: 'local-error', ...nothing };
  }
}
