import { parseAddress } from '../lib/ip.ts';

/**
 * What a connection from a trusted proxy begins with: nothing of the PROXY protocol, not enough yet to tell,
 * something that breaks it, or a whole preamble and the client it names (none for the proxy's own health checks).
 */
export type Preamble =
  | { readonly is: 'absent' | 'unfinished' | 'broken' }
  | { readonly is: 'whole'; readonly bytes: number; readonly client?: string };

/** The longest line of version 1, with its CRLF. */
const maxLineBytes = 107;
/** Version 2: addresses and at most 2 KiB of whatever else the proxy tells; we look at the addresses alone. */
const maxBinaryBytes = 16 + 2_048;

const lineStart = Buffer.from('PROXY ');
const binaryStart = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const binaryHeadBytes = 16;

const absent: Preamble = { is: 'absent' };
const unfinished: Preamble = { is: 'unfinished' };
const broken: Preamble = { is: 'broken' };

/** True as far as both go. */
function beginsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readLine(bytes: Buffer): Preamble {
  const end = bytes.subarray(0, maxLineBytes).indexOf('\r\n');
  if (end === -1) {
    return bytes.length < maxLineBytes ? unfinished : broken;
  }
  const [, protocol = '', from = ''] = bytes.toString('latin1', 0, end).split(' ');
  if (protocol === 'UNKNOWN') {
    return { is: 'whole', bytes: end + 2 };
  }
  const client = parseAddress(from);
  return (protocol === 'TCP4' || protocol === 'TCP6') && client !== undefined
    ? { is: 'whole', bytes: end + 2, client }
    : broken;
}

function ipv6From(bytes: Buffer): string | undefined {
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(n * 2).toString(16));
  return parseAddress(groups.join(':'));
}

/** The source address of a binary preamble's body; families are TCP over IPv4 (0x11) and over IPv6 (0x21). */
function binaryClient(family: number | undefined, body: Buffer): string | undefined {
  if (family === 0x11 && body.length >= 12) {
    return parseAddress(body.subarray(0, 4).join('.'));
  }
  return family === 0x21 && body.length >= 36 ? ipv6From(body) : undefined;
}

function readBinary(bytes: Buffer): Preamble {
  if (bytes.length < binaryHeadBytes) {
    return unfinished;
  }
  const length = binaryHeadBytes + bytes.readUInt16BE(14);
  const command = bytes[12];
  if ((command !== 0x20 && command !== 0x21) || length > maxBinaryBytes) {
    return broken;
  }
  if (bytes.length < length) {
    return unfinished;
  }
  // LOCAL: the proxy speaks for itself.
  if (command === 0x20) {
    return { is: 'whole', bytes: length };
  }
  const client = binaryClient(bytes[13], bytes.subarray(binaryHeadBytes, length));
  return client === undefined ? broken : { is: 'whole', bytes: length, client };
}

/** Reads the PROXY protocol (versions 1 and 2) from the start of a connection. Never throws. */
export function readPreamble(bytes: Buffer): Preamble {
  if (beginsLike(bytes, binaryStart)) {
    return readBinary(bytes);
  }
  if (!beginsLike(bytes, lineStart)) {
    return absent;
  }
  return bytes.length < lineStart.length ? unfinished : readLine(bytes);
}
