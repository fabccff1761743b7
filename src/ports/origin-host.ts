import type { HostFacts } from '../core/facts.ts';

/** One machine behind sites, whose inside can be measured. */
export interface OriginHost extends AsyncDisposable {
  /** What it looks like inside now; figures that the machine does not give are left out. Rejects with a DetourError when it cannot be asked. */
  measure(signal: AbortSignal): Promise<HostFacts>;
}
