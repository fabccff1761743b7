const mappedPrefix = '::ffff:';

/** An IPv4 address as it is, also from its IPv6-mapped form; undefined for an IPv6 address. */
export function ipv4Of(address: string): string | undefined {
  if (!address.includes(':')) {
    return address;
  }
  return address.startsWith(mappedPrefix) && address.includes('.')
    ? address.slice(mappedPrefix.length)
    : undefined;
}

/** The first four groups of an IPv6 address as numbers, however the address is shortened. */
function frontGroups(address: string): readonly number[] {
  const [front = '', back] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  if (back !== undefined) {
    const tail = back === '' ? [] : back.split(':');
    // An address ending in dotted decimal counts for one group more than it has colons.
    const missing = 8 - groups.length - tail.length - (back.includes('.') ? 1 : 0);
    groups.push(...new Array<string>(Math.max(0, missing)).fill('0'), ...tail);
  }
  return groups.slice(0, 4).map((group) => Number.parseInt(group, 16) || 0);
}

/** The prefixes that an IPv6 address counts for, from the narrowest: one link, one customer's line, one organisation. */
export interface Ipv6Keys {
  readonly of64: string;
  readonly of56: string;
  readonly of48: string;
}

/** Each is a prefix in its plainest spelling: no group is left out, none has leading zeros. */
export function ipv6Keys(address: string): Ipv6Keys {
  const [a = 0, b = 0, c = 0, d = 0] = frontGroups(address);
  const organisation = `${a.toString(16)}:${b.toString(16)}:${c.toString(16)}`;
  return {
    of64: `${organisation}:${d.toString(16)}::/64`,
    of56: `${organisation}:${(d & 0xff00).toString(16)}::/56`,
    of48: `${organisation}::/48`,
  };
}

/**
 * The source that an address belongs to: an IPv4 address itself, or the /64 of an IPv6 address,
 * because one subscriber has a whole /64 to choose addresses from.
 */
export function sourceKey(address: string): string {
  return ipv4Of(address) ?? ipv6Keys(address).of64;
}
