import { createServer, type Server } from 'node:http';
import { closeServer, listenOn } from './listen.ts';

/** A customer's web server that can be killed and brought back. */
export class SampleSite implements AsyncDisposable {
  readonly name: string;
  readonly #host: string;
  #server: Server | undefined;
  #port = 0;

  constructor(name: string, host: string) {
    this.name = name;
    this.#host = host;
  }

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  /** Starts to serve; port 0 takes a free one. Rejects with the system's own error. */
  async start(port: number): Promise<number> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(samplePage(this.name));
    });
    this.#port = await listenOn(server, this.#host, port);
    this.#server = server;
    return this.#port;
  }

  /** The server dies: nothing listens any more and every connection is cut. */
  async breakDown(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) {
      const closed = closeServer(server);
      server.closeAllConnections();
      await closed;
    }
  }

  /** The server is back on the port it had. */
  async repair(): Promise<void> {
    if (this.#server === undefined) {
      await this.start(this.#port);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.breakDown();
  }
}

/** Words that only the site itself says, so that nobody takes a notice for it. */
export function samplePage(name: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${name}</title>
<style>body{font:18px/1.6 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>${name}</h1>
<p>This is the site itself, served by its own server.</p>
`;
}
