import type { ProbeSpec } from '../../src/core/site.ts';
import type { ProbeTarget } from '../../src/ports/prober.ts';

/** A probe with every field filled in, over which a test lays its own. */
export function probeSpec(own: Partial<ProbeSpec> = {}): ProbeSpec {
  return {
    name: 'web',
    type: 'http',
    url: 'http://home01.example.kr/',
    intervalMs: 10_000,
    suspectIntervalMs: 2_000,
    divertedIntervalMs: 5_000,
    timeoutMs: 3_000,
    rise: 5,
    fall: 3,
    expect: { status: [[200, 399]] },
    ...own,
  };
}

/** A target on loopback, probed at the site's own address. */
export function probeTarget(
  spec: Partial<ProbeSpec>,
  own: Partial<Omit<ProbeTarget, 'spec'>> = {},
): ProbeTarget {
  return {
    site: 'home01',
    spec: probeSpec(spec),
    address: '127.0.0.1',
    path: 'address',
    ...own,
  };
}
