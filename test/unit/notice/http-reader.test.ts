import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HttpReader,
  maxHeadBytes,
  maxRequestLineBytes,
  type Refusal,
} from '../../../src/notice/http-reader.ts';
import type { RequestHead } from '../../../src/notice/request-head.ts';

type Found = RequestHead | Refusal;

/** Feeds the pieces and collects all that is found, as a session would. */
function readAll(pieces: readonly Buffer[]): readonly Found[] {
  const reader = new HttpReader();
  const found: Found[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      found.push(next);
      if ('status' in next || next.isClose) {
        return found;
      }
    }
  }
  return found;
}

function read(text: string): readonly Found[] {
  return readAll([Buffer.from(text, 'latin1')]);
}

function firstOf(text: string): Found | undefined {
  return read(text)[0];
}

const host = 'Host: home01.example.kr\r\n';
const refused = (status: number): unknown => expect.objectContaining({ status });

describe('requests that are read', () => {
  it('takes from a browser request only what choosing a notice needs', () => {
    expect(
      firstOf(
        'GET /shop?id=1 HTTP/1.1\r\nHost: Home01.example.kr:80\r\nCookie: session=secret\r\n' +
          'Accept: text/html\r\nAccept-Language: ko\r\nAccept-Encoding: gzip, br\r\n\r\n',
      ),
    ).toEqual({
      isHead: false,
      isPost: false,
      host: 'Home01.example.kr:80',
      accept: 'text/html',
      acceptLanguage: 'ko',
      acceptEncoding: 'gzip, br',
      isClose: false,
      hasBody: false,
      contentLength: 0,
      isChunked: false,
      isForMachines: false,
      isTunnel: false,
      acmeToken: undefined,
      forwardedFor: undefined,
      shape: expect.any(Number),
    });
  });

  it('reads X-Forwarded-For only when it is told that a trusted proxy sent it', () => {
    const text = `GET / HTTP/1.1\r\n${host}X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\n\r\n`;
    const fromProxy = new HttpReader(true);
    fromProxy.push(Buffer.from(text));

    expect(fromProxy.next()).toMatchObject({ forwardedFor: '10.0.0.1,10.0.0.2' });
    expect(firstOf(text)).toMatchObject({ forwardedFor: undefined });
  });

  it('keeps of a long X-Forwarded-For the end, where the trusted hops are', () => {
    const fromProxy = new HttpReader(true);
    const hops = `${'203.0.113.7, '.repeat(900)}198.51.100.9`;
    fromProxy.push(Buffer.from(`GET / HTTP/1.1\r\n${host}X-Forwarded-For: ${hops}\r\n\r\n`));

    const head = fromProxy.next();

    expect(head).toMatchObject({ forwardedFor: hops.slice(-1_000) });
  });

  it('gives requests of different browsers different shapes, and equal ones the same', () => {
    const shapeOf = (fields: string): unknown => {
      const head = firstOf(`GET / HTTP/1.1\r\n${host}${fields}\r\n`);
      return head !== undefined && 'shape' in head ? head.shape : undefined;
    };

    expect(shapeOf('User-Agent: a/1\r\n')).toBe(shapeOf('User-Agent: b/2\r\n'));
    expect(shapeOf('User-Agent: a/1\r\n')).not.toBe(shapeOf('User-Agent: long/1\r\n'));
    expect(shapeOf('Accept-Language: ko\r\n')).not.toBe(shapeOf('Accept-Language: ko,en\r\n'));
  });

  it.each([
    ['a HEAD', `HEAD / HTTP/1.1\r\n${host}\r\n`, { isHead: true, isClose: false }],
    ['a form', `POST / HTTP/1.1\r\n${host}\r\n`, { isPost: true, isClose: false }],
    ['an HTTP/1.0 request without Host', 'GET / HTTP/1.0\r\n\r\n', { host: '', isClose: true }],
    ['a later minor version', `GET / HTTP/1.7\r\n${host}\r\n`, { isClose: false }],
    [
      'absolute-form, whose authority wins over Host',
      `GET http://a.kr:8080/x HTTP/1.1\r\n${host}\r\n`,
      { host: 'a.kr:8080' },
    ],
    ['absolute-form without a path', `GET HTTP://a.kr HTTP/1.1\r\n${host}\r\n`, { host: 'a.kr' }],
    ['asterisk-form for OPTIONS', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, { isClose: false }],
    ['CONNECT', `CONNECT b.kr:443 HTTP/1.1\r\n${host}\r\n`, { host: 'b.kr:443', isClose: true }],
    ['TRACE', `TRACE / HTTP/1.1\r\n${host}\r\n`, { isClose: true }],
    ['an unknown method', `BREW /pot HTTP/1.1\r\n${host}\r\n`, { isClose: true }],
    ['a method in lower case', `get / HTTP/1.1\r\n${host}\r\n`, { isClose: true }],
    ['one empty line before it', `\r\nGET / HTTP/1.1\r\n${host}\r\n`, { isClose: false }],
    ['an empty field value', `GET / HTTP/1.1\r\n${host}X-Empty:\r\n\r\n`, { isClose: false }],
    ['raw Korean bytes in the path', `GET /\xb0\xa1 HTTP/1.1\r\n${host}\r\n`, { isClose: false }],
    [
      'an IPv6 Host',
      'GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n',
      { host: '[2001:db8::1]:80' },
    ],
    [
      'Connection: close',
      `GET / HTTP/1.1\r\n${host}Connection: TE, Close\r\n\r\n`,
      { isClose: true },
    ],
    [
      'a WebSocket handshake, as a plain GET',
      `GET /ws HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      { isClose: false },
    ],
    [
      'a body by length',
      `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
      { hasBody: true, isClose: true },
    ],
    [
      'a body of no bytes',
      `POST / HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
      { hasBody: false, isClose: false },
    ],
    [
      'a length said twice alike',
      `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`,
      { hasBody: true },
    ],
    [
      'a chunked body',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, Chunked\r\n\r\n`,
      { hasBody: true, isClose: true },
    ],
    [
      'repeated Accept lines as one list',
      `GET / HTTP/1.1\r\n${host}Accept: text/html\r\nAccept: text/plain\r\n\r\n`,
      { accept: 'text/html,text/plain' },
    ],
    [
      'an ACME challenge',
      `GET /.well-known/acme-challenge/abc_-9 HTTP/1.1\r\n${host}\r\n`,
      { acmeToken: 'abc_-9' },
    ],
    [
      'an ACME path that would leave its folder',
      `GET /.well-known/acme-challenge/../x HTTP/1.1\r\n${host}\r\n`,
      { acmeToken: undefined },
    ],
  ])('reads %s', (_, text, expected) => {
    expect(firstOf(text)).toMatchObject(expected);
  });

  it('reads pipelined requests in order and stops after one that closes', () => {
    const found = read(
      `GET /1 HTTP/1.1\r\nHost: a.kr\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: b.kr\r\n\r\n` +
        `POST /3 HTTP/1.1\r\nHost: c.kr\r\nContent-Length: 30\r\n\r\nGET /4 HTTP/1.1\r\nHost: d.kr\r\n\r\n`,
    );

    expect(found.map((each) => 'host' in each && each.host)).toEqual(['a.kr', 'b.kr', 'c.kr']);
  });
});

describe('a reader that is told to forget', () => {
  it('holds nothing of what it has read, and reads on', () => {
    const request = Buffer.from('GET / HTTP/1.1\r\nHost: a.kr\r\nCookie: secret\r\n\r\n');
    const reader = new HttpReader();
    reader.push(request);
    reader.next();

    reader.forget();

    expect(reader.pending.buffer).not.toBe(request.buffer);
    expect(reader.found.length).toBe(0);
    reader.push(request);
    expect(reader.next()).toMatchObject({ host: 'a.kr' });
  });
});

describe('requests that are refused', () => {
  it.each([
    ['no Host in HTTP/1.1', 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`],
    ['two Hosts in HTTP/1.0', `GET / HTTP/1.0\r\n${host}${host}\r\n`],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
    ['a Host with user information', 'GET / HTTP/1.1\r\nHost: a@b.kr\r\n\r\n'],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: b.kr/../x\r\n\r\n'],
    ['a Host with a list', 'GET / HTTP/1.1\r\nHost: a.kr b.kr\r\n\r\n'],
    ['a Host with raw bytes', 'GET / HTTP/1.1\r\nHost: \xb0\xa1.kr\r\n\r\n'],
    ['a Host with a bad port', 'GET / HTTP/1.1\r\nHost: a.kr:80x\r\n\r\n'],
    ['absolute-form without Host', 'GET http://a.kr/ HTTP/1.1\r\n\r\n'],
    ['absolute-form with user information', `GET http://u@a.kr/ HTTP/1.1\r\n${host}\r\n`],
    ['absolute-form without a name', `GET http:///x HTTP/1.1\r\n${host}\r\n`],
    ['a target that is no form at all', `GET shop HTTP/1.1\r\n${host}\r\n`],
    ['an asterisk for GET', `GET * HTTP/1.1\r\n${host}\r\n`],
    ['CONNECT to a path', `CONNECT /x HTTP/1.1\r\n${host}\r\n`],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n'],
    ['a lower-case version', `GET / http/1.1\r\n${host}\r\n`],
    ['two spaces in the request line', `GET  / HTTP/1.1\r\n${host}\r\n`],
    ['a space after the version', `GET / HTTP/1.1 \r\n${host}\r\n`],
    ['a tab in the request line', `GET\t/ HTTP/1.1\r\n${host}\r\n`],
    ['a control byte in the target', `GET /\x01 HTTP/1.1\r\n${host}\r\n`],
    ['a second empty line before the request', `\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`],
    ['bare line feeds', 'GET / HTTP/1.1\nHost: a.kr\n\n'],
    ['a carriage return alone', `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`],
    ['a zero byte in a value', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`],
    ['a folded field', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`],
    ['a space before the colon', `GET / HTTP/1.1\r\n${host}X : a\r\n\r\n`],
    ['a space before the first field', `GET / HTTP/1.1\r\n ${host}\r\n`],
    ['a field without a name', `GET / HTTP/1.1\r\n${host}: a\r\n\r\n`],
    ['a line without a colon', `GET / HTTP/1.1\r\n${host}nonsense\r\n\r\n`],
    [
      'two lengths that differ',
      `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`,
    ],
    ['a length with a sign', `POST / HTTP/1.1\r\n${host}Content-Length: +5\r\n\r\n`],
    ['a list of lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 5, 5\r\n\r\n`],
    ['an empty length', `POST / HTTP/1.1\r\n${host}Content-Length:\r\n\r\n`],
    [
      'both framings at once',
      `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    [
      'a last coding that is not chunked',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, gzip\r\n\r\n`,
    ],
    [
      'a coding that only looks chunked',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n`,
    ],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01'],
  ])('refuses %s with 400', (_, text) => {
    expect(firstOf(text)).toEqual(refused(400));
  });

  it('refuses a request line over 8 KiB with 414, and takes one of 8 KiB', () => {
    const line = (bytes: number): string => `GET /${'a'.repeat(bytes - 14)} HTTP/1.1`;

    expect(firstOf(`${line(maxRequestLineBytes)}\r\n${host}\r\n`)).toMatchObject({
      isClose: false,
    });
    expect(firstOf(`${line(maxRequestLineBytes + 1)}\r\n${host}\r\n`)).toEqual(refused(414));
    expect(firstOf('a'.repeat(maxRequestLineBytes + 2))).toEqual(refused(414));
  });

  it('refuses a head over 16 KiB with 431, and takes one of 16 KiB', () => {
    const frame = `GET / HTTP/1.1\r\n${host}X: \r\n\r\n`;
    const head = (bytes: number): string =>
      `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(bytes - frame.length)}\r\n\r\n`;

    expect(firstOf(head(maxHeadBytes))).toMatchObject({ isClose: false });
    expect(firstOf(head(maxHeadBytes + 1))).toEqual(refused(431));
    expect(firstOf(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(4_000)}`)).toEqual(refused(431));
  });

  it('says nothing more after a refusal', () => {
    const reader = new HttpReader();
    reader.push(Buffer.from(`bad\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`));

    expect(reader.next()).toEqual(refused(400));
    expect(reader.next()).toBeUndefined();
  });
});

/** Bytes that are often nearly a request, so that every branch is met. */
const words = [
  'GET ',
  'HEAD ',
  'POST ',
  'PRI * HTTP/2.0',
  '/',
  '* ',
  'http://a.kr/',
  ' HTTP/1.1',
  ' HTTP/1.0',
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  'Host: a.kr\r\n',
  'Host:',
  'Host: \r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Accept: */*\r\n',
  'abc',
  ' ',
  '\t',
  ':',
  '\0',
  '\xff',
  'x'.repeat(9_000),
  'GET / HTTP/1.1\r\nHost: a.kr\r\n\r\n',
];
const stream = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...words) },
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    {
      maxLength: 14,
    },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));

describe('any bytes at all', () => {
  it('are read the same however they are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort(
          (a, b) => a - b,
        );
        const pieces = [0, ...places].map((from, index) => bytes.subarray(from, places[index]));

        expect(readAll(pieces)).toEqual(readAll([bytes]));
      }),
      { numRuns: 3_000 },
    );
  });

  it('are read the same byte by byte', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const single = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));

        expect(readAll(single)).toEqual(readAll([bytes]));
      }),
      { numRuns: 60 },
    );
  });

  it('never make it throw, and give no answer but a head or a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          stream,
          fc.uint8Array({ maxLength: 400 }).map((each) => Buffer.from(each)),
        ),
        (bytes) => {
          for (const found of readAll([bytes])) {
            expect(
              'status' in found ? [400, 414, 431].includes(found.status) : found.host !== undefined,
            ).toBe(true);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
