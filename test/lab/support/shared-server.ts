/**
 * A host that serves several sites at one address: `shared-server.ts FOLDER NAME...`. Over HTTP each answers to NAME.example.kr
 * and says who it is; one for which the folder has a file `NAME.down` cuts every connection. Over HTTPS the last of them
 * answers with the certificate in the folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';

const [folder = '.', ...names] = process.argv.slice(2);
const last = names.at(-1) ?? '';

const answer: RequestListener = (request, response) => {
  const name = names.find((each) => request.headers.host === `${each}.example.kr`);
  if (name === undefined || existsSync(join(folder, `${name}.down`))) {
    request.socket.destroy();
    return;
  }
  response.setHeader('x-lab', name);
  response.end(`${name} itself\n`);
};

const pair = {
  cert: readFileSync(join(folder, `${last}.crt`)),
  key: readFileSync(join(folder, `${last}.key`)),
};
createServer(answer).listen(80, '::', () => {
  createHttpsServer(pair, answer).listen(443, '::', () => process.stdout.write('ready\n'));
});
