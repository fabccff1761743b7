import { networkInterfaces } from 'node:os';
import { ownLoopback } from '../../adapters/publishers/own-loopback.ts';
import type { Settings } from '../../config/settings.ts';
import { BlockedSources } from '../../host/blocked-sources.ts';
import type { HostTools } from '../../host/host-tools.ts';
import { NoticeHost } from '../../host/notice-host.ts';
import { hostPrefix, isLoopback, parseAddress, prefixContains } from '../../lib/ip.ts';
import { PrefixSet } from '../../lib/prefix-set.ts';
import { neededAddresses } from '../control/needed-addresses.ts';

/** What a notice answers on where the configuration names no port. */
const webPorts = [80, 443] as const;

/** Every address that an interface of this host has. Addresses that are only taken (AnyIP) are not among them. */
function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((found) =>
    (found ?? []).flatMap(({ address }) => parseAddress(address) ?? []),
  );
}

/** Every address from which this machine may look at sites and notices: those of its interfaces, and what sites say of the way to their origin. Of loopback, only the one that is Detour's own. */
export function lookingFrom({ sites }: Settings): readonly string[] {
  const stated = sites.flatMap(({ origin }) => origin?.sourceAddress ?? []);
  return [
    ownLoopback,
    ...interfaceAddresses().filter((address) => !isLoopback(address)),
    ...stated.flatMap((text) => parseAddress(text) ?? []),
  ];
}

/** The ports on which the notice of this configuration answers. */
export function noticePorts({ notice }: Settings): readonly number[] {
  const ports = [...notice.http, ...notice.https].map(({ port }) => port).filter(Boolean);
  return ports.length === 0 ? webPorts : [...new Set(ports)].toSorted((a, b) => a - b);
}

/** Why this host must never take an address, whoever asks for it. A file that names no estate allows none: whoever could forge a snapshot must not gain addresses by it. */
export function refusal(settings: Settings): (address: string) => string | undefined {
  const own = new Set(interfaceAddresses());
  const needed = neededAddresses(settings);
  const estates = [
    ...settings.routers.flatMap(({ estate }) => estate),
    ...settings.notice.host.estate,
  ];
  return (address) => {
    if (own.has(address)) {
      return 'an interface of this host has it';
    }
    if (estates.length === 0) {
      return 'the configuration names no estate: list the prefixes that may be taken in notice.host.estate';
    }
    if (!estates.some((estate) => prefixContains(estate, address))) {
      return 'it lies outside every estate';
    }
    return needed.get(address);
  };
}

/** Prefixes without which Detour or this host could not work, and proxies that speak for many: they are never blocked. */
export function neverBlocked(settings: Settings): readonly string[] {
  const { routers, notice, admin } = settings;
  const addresses = [
    ...interfaceAddresses(),
    ...neededAddresses(settings).keys(),
    ...routers.flatMap(({ nextHop }) => Object.values(nextHop)),
    admin.listen.host,
  ].flatMap((text) => parseAddress(text) ?? []);
  return [
    ...['127.0.0.0/8', '::1/128'],
    ...addresses.map(hostPrefix),
    ...notice.trustedProxies,
    ...notice.host.neverBlock,
  ];
}

/** The part of this host that makes it a notice host. */
export function openNoticeHost(settings: Settings, tools: HostTools): NoticeHost {
  return new NoticeHost({ tools, ports: noticePorts(settings), refuse: refusal(settings) });
}

/** The sources that this host's kernel drops. */
export function openBlockedSources(settings: Settings, tools: HostTools): BlockedSources {
  return new BlockedSources(tools, new PrefixSet(neverBlocked(settings)));
}
