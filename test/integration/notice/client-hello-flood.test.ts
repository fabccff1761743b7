import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClientHello } from '../../../src/notice/tls/client-hello.ts';
import { catchHellos } from '../../support/hellos/catch-hello.ts';
import { HelloMutants } from '../../support/hellos/hello-mutants.ts';
import { isTlsAnswer, sendHello } from '../../support/hellos/send-hello.ts';
import { visit } from './secure-visitor.ts';
import { openStage, type Stage } from './stage.ts';

/** How many mutated hellos the reader gets. */
const readCount = 20_000;
/** And how many of them a listening server gets, OpenSSL included; `npm run test:long -- client-hellos` sends a million. */
const sentCount = 500;

let stage: Stage;
let hellos: readonly Buffer[];

beforeAll(async () => {
  hellos = await catchHellos('shop.example.kr');
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
    const mutants = new HelloMutants(hellos, 1);
    const seen = { whole: 0, unfinished: 0, broken: 0 };

    for (let n = 0; n < readCount; n += 1) {
      seen[readClientHello(mutants.next()).is] += 1;
    }

    const [whole = Buffer.alloc(0)] = hellos;
    expect(readClientHello(whole)).toMatchObject({ is: 'whole', serverName: 'shop.example.kr' });
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(readCount / 100);
    expect(seen.whole + seen.unfinished + seen.broken).toBe(readCount);
  });

  it('leave the server serving, with nothing failed and nothing held', async () => {
    const mutants = new HelloMutants(hellos, 2);
    const port = stage.notice.httpsAddresses[0]?.port ?? 0;

    for (let n = 0; n < sentCount; n += 1) {
      const answer = await sendHello(mutants.next(), { port, from: '127.0.0.1' });
      expect(isTlsAnswer(answer), answer.toString('latin1')).toBe(true);
    }

    expect((await visit({ port, serverName: 'shop.example.kr' })).body).toContain('notice of shop');
    expect(stage.logText()).not.toContain('A session failed');
  });
});
