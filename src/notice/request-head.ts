import {
  acmeTokenOf,
  authorityOf,
  isHostValid,
  skipBytes,
  targetBytes,
  tokenBytes,
  valueBytes,
} from './http-syntax.ts';
import { isMachinePath } from './machine-paths.ts';
import {
  isSpelt,
  methodOf,
  minorVersion,
  type WatchedField,
  watchedField,
} from './request-words.ts';
import { TextMemory } from './text-memory.ts';

/**
 * All that a request may tell the notice plane. Nothing else is ever turned into text:
 * cookies, credentials, paths and bodies are passed over as bytes.
 */
export interface RequestHead {
  readonly isHead: boolean;
  /** True for the method by which browsers send forms. */
  readonly isPost: boolean;
  /** As sent, valid by RFC 9110 7.2; empty when an HTTP/1.0 client named none. */
  readonly host: string;
  readonly accept: string | undefined;
  readonly acceptLanguage: string | undefined;
  readonly acceptEncoding: string | undefined;
  /** True when the connection must end with the answer: asked for, HTTP/1.0, an uncommon method, or a body. */
  readonly isClose: boolean;
  /** True when bytes follow that are not a request. */
  readonly hasBody: boolean;
  /** Bytes of the body; 0 without one, and for one sent in chunks. */
  readonly contentLength: number;
  readonly isChunked: boolean;
  /** True when what follows may be no HTTP any more: CONNECT, or the offer of another protocol. */
  readonly isTunnel: boolean;
  readonly acmeToken: string | undefined;
  /** True for a path that programs read, and act on if it is there. */
  readonly isForMachines: boolean;
  /** X-Forwarded-For, read only on connections from a trusted proxy. */
  readonly forwardedFor: string | undefined;
  /** A number made of the lengths of what browsers say of themselves: different browsers, different shapes. No word is kept. */
  readonly shape: number;
}

/** More hops than any honest chain has; the right-most ones count, so the front may go. */
const maxForwardedCharacters = 1_000;

/** Methods after which a connection may go on; CONNECT, TRACE and strangers get the notice and a close. */
const commonMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const colon = 0x3a;
const space = 0x20;
const tab = 0x09;
const slash = 0x2f;
const dot = 0x2e;

const isBlank = (byte: number | undefined): boolean => byte === space || byte === tab;

function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

/** What clients say that they take is no secret of anybody's. What they ask for is: a Host is not remembered. */
const wishes = new TextMemory();

const closeWord = Buffer.from('close');
const keepAliveWord = Buffer.from('keep-alive');

/** Nearly all clients that name this field write one of two words. */
function asksToClose(bytes: Buffer, start: number, end: number): boolean {
  if (end - start === keepAliveWord.length && isSpelt(bytes, start, keepAliveWord)) {
    return false;
  }
  return (
    (end - start === closeWord.length && isSpelt(bytes, start, closeWord)) ||
    /(?:^|[\s,])close(?:$|[\s,])/i.test(textOf(bytes, start, end))
  );
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

/** A request head in the making, fed line by line. Every method is false when the line breaks RFC 9112. */
export class HeadDraft {
  isHead = false;
  #isPost = false;
  #isOldVersion = false;
  #isCommonMethod = false;
  #isClose = false;
  #isTunnel = false;
  #authority: string | undefined;
  #host: string | undefined;
  #accept: string | undefined;
  #acceptLanguage: string | undefined;
  #acceptEncoding: string | undefined;
  #contentLength: string | undefined;
  #transferEncoding: string | undefined;
  #acmeToken: string | undefined;
  #isForMachines = false;
  #forwardedFor: string | undefined;
  #agentBytes = 0;
  readonly #isForwarded: boolean;

  /** X-Forwarded-For is read only if asked for. */
  constructor(isForwarded: boolean) {
    this.#isForwarded = isForwarded;
  }

  /** Reads `method SP target SP version` from [start, end). */
  readRequestLine(bytes: Buffer, start: number, end: number): boolean {
    const methodEnd = skipBytes(bytes, tokenBytes, start, end);
    const targetEnd = skipBytes(bytes, targetBytes, methodEnd + 1, end);
    if (
      methodEnd === start ||
      bytes[methodEnd] !== space ||
      targetEnd === methodEnd + 1 ||
      bytes[targetEnd] !== space
    ) {
      return false;
    }
    const method = methodOf(bytes, start, methodEnd);
    this.isHead = method === 'HEAD';
    this.#isPost = method === 'POST';
    this.#isTunnel = method === 'CONNECT';
    this.#isCommonMethod = commonMethods.has(method);
    const minor = minorVersion(bytes, targetEnd + 1, end);
    this.#isOldVersion = minor === 0;
    // A later minor version is answered as 1.1 (RFC 9110 2.5); the HTTP/2 preface and all else are refused.
    return minor !== undefined && this.#readTarget(method, bytes, methodEnd + 1, targetEnd);
  }

  #readTarget(method: string, bytes: Buffer, start: number, end: number): boolean {
    if (bytes[start] === slash && method !== 'CONNECT') {
      if (bytes[start + 1] === dot) {
        this.#acmeToken = acmeTokenOf(textOf(bytes, start, end));
      }
      this.#isForMachines = isMachinePath(bytes, start, end);
      return true;
    }
    const target = textOf(bytes, start, end);
    if (target === '*') {
      return method === 'OPTIONS';
    }
    this.#authority = method === 'CONNECT' ? target : authorityOf(target);
    const pathStart = bytes.indexOf(slash, start + target.indexOf('//') + 2);
    this.#isForMachines = pathStart !== -1 && isMachinePath(bytes, pathStart, end);
    return this.#authority !== undefined && isHostValid(this.#authority);
  }

  /** Reads `name ":" OWS value OWS` from [start, end). */
  readField(bytes: Buffer, start: number, end: number): boolean {
    const nameEnd = skipBytes(bytes, tokenBytes, start, end);
    // A space before the name (obs-fold) or before the colon is refused (RFC 9112 5.1, 5.2).
    return (
      nameEnd > start &&
      bytes[nameEnd] === colon &&
      skipBytes(bytes, valueBytes, nameEnd + 1, end) === end &&
      this.#readValue(bytes, start, nameEnd, end)
    );
  }

  /**
   * Reads a field and its line end in one go. Where the next line begins, or -1 when the field is not whole and sound:
   * read line by line, it will be said why.
   */
  readFieldFrom(bytes: Buffer, start: number): number {
    const nameEnd = skipBytes(bytes, tokenBytes, start, bytes.length);
    if (nameEnd === start || bytes[nameEnd] !== colon) {
      return -1;
    }
    const end = skipBytes(bytes, valueBytes, nameEnd + 1, bytes.length);
    return bytes[end] === carriageReturn &&
      bytes[end + 1] === lineFeed &&
      this.#readValue(bytes, start, nameEnd, end)
      ? end + 2
      : -1;
  }

  #readValue(bytes: Buffer, start: number, nameEnd: number, end: number): boolean {
    const name = watchedField(bytes, start, nameEnd);
    if (name === undefined) {
      return true;
    }
    let valueStart = nameEnd + 1;
    let valueEnd = end;
    while (valueStart < valueEnd && isBlank(bytes[valueStart])) {
      valueStart += 1;
    }
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) {
      valueEnd -= 1;
    }
    return this.#takeField(name, bytes, valueStart, valueEnd);
  }

  #takeField(name: WatchedField, bytes: Buffer, start: number, end: number): boolean {
    switch (name) {
      case 'host':
        return this.#takeHost(textOf(bytes, start, end));
      case 'accept':
        this.#accept = joined(this.#accept, wishes.textOf(bytes, start, end));
        return true;
      case 'accept-language':
        this.#acceptLanguage = joined(this.#acceptLanguage, wishes.textOf(bytes, start, end));
        return true;
      case 'accept-encoding':
        this.#acceptEncoding = joined(this.#acceptEncoding, wishes.textOf(bytes, start, end));
        return true;
      case 'connection':
        this.#isClose ||= asksToClose(bytes, start, end);
        return true;
      case 'upgrade':
        this.#isTunnel = true;
        return true;
      case 'user-agent':
        this.#agentBytes = end - start;
        return true;
      case 'x-forwarded-for':
        if (this.#isForwarded) {
          const hops = joined(this.#forwardedFor, textOf(bytes, start, end));
          this.#forwardedFor = hops.slice(-maxForwardedCharacters);
        }
        return true;
      case 'content-length':
        return this.#takeContentLength(textOf(bytes, start, end));
      case 'transfer-encoding':
        this.#transferEncoding = joined(this.#transferEncoding, textOf(bytes, start, end));
        return true;
    }
  }

  #takeHost(host: string): boolean {
    const isFirst = this.#host === undefined;
    this.#host = host;
    return isFirst && isHostValid(host);
  }

  #takeContentLength(length: string): boolean {
    const isSame = this.#contentLength === undefined || this.#contentLength === length;
    this.#contentLength = length;
    return isSame && /^\d{1,19}$/.test(length);
  }

  /** The whole head, or undefined when its fields contradict each other. */
  finish(): RequestHead | undefined {
    if (!(this.#isFramingSound() && (this.#host !== undefined || this.#isOldVersion))) {
      return;
    }
    const hasBody = this.#transferEncoding !== undefined || /[1-9]/.test(this.#contentLength ?? '');
    return {
      isHead: this.isHead,
      isPost: this.#isPost,
      host: this.#authority ?? this.#host ?? '',
      accept: this.#accept,
      acceptLanguage: this.#acceptLanguage,
      acceptEncoding: this.#acceptEncoding,
      isClose: this.#isClose || this.#isOldVersion || !this.#isCommonMethod || hasBody,
      hasBody,
      contentLength: Number(this.#contentLength ?? 0),
      isChunked: this.#transferEncoding !== undefined,
      isTunnel: this.#isTunnel,
      acmeToken: this.#acmeToken,
      isForMachines: this.#isForMachines,
      forwardedFor: this.#forwardedFor,
      shape:
        this.#agentBytes * 7 +
        (this.#acceptLanguage?.length ?? 0) * 3 +
        (this.#accept?.length ?? 0),
    };
  }

  /** RFC 9112 6.3: both framings at once, or a last coding other than chunked, is how requests are smuggled. */
  #isFramingSound(): boolean {
    return (
      this.#transferEncoding === undefined ||
      (this.#contentLength === undefined &&
        /(?:^|,)[ \t]*chunked[ \t]*$/i.test(this.#transferEncoding))
    );
  }
}
