import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mutants } from '../../support/requests/mutants.ts';
import { oddRequests } from '../../support/requests/odd-requests.ts';
import { openStage, type Stage } from './stage.ts';
import { Visitor } from './visitor.ts';

const next = 'GET /next HTTP/1.1\r\nHost: home02.example.kr\r\n\r\n';
const isHead = (bytes: Buffer): boolean => bytes.subarray(0, 5).toString() === 'HEAD ';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ sites: [{ name: 'home01' }, { name: 'home02' }] });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('a notice plane that gets the corpus of odd requests', () => {
  it.each(oddRequests)('answers by the RFC: $name', async ({ bytes, fate }) => {
    using visitor = new Visitor({ port: stage.port });
    visitor.send(bytes);

    const answer = await visitor.answer({ isHead: isHead(bytes) });

    expect(answer.status).toBe(typeof fate === 'number' ? fate : 503);
    if (fate === 'kept') {
      const second = await visitor.send(next).answer();
      expect(second.text).toContain('notice of home02');
    } else {
      expect(answer.headers['connection']).toBe('close');
      await visitor.closed();
      expect(visitor.rest).toBe('');
    }
  });

  it('answers 2,000 mutants of it with nothing but notices and refusals, in allowed headers', async () => {
    const mutants = new Mutants(7);
    let answers = 0;
    for (let count = 0; count < 2_000; count += 1) {
      const bytes = mutants.next();
      if (bytes.includes('HEAD')) {
        continue;
      }
      using visitor = new Visitor({ port: stage.port });
      visitor.send(bytes).socket.end();
      await visitor.closed();
      while (visitor.rest !== '') {
        await visitor.answer();
        answers += 1;
      }
    }

    expect(answers).toBeGreaterThan(1_000);
    expect(stage.logText()).not.toContain('A session failed');
  });
});

/** The first answer of Node's own parser, in its strict mode: 100 or 200 when it takes the request for one. */
async function nodeStatus(port: number, bytes: Buffer): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes('\r\n\r\n')) {
      break;
    }
  }
  socket.destroy();
  return Number(text.slice(9, 12));
}

/** What we take on purpose though llhttp does not; none of it leaves in doubt where a request ends. */
const takenOnPurpose: readonly RegExp[] = [
  // Any token is a method, and any method gets the notice.
  /^9110 5\.6\.2: . in the method$/,
  /^9110 9\.1: (?:BREW|get)$/,
  // RFC 9110 2.5: a later minor version is read as the highest one known.
  /^9110 2\.5: version HTTP\/1\.[2-9]$/,
];

describe('beside the strict parser of Node', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer({ insecureHTTPParser: false }, (_, response) => response.end());
    server.on('connect', (_, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    server.on('checkExpectation', (_, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('takes nothing that it refuses, but for methods and versions that it does not know', async () => {
    const surprises: string[] = [];
    for (const { name, bytes, fate } of oddRequests) {
      const isTaken = typeof fate !== 'number';
      if (isTaken && !((await nodeStatus(port, bytes)) < 400)) {
        surprises.push(name);
      }
    }

    expect(surprises.filter((name) => !takenOnPurpose.some((known) => known.test(name)))).toEqual(
      [],
    );
  });
});
