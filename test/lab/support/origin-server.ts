/** A customer's web server for the lab: `origin-server.ts NAME PORT` answers everything on every address, and says who it is. */
import { createServer } from 'node:http';

const [name = '', port = '80'] = process.argv.slice(2);

const server = createServer((request, response) => {
  response.setHeader('x-lab', name);
  response.setHeader('content-type', 'text/plain');
  response.end(`${name} ${request.method} ${request.headers.host ?? '-'}${request.url ?? '/'}\n`);
});
server.listen(Number(port), '::', () => process.stdout.write('ready\n'));
