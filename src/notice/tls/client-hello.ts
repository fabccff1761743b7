/** What the first message of a TLS client says, as far as we need it before we choose a certificate. */
export interface ClientHello {
  readonly is: 'whole';
  /** As it was sent, bytes as Latin-1; undefined when the client named nobody. */
  readonly serverName?: string;
  /** Hex names of the keys that the tickets it offers were made with. */
  readonly ticketKeys: readonly string[];
}

/** What is there so far: not yet enough, nothing that a TLS client sends, or the whole message. */
export type HelloReading = { readonly is: 'unfinished' | 'broken' } | ClientHello;

/** A hello with hybrid key shares and a ticket has 2 KiB; four times as much leaves room for what comes. */
export const maxHelloBytes = 8 * 1024;

/** A hello may be cut into records of any size; more than this is done only to make us work. */
const maxRecords = 16;

const recordHeadBytes = 5;
const messageHeadBytes = 4;
const ticketNameBytes = 16;
const handshakeRecord = 22;
const clientHelloMessage = 1;
const extension = { serverName: 0, sessionTicket: 35, preSharedKey: 41 } as const;
const hostNameType = 0;

const unfinished: HelloReading = { is: 'unfinished' };
const broken: HelloReading = { is: 'broken' };

/** Walks over bytes that a stranger sent. Reading past the end gives zeros and is remembered, so one check at the end is enough. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;
  isPastEnd = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A number of 1 to 4 bytes, the highest first. */
  number(size: number): number {
    const bytes = this.bytes(size);
    return bytes.length === size ? bytes.readUIntBE(0, size) : 0;
  }

  bytes(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) {
      this.isPastEnd = true;
      this.#at = this.#bytes.length;
      return Buffer.alloc(0);
    }
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  /** Bytes behind their own length, which is a number of this size. */
  vector(lengthSize: number): Buffer {
    return this.bytes(this.number(lengthSize));
  }
}

/** Puts the records' content together; undefined when a record is no part of a handshake. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const head = bytes.subarray(at, at + recordHeadBytes);
    const isHandshake = head[0] === handshakeRecord && (head[1] ?? 3) === 3;
    if (!isHandshake || parts.length === maxRecords) {
      return;
    }
    if (head.length < recordHeadBytes) {
      break;
    }
    const length = head.readUInt16BE(3);
    if (length === 0 || length > maxHelloBytes) {
      return;
    }
    parts.push(bytes.subarray(at + recordHeadBytes, at + recordHeadBytes + length));
    at += recordHeadBytes + length;
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

/** RFC 6066 3: a list in which only host names are defined, and only one of them may stand. */
function readServerName(content: Buffer): string | undefined {
  const list = new Cursor(new Cursor(content).vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  return !list.isPastEnd && list.isAtEnd && type === hostNameType && name.length > 0
    ? name.toString('latin1')
    : undefined;
}

const keyName = (ticket: Buffer): string => ticket.toString('hex', 0, ticketNameBytes);

/** RFC 8446 4.2.11: the tickets that a client of TLS 1.3 offers. */
function readIdentities(content: Buffer): readonly string[] {
  const list = new Cursor(new Cursor(content).vector(2));
  const names: string[] = [];
  while (!(list.isAtEnd || list.isPastEnd)) {
    const ticket = list.vector(2);
    list.number(4);
    if (ticket.length > ticketNameBytes) {
      names.push(keyName(ticket));
    }
  }
  return names;
}

type Found = Omit<ClientHello, 'is'>;

function withExtension(found: Found, type: number, content: Buffer): Found {
  if (type === extension.serverName) {
    // A name that cannot be read is not the same as none: no site may be guessed from the address.
    return { ...found, serverName: readServerName(content) ?? '' };
  }
  if (type === extension.sessionTicket && content.length > ticketNameBytes) {
    return { ...found, ticketKeys: [...found.ticketKeys, keyName(content)] };
  }
  return type === extension.preSharedKey
    ? { ...found, ticketKeys: [...found.ticketKeys, ...readIdentities(content)] }
    : found;
}

function readMessage(message: Buffer): HelloReading {
  const cursor = new Cursor(message);
  cursor.bytes(2 + 32);
  cursor.vector(1);
  cursor.vector(2);
  cursor.vector(1);
  // Before TLS 1.2 there need be no extensions.
  const extensions = new Cursor(cursor.isAtEnd ? message.subarray(0, 0) : cursor.vector(2));
  let found: Found = { ticketKeys: [] };
  while (!(extensions.isAtEnd || extensions.isPastEnd)) {
    const type = extensions.number(2);
    found = withExtension(found, type, extensions.vector(2));
  }
  return cursor.isPastEnd || extensions.isPastEnd ? broken : { is: 'whole', ...found };
}

/**
 * Reads the name and the tickets out of the bytes that a connection began with. Total: whatever the bytes are, it answers,
 * within limits of size and work. Whether the hello is a good one is for the TLS library to say.
 */
export function readClientHello(bytes: Buffer): HelloReading {
  const joined = joinRecords(bytes);
  if (joined === undefined || (joined[0] ?? clientHelloMessage) !== clientHelloMessage) {
    return broken;
  }
  if (joined.length < messageHeadBytes) {
    return unfinished;
  }
  const end = messageHeadBytes + joined.readUIntBE(1, 3);
  if (end > maxHelloBytes) {
    return broken;
  }
  return joined.length < end ? unfinished : readMessage(joined.subarray(messageHeadBytes, end));
}
