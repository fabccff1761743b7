import { z } from 'zod';
import { mustRun } from '../../support/command.ts';

const schema = z.array(
  z.object({ dst: z.string(), gateway: z.string().optional(), protocol: z.string() }),
);

/** What daemons learned and what the kernel makes itself. */
const learned = new Set(['kernel', 'ospf', 'bgp', 'ra']);

/** The IPv4 host routes in a namespace that somebody made by hand or by a program, as `address via next hop`. */
export async function kernelHostRoutes(namespace: string): Promise<readonly string[]> {
  const text = await mustRun(['ip', '-n', namespace, '-j', '-4', 'route', 'show']);
  return schema
    .parse(JSON.parse(text))
    .filter(({ dst, protocol }) => /^\d+(\.\d+){3}$/.test(dst) && !learned.has(protocol))
    .map(({ dst, gateway = '?' }) => `${dst} via ${gateway}`)
    .toSorted();
}
