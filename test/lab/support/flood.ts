/** Makes many requests one after the other, each over its own connection, and prints how many were answered. */
import { request } from 'node:http';

const [, , address = '', count = '1', localAddress] = process.argv;

function isAnswered(): Promise<boolean> {
  return new Promise((resolve) => {
    const from = localAddress === undefined ? {} : { localAddress };
    const call = request({ host: address, agent: false, timeout: 300, ...from }, (response) => {
      response.resume();
      response.on('end', () => resolve(true));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}

let answered = 0;
for (let n = 0; n < Number(count); n += 1) {
  answered += (await isAnswered()) ? 1 : 0;
}
process.stdout.write(`${answered} answered`);
