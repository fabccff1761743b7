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

/** The first 64 bits of an IPv6 address, in two halves. */
export interface Ipv6Front {
  readonly high: number;
  readonly low: number;
}

/** Reads them, whatever the spelling. */
export function ipv6Front(address: string): Ipv6Front {
  const [a = 0, b = 0, c = 0, d = 0] = frontGroups(address);
  return { high: ((a << 16) | b) >>> 0, low: ((c << 16) | d) >>> 0 };
}

const zero = 0x30;
const dot = 0x2e - zero;

/** An IPv4 address, also in its IPv6-mapped form, as one number; -1 for anything else. */
export function ipv4Number(address: string): number {
  let number = 0;
  let part = -1;
  let dots = 0;
  const start = address.startsWith(mappedPrefix) ? mappedPrefix.length : 0;
  for (let at = start; at < address.length; at += 1) {
    const digit = address.charCodeAt(at) - zero;
    if (digit >= 0 && digit <= 9) {
      part = Math.max(0, part) * 10 + digit;
    } else if (digit === dot && part !== -1) {
      number = number * 256 + part;
      part = -1;
      dots += 1;
    } else {
      return -1;
    }
    if (part > 255) {
      return -1;
    }
  }
  return dots === 3 && part !== -1 ? number * 256 + part : -1;
}

/** Those that an IPv6 address counts for: one link, one customer's line, one organisation. */
export type PrefixLength = 64 | 56 | 48;

/** An IPv4 address as text. */
export function ipv4Text(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}

/** A prefix in its plainest spelling: no group is left out, none has leading zeros. */
export function ipv6Text({ high, low }: Ipv6Front, length: PrefixLength): string {
  const groups = [high >>> 16, high & 0xffff, low >>> 16, ...(length === 48 ? [] : [low & 0xffff])];
  return `${groups.map((group) => group.toString(16)).join(':')}::/${length}`;
}

/** The prefix of some length that an address lies in. */
export function prefixOf({ high, low }: Ipv6Front, length: PrefixLength): Ipv6Front {
  return { high, low: (low & (-1 << (64 - length))) >>> 0 };
}

/**
 * The source that an address belongs to: an IPv4 address itself, or the /64 of an IPv6 address,
 * because one subscriber has a whole /64 to choose addresses from.
 */
export function sourceKey(address: string): string {
  return ipv4Of(address) ?? ipv6Text(ipv6Front(address), 64);
}
