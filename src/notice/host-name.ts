import { domainToASCII } from 'node:url';
import { parseAddress } from '../lib/ip.ts';

const addressLike = /^[\d.]+$|:/;

/** A Host as the book lists it: lower case, without port and trailing dot, IP addresses in canonical form. */
export function normaliseHost(host: string): string {
  // A bare IPv6 address has colons and no port; it comes from the socket, not from a Host.
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host);
  const bare = (match?.[1] ?? match?.[2] ?? host).toLowerCase().replace(/\.$/, '');
  // Reading every name as an address would take a tenth of a server's time where visitors name a port.
  return addressLike.test(bare) ? (parseAddress(bare) ?? bare) : bare;
}

/** A name that is in that form already, as nearly all are. One whose last label is no word may be read as an address. */
const plainName = /^(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*$/;

/** A hostname as a site gives it, in the form in which visitors' requests name it. */
export function asciiHostname(hostname: string): string {
  if (plainName.test(hostname)) {
    return hostname;
  }
  const ascii = domainToASCII(hostname);
  return normaliseHost(ascii === '' ? hostname : ascii);
}
