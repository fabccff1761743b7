import { parseAddress } from '../lib/ip.ts';

/** A hop as proxies write it: an address, perhaps with a port, perhaps in brackets. */
function addressOf(hop: string): string | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/.exec(hop);
  return parseAddress(match?.[1] ?? match?.[2] ?? hop);
}

/**
 * The client that trusted proxies speak for: the right-most hop of X-Forwarded-For that is not a trusted proxy itself.
 * What stands left of it, anybody may have written. Undefined when the header names no client,
 * or when the proxy wrote something that is no address.
 */
export function forwardedClient(
  header: string,
  isTrusted: (address: string) => boolean,
): string | undefined {
  for (const hop of header.split(',').toReversed()) {
    const address = addressOf(hop.trim());
    if (address === undefined || !isTrusted(address)) {
      return address;
    }
  }
  return;
}
