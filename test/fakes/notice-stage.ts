import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** What one address shows a browser: first the notice, then, once `isBack`, the site itself. Remembers who asked what. */
export class NoticeStage {
  readonly #server: Server;
  readonly requests: string[] = [];
  isBack = false;
  /** Status of the site's own answers. */
  siteStatus = 200;
  notice = '';
  site = '<!doctype html><title>The site</title><h1>The site</h1>';
  policy = '';

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      const head = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
      if (this.isBack) {
        response.writeHead(this.siteStatus, head).end(this.site);
        return;
      }
      response
        .writeHead(503, {
          ...head,
          'content-security-policy': this.policy,
          'detour-notice': 'site=home01; generation=1; signature=x',
        })
        .end(this.notice);
    });
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
