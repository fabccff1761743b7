import { once } from 'node:events';
import { connect as connectPlain, createServer } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClientHello } from '../../../src/notice/tls/client-hello.ts';
import { visit } from './secure-visitor.ts';
import { openStage, type Stage } from './stage.ts';

/** How many mutated hellos the reader gets. */
const readCount = 20_000;
/** And how many of them a listening server gets, OpenSSL included. */
const sentCount = 500;

let stage: Stage;
let hello: Buffer;

/** What Node's own client says first. */
async function catchHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const caught = once(server, 'connection').then(([socket]) => once(socket, 'data'));
  const client = connect({ port, host: '127.0.0.1', servername: 'shop.example.kr' });
  client.on('error', () => undefined);
  const [bytes] = await caught;
  client.destroy();
  server.close();
  return Buffer.from(bytes);
}

/** Small, fast and the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function mutated(original: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(original);
  const changes = 1 + Math.floor(random() * 8);
  for (let n = 0; n < changes; n += 1) {
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  }
  return random() < 0.3 ? copy.subarray(0, Math.floor(random() * copy.length)) : copy;
}

beforeAll(async () => {
  hello = await catchHello();
  stage = await openStage(
    { sites: [{ name: 'shop' }] },
    { https: [{ host: '127.0.0.1', port: 0 }] },
  );
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('mutated client hellos', () => {
  it('are read or refused, never anything else', () => {
    const random = randomFrom(1);
    const seen = { whole: 0, unfinished: 0, broken: 0 };

    for (let n = 0; n < readCount; n += 1) {
      seen[readClientHello(mutated(hello, random)).is] += 1;
    }

    expect(readClientHello(hello)).toMatchObject({ is: 'whole', serverName: 'shop.example.kr' });
    expect(seen.whole).toBeGreaterThan(0);
    expect(seen.unfinished).toBeGreaterThan(0);
    expect(seen.broken).toBeGreaterThan(0);
    expect(seen.whole + seen.unfinished + seen.broken).toBe(readCount);
  });

  it('leave the server serving, with nothing failed and nothing held', async () => {
    const random = randomFrom(2);
    const port = stage.notice.httpsAddresses[0]?.port ?? 0;

    for (let n = 0; n < sentCount; n += 1) {
      const socket = connectPlain({ port, host: '127.0.0.1' });
      socket.on('error', () => undefined).resume();
      socket.end(mutated(hello, random));
      await once(socket, 'close');
    }

    expect((await visit({ port, serverName: 'shop.example.kr' })).body).toContain('notice of shop');
    expect(stage.logText()).not.toContain('A session failed');
  });
});
