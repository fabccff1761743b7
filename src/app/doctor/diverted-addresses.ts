import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Settings } from '../../config/settings.ts';
import { type Finding, good, note } from './finding.ts';
import { ownAddresses, ownNextHops } from './own-addresses.ts';

const askMs = 2_000;

/** More addresses than anyone reads in one line. */
const shownAddresses = 5;

const routes = z.array(z.object({ type: z.string().optional() }));

/** True when the kernel takes packets for this address itself, whoever has it. Undefined where that cannot be asked. */
async function isTaken(address: string): Promise<boolean | undefined> {
  try {
    const args = ['-json', 'route', 'get', address];
    const { stdout } = await promisify(execFile)('ip', args, { timeout: askMs });
    return routes.parse(JSON.parse(stdout)).some(({ type }) => type === 'local');
  } catch {
    return undefined;
  }
}

function shown(addresses: readonly string[]): string {
  const first = addresses.slice(0, shownAddresses).join(', ');
  const more = addresses.length - shownAddresses;
  return more > 0 ? `${first} and ${more} more` : first;
}

/** Whether listeners hear packets that are sent to an address of a site: only those on every address do. */
export function judgeListeners(settings: Settings): Finding {
  const { http, https } = settings.notice;
  const narrow = [...http, ...https].filter(({ host }) => host !== '0.0.0.0' && host !== '::');
  const sites = new Set(settings.sites.flatMap(({ addresses }) => addresses));
  const deaf = narrow.filter(({ host }) => !sites.has(host));
  return deaf.length === 0
    ? good('the notice listeners hear every address that is diverted here')
    : note(
        `the notice listens on ${deaf.map(({ host, port }) => `${host}:${port}`).join(', ')} alone, but packets for a diverted site keep its address - listen on 0.0.0.0 and [::], unless a rule of NAT rewrites them`,
      );
}

/** Whether visitors of a diverted site, whose packets carry the site's address, are heard on this host. */
export async function checkDivertedAddresses(settings: Settings): Promise<readonly Finding[]> {
  const hops = ownNextHops(settings, ownAddresses());
  if (hops.length === 0) {
    return settings.routers.length === 0
      ? []
      : [
          note(
            'no next hop is an address of this host - run detour doctor on the notice hosts too',
          ),
        ];
  }
  const addresses = [...new Set(settings.sites.flatMap((site) => site.addresses))];
  const taken = await Promise.all(
    addresses.map(async (address) => ({ address, isTaken: await isTaken(address) })),
  );
  const open = taken.filter((one) => one.isTaken === false).map(({ address }) => address);
  return [
    judgeListeners(settings),
    open.length === 0
      ? good(
          `visitors are sent to ${hops.join(', ')}, and this host takes the addresses of all sites`,
        )
      : note(
          `visitors are sent to ${hops.join(', ')}, but this host does not yet take ${shown(open)} - while a site is diverted it needs: ip route add local ADDRESS dev lo`,
        ),
  ];
}
