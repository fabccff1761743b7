import { hostPrefix, hostPrefixAddress, parseAddress } from '../../lib/ip.ts';

/** A host prefix in whatever letters a device writes it, in canonical text; undefined for any other prefix. */
export function canonicalHost(text: string): string | undefined {
  const [addressText = '', length = '', ...rest] = text.split('/');
  const address = parseAddress(addressText);
  const isHost =
    address !== undefined &&
    rest.length === 0 &&
    hostPrefixAddress(`${address}/${length}`) !== undefined;
  return isHost ? hostPrefix(address) : undefined;
}
