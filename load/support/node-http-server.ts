/**
 * What `node:http` and `node:https` cost for the same job: `node load/support/node-http-server.ts PORT SECUREPORT FOLDER`.
 * Ready bytes chosen by the Host, no limits, no deadlines beyond Node's own.
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import path from 'node:path';
import { z } from 'zod';

const [, , port = '0', securePort = '0', folder = ''] = process.argv;
const fieldText = z.record(z.string(), z.string());
const fields = fieldText.parse(JSON.parse(readFileSync(path.join(folder, 'fields.json'), 'utf8')));
const body = readFileSync(path.join(folder, 'page'));
const host = readFileSync(path.join(folder, 'host'), 'utf8');
const head = { ...fields, 'retry-after': '60', 'content-length': body.length };

const answer: RequestListener = (request, response) => {
  const isOurs = request.headers.host?.split(':')[0]?.toLowerCase() === host;
  response.writeHead(isOurs ? 503 : 404, head).end(body);
};

createServer(answer).listen(Number(port), '127.0.0.1');
const pair = {
  key: readFileSync(path.join(folder, 'key')),
  cert: readFileSync(path.join(folder, 'certificate')),
};
createSecureServer(pair, answer).listen(Number(securePort), '127.0.0.1');
