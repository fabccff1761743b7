import type { ProbeTarget } from '../../ports/prober.ts';

/** Where a probe connects to and from. */
export interface ProbeRoute {
  readonly address: string;
  readonly localAddress?: string;
}

/** The connection a target's path asks for, or undefined when it asks for a way to the origin that the site does not have. */
export function probeRoute({ path, address, origin }: ProbeTarget): ProbeRoute | undefined {
  if (path === 'address') {
    return { address };
  }
  if (origin?.address !== undefined) {
    return { address: origin.address };
  }
  return origin?.sourceAddress === undefined
    ? undefined
    : { address, localAddress: origin.sourceAddress };
}
