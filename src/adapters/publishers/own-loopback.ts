import { platform } from 'node:os';

/**
 * From here come the looks at notice listeners on loopback. They have an address of their own, so that notice hosts can be
 * told to let them in without letting in whatever else comes from 127.0.0.1: a test of the limits, or a proxy that nobody named.
 */
export const ownLoopback = '127.0.100.1';

/** The source address for a look at a listener; undefined where the kernel chooses. Linux alone has all of 127.0.0.0/8 on its loopback. */
export function sourceFor(host: string): string | undefined {
  return platform() === 'linux' && host.startsWith('127.') ? ownLoopback : undefined;
}
