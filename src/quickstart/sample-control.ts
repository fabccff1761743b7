import { createServer, type ServerResponse } from 'node:http';
import { closeServer, listenOn } from './listen.ts';
import type { SampleSite } from './sample-site.ts';

/** A small endpoint on loopback that breaks and repairs the sample sites: `POST /SITE/break`, `POST /SITE/repair`. */
export interface SampleControl extends AsyncDisposable {
  readonly url: string;
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

async function act(site: SampleSite, verb: string): Promise<string> {
  if (verb === 'break') {
    await site.breakDown();
    return `${site.name}: its server is dead`;
  }
  await site.repair();
  return `${site.name}: its server is back`;
}

export async function openSampleControl(sites: readonly SampleSite[]): Promise<SampleControl> {
  const server = createServer((request, response) => {
    const [, name = '', verb = ''] = /^\/([^/]+)\/(break|repair)$/.exec(request.url ?? '') ?? [];
    const site = sites.find((known) => known.name === name);
    if (site === undefined || request.method !== 'POST') {
      const states = sites.map(({ name: word, isUp }) => `${word}: ${isUp ? 'up' : 'dead'}`);
      answer(response, site === undefined && request.url !== '/' ? 404 : 200, states.join('\n'));
      return;
    }
    act(site, verb).then(
      (text) => answer(response, 200, text),
      (error: unknown) => answer(response, 500, String(error)),
    );
  });
  const port = await listenOn(server, '127.0.0.1', 0);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = closeServer(server);
      server.closeAllConnections();
      await closed;
    },
  };
}
