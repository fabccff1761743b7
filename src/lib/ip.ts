import ipaddr from 'ipaddr.js';

export type Family = 'ipv4' | 'ipv6';

/** The canonical text of an IP address (lower case, RFC 5952), or undefined if it is not one. */
export function parseAddress(text: string): string | undefined {
  // ipaddr.js takes "1.2.3" and "010.0.0.1" for addresses; only four plain parts are meant by anyone.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return ipaddr.IPv4.parse(text).toString();
  }
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) {
    return undefined;
  }
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : address.toRFC5952String();
}

/** The family of a canonical address. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** The 4 or 16 bytes of a canonical address. */
export function addressBytes(address: string): readonly number[] {
  return ipaddr.parse(address).toByteArray();
}

/** True for a canonical address that never leaves the machine. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** The host prefix of a canonical address: /32 or /128. */
export function hostPrefix(address: string): string {
  return `${address}/${familyOf(address) === 'ipv4' ? 32 : 128}`;
}

/** The address of a host prefix, or undefined when the text is not a canonical /32 or /128. */
export function hostPrefixAddress(prefix: string): string | undefined {
  const [text = '', length] = prefix.split('/');
  const address = parseAddress(text);
  return address !== undefined && hostPrefix(address) === `${text}/${length}` ? address : undefined;
}

/** The canonical text of a CIDR prefix with no host bits set, or undefined. */
export function parsePrefix(text: string): string | undefined {
  const [addressText = '', lengthText = ''] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || !/^\d{1,3}$/.test(lengthText)) {
    return undefined;
  }
  const length = Number(lengthText);
  const isV4 = familyOf(address) === 'ipv4';
  if (length > (isV4 ? 32 : 128)) {
    return undefined;
  }
  const network = isV4
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${length}`).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`).toRFC5952String();
  return network === address ? `${address}/${length}` : undefined;
}

/** True when the address lies inside the prefix; families never mix. */
export function prefixContains(prefix: string, address: string): boolean {
  if (familyOf(prefix) !== familyOf(address)) {
    return false;
  }
  return ipaddr.parse(address).match(ipaddr.parseCIDR(prefix));
}
