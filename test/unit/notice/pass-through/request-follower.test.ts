import { describe, expect, it } from 'vitest';
import { HttpReader } from '../../../../src/notice/http-reader.ts';
import {
  type FollowerEnding,
  RequestFollower,
} from '../../../../src/notice/pass-through/request-follower.ts';

const bank = 'bank.example.kr';
const get = (host = bank): string => `GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

interface Passed {
  readonly text: string;
  readonly ending: FollowerEnding | undefined;
  readonly held: number;
}

/** Passes a stream on after its first head, cut into pieces of a size. */
function pass(stream: string, pieceBytes = stream.length): Passed {
  const reader = new HttpReader();
  reader.push(Buffer.from(stream));
  const first = reader.next();
  if (first === undefined || 'status' in first) {
    throw new Error('The first head must be whole');
  }
  const follower = new RequestFollower(first, ({ host }) => host === bank);
  const parts = [reader.found];
  const rest = reader.pending;
  let ending: FollowerEnding | undefined;
  for (let at = 0; at < rest.length && ending === undefined; at += pieceBytes) {
    const followed = follower.take(rest.subarray(at, at + pieceBytes));
    parts.push(...followed.forward);
    ending = followed.ending;
  }
  return { text: Buffer.concat(parts).toString(), ending, held: follower.heldBytes };
}

const post = (fields: string, body: string): string =>
  `POST /f HTTP/1.1\r\nHost: ${bank}\r\n${fields}\r\n\r\n${body}`;

const sized = post('Content-Length: 11', 'hello world');
const chunked = post(
  'Transfer-Encoding: chunked',
  '5;x=1\r\nhello\r\n6\r\n world\r\n0\r\nT: v\r\n\r\n',
);
/** Bodies that look like a request to somebody else: whoever miscounts takes them for one. */
const sly = post(
  'Content-Length: 39',
  'GET / HTTP/1.1\r\nHost: shop.example.kr\r\n\r\n'.slice(0, 39),
);

describe('requests on their way to the origin of a healthy site', () => {
  it.each([1, 2, 7, 10_000])('pass unchanged, bodies and all, in pieces of %i bytes', (bytes) => {
    const stream = get() + sized + chunked + sly + get() + chunked + get();

    expect(pass(stream, bytes)).toEqual({ text: stream, ending: undefined, held: 0 });
  });

  it.each([1, 10_000])('stop before one that is for another host, in pieces of %i', (bytes) => {
    const meant = get() + sized + chunked;

    const passed = pass(meant + get('shop.example.kr') + get(), bytes);

    expect(passed).toMatchObject({ text: meant, ending: 'misdirected' });
  });

  it('hold a head back until it is whole', () => {
    const part = `GET /b HTTP/1.1\r\nHost: ${bank}\r\nX: `;

    expect(pass(get() + part)).toEqual({ text: get(), ending: undefined, held: part.length });
  });

  it.each([
    ['a head that ends its lines with LF alone', `GET / HTTP/1.1\nHost: ${bank}\n\n`],
    ['both framings at once', post('Content-Length: 3\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
    ['two lengths', post('Content-Length: 3\r\nContent-Length: 4', 'abc')],
  ])('stop before %s', (_, broken) => {
    expect(pass(get() + broken)).toMatchObject({ text: get(), ending: 'bad-request' });
  });

  it.each([
    ['a size that is none', 'x\r\n'],
    ['a size without end', '1'.repeat(20)],
    ['a size ended by LF alone', '1\n'],
    ['a negative size', '-1\r\n'],
    ['a chunk longer than it said', '1\r\nab'],
    ['a trailer ended by LF alone', '0\r\nA: b\n'],
    ['a last line without LF', '0\r\n\rX'],
    ['extensions without end', `1;${'a'.repeat(17_000)}`],
  ])('stop in a chunked body that has %s', (_, body) => {
    const stream = post('Transfer-Encoding: chunked', body) + get('shop.example.kr');

    expect(pass(stream).ending).toBe('bad-request');
    expect(pass(stream, 1).ending).toBe('bad-request');
  });

  it('pass whatever comes after the offer of another protocol', () => {
    const socket = `GET /ws HTTP/1.1\r\nHost: ${bank}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    const frames = '\u0001\u0002 no HTTP at all\r\n\r\n';

    expect(pass(socket + frames)).toEqual({ text: socket + frames, ending: undefined, held: 0 });
  });
});
