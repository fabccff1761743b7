import type { Settings } from '../../config/settings.ts';
import { type Finding, good, note } from './finding.ts';
import { ownAddresses, ownNextHops } from './own-addresses.ts';
import { kernelNumber } from './proc.ts';

/** What the kernel of a notice host is set to; undefined where it has no such setting. */
export interface KernelSettings {
  readonly forwarding: number | undefined;
  readonly reversePathFilter: number | undefined;
  readonly trackedConnections: number | undefined;
  readonly backlog: number | undefined;
}

/** Time that a closed connection stays in the table. */
const trackedSeconds = 120;

/** A crowd arrives in one moment; a shorter queue makes visitors wait a second for the next try. */
const leastBacklog = 4_096;

function trackingNotes(most: number | undefined, newPerSecond: number): readonly Finding[] {
  const lasting = Math.floor((most ?? Number.POSITIVE_INFINITY) / trackedSeconds);
  return lasting >= newPerSecond
    ? []
    : [
        note(
          `the connection table holds ${most} entries: about ${lasting} new connections per second for long, while limits.newPerSecond is ${newPerSecond} - exempt the notice ports (nft: notrack), or raise net.netfilter.nf_conntrack_max`,
        ),
      ];
}

/** What about the kernel's settings would hurt on a notice host. */
export function judgeKernel(kernel: KernelSettings, newPerSecond: number): readonly Finding[] {
  const notes = [
    ...(kernel.forwarding === 1
      ? [
          note(
            'net.ipv4.ip_forward is 1: a packet for a diverted address that is not taken here goes round between router and host - set it to 0, or drop forwarded packets for the estate',
          ),
        ]
      : []),
    ...(kernel.reversePathFilter === 1
      ? [
          note(
            'net.ipv4.conf.all.rp_filter is 1: with more than one interface visitors that come by another way than the answer goes are dropped - set it to 2',
          ),
        ]
      : []),
    ...trackingNotes(kernel.trackedConnections, newPerSecond),
    ...(kernel.backlog !== undefined && kernel.backlog < leastBacklog
      ? [
          note(
            `net.core.somaxconn is ${kernel.backlog}: a crowd overflows the queue of new connections - set it to ${leastBacklog}`,
          ),
        ]
      : []),
  ];
  return notes.length === 0 ? [good('the kernel is set well for a notice host')] : notes;
}

/** Hints about the kernel; only where visitors of diverted sites will come. */
export async function checkKernel(settings: Settings): Promise<readonly Finding[]> {
  if (process.platform !== 'linux' || ownNextHops(settings, ownAddresses()).length === 0) {
    return [];
  }
  const kernel = {
    forwarding: await kernelNumber('net.ipv4.ip_forward'),
    reversePathFilter: await kernelNumber('net.ipv4.conf.all.rp_filter'),
    trackedConnections: await kernelNumber('net.netfilter.nf_conntrack_max'),
    backlog: await kernelNumber('net.core.somaxconn'),
  };
  return judgeKernel(kernel, settings.limits.newPerSecond);
}
