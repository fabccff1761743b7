import { addressBytes, familyOf } from '../../lib/ip.ts';
import { ipv4Of } from '../source-key.ts';

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 2, the command PROXY. */
const versionAndCommand = 0x21;
const tcpOverIpv4 = 0x11;
const tcpOverIpv6 = 0x21;

const isIpv4 = (address: string): boolean => familyOf(address) === 'ipv4';

/** The address in 16 bytes; an IPv4 one as RFC 4291 2.5.5.2 maps it. */
function wideBytes(address: string): readonly number[] {
  return addressBytes(isIpv4(address) ? `::ffff:${address}` : address);
}

/** The preamble of the PROXY protocol, version 2, that tells an origin who the client is and where it connected to. */
export function proxyHeader(client: Endpoint, local: Endpoint): Buffer {
  const ends = [client.address, local.address].map((address) => ipv4Of(address) ?? address);
  const isNarrow = ends.every(isIpv4);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(client.port, 0);
  tail.writeUInt16BE(local.port, 2);
  const addresses = Buffer.from(ends.flatMap(isNarrow ? addressBytes : wideBytes));
  const head = Buffer.alloc(4);
  head.writeUInt8(versionAndCommand, 0);
  head.writeUInt8(isNarrow ? tcpOverIpv4 : tcpOverIpv6, 1);
  head.writeUInt16BE(addresses.length + tail.length, 2);
  return Buffer.concat([signature, head, addresses, tail]);
}
