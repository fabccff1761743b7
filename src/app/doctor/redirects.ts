import { networkInterfaces } from 'node:os';
import type { Settings } from '../../config/settings.ts';
import { prefixContains } from '../../lib/ip.ts';
import { type Finding, good, note } from './finding.ts';
import { kernelNumber } from './proc.ts';

/** An interface of this host, and whether the kernel believes ICMP redirects that come in by it. */
export interface Interface {
  readonly name: string;
  /** Addresses with the length of their prefix. */
  readonly cidrs: readonly string[];
  readonly followsRedirects: boolean;
}

/**
 * Whether this host could be sent straight to a notice server on its own network by a router (RFC 1122 3.2.2.2). It would
 * go on asking there for minutes after the route is back, and take the restore for one that did not work.
 */
export function judgeRedirects(
  interfaces: readonly Interface[],
  nextHops: readonly string[],
): readonly Finding[] {
  const beside = interfaces.filter(({ cidrs }) =>
    nextHops.some((hop) => cidrs.some((cidr) => prefixContains(cidr, hop))),
  );
  const misled = beside.filter(({ followsRedirects }) => followsRedirects);
  if (misled.length > 0) {
    return misled.map(({ name }) =>
      note(
        `this host believes ICMP redirects on ${name}, where it stands beside a notice server: it would go on asking there after a route is back, and the restore would not be proven for minutes - set net.ipv4.conf.all.accept_redirects and net.ipv4.conf.${name}.accept_redirects to 0, for IPv6 too`,
      ),
    );
  }
  return beside.length > 0 ? [good('no ICMP redirect leads this host to a notice server')] : [];
}

async function believes(name: string): Promise<boolean> {
  const settings = await Promise.all(
    ['ipv4.conf.all', `ipv4.conf.${name}`, `ipv6.conf.${name}`].map((each) =>
      kernelNumber(`net.${each}.accept_redirects`),
    ),
  );
  return settings.includes(1);
}

/** Hints about redirects; only where a next hop is on a network of this host and is not this host itself. */
export async function checkRedirects({ routers }: Settings): Promise<readonly Finding[]> {
  const found = Object.entries(networkInterfaces()).map(([name, list]) => ({
    name,
    cidrs: (list ?? []).filter(({ internal }) => !internal).flatMap(({ cidr }) => cidr ?? []),
    own: (list ?? []).map(({ address }) => address),
  }));
  const own = new Set(found.flatMap((each) => each.own));
  const hops = routers.flatMap(({ nextHop }) => Object.values(nextHop));
  const interfaces = await Promise.all(
    found.map(async ({ name, cidrs }) => ({
      name,
      cidrs,
      followsRedirects: await believes(name),
    })),
  );
  return judgeRedirects(
    interfaces,
    hops.filter((hop) => !own.has(hop)),
  );
}
