import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { visit } from '../integration/notice/secure-visitor.ts';
import { openStage } from '../integration/notice/stage.ts';
import { catchHellos } from '../support/hellos/catch-hello.ts';
import { HelloMutants } from '../support/hellos/hello-mutants.ts';
import { isTlsAnswer, sendHello } from '../support/hellos/send-hello.ts';

const resultFile = path.join(import.meta.dirname, '../../load/results/client-hellos.json');

const name = 'shop.example.kr';
const clients = 64;
const sources = 250;

type Fates = Record<'closed' | 'alert' | 'handshake', number>;

function fateOf(answer: Buffer): keyof Fates {
  if (answer.length === 0) {
    return 'closed';
  }
  return answer[0] === 21 ? 'alert' : 'handshake';
}

/**
 * Sends a million mutated hellos to a listening notice plane, OpenSSL included. Throws at the first answer that is not TLS,
 * when a session failed inside, and when a sound visitor gets no notice afterwards.
 */
export async function run(count = 1_000_000, seed = 20_260_101): Promise<void> {
  await using stage = await openStage(
    { sites: [{ name: 'shop' }] },
    { https: [{ host: '127.0.0.1', port: 0 }] },
  );
  const port = stage.notice.httpsAddresses[0]?.port ?? 0;
  const mutants = new HelloMutants(await catchHellos(name), seed);
  const fates: Fates = { closed: 0, alert: 0, handshake: 0 };
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const bytes = mutants.next();
      // Ports of one address would run out: each stays taken for a minute after its connection.
      const answer = await sendHello(bytes, { port, from: `127.1.0.${1 + (left % sources)}` });
      if (!isTlsAnswer(answer)) {
        throw new Error(`${bytes.toString('hex')} was answered ${answer.toString('latin1')}`);
      }
      fates[fateOf(answer)] += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const { body } = await visit({ port, serverName: name });
  if (!body.includes('notice of shop') || stage.logText().includes('A session failed')) {
    throw new Error(`The notice plane did not live through it: ${stage.logText().slice(-2_000)}`);
  }
  const result = { seed, mutants: count, fates };
  await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
