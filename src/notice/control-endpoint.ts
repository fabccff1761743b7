import { existsSync, unlinkSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import { DetourError, errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import type { HostHelper } from '../ports/host-helper.ts';
import type { NoticeStatus } from '../ports/notice-control.ts';
import type { SiteReadiness } from '../ports/site-readiness.ts';

/** What the endpoint asks of the process it belongs to. */
export interface ControlSubject {
  status(): Promise<NoticeStatus>;
  /** Prometheus text of all workers. */
  metrics(): Promise<string>;
  /** Reads the snapshot now; resolves when every worker serves it, or with the problem in the status. */
  refresh(): Promise<NoticeStatus>;
  /** What visitors of each site would get if it were diverted now. */
  readiness(): Promise<readonly SiteReadiness[]>;
  /** The helper of this host, where one is configured. */
  readonly helper: HostHelper | undefined;
}

/** Longest body of a request. */
const maxBodyBytes = 1_024;
const blockInput = z.strictObject({ source: z.string(), seconds: z.number() });

const blockedPath = '/blocked-sources';
const helperMs = 4 * second;

/** How often the socket file is looked for: the hand-over folder may have been replaced. */
const healMs = second;

function isLive(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: file });
    socket.setTimeout(second, () => socket.destroy());
    socket.on('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

/** The control plane's window into the notice process: a small HTTP server on a UNIX socket that only our own user may open. */
export class ControlEndpoint implements AsyncDisposable {
  readonly #file: string;
  readonly #subject: ControlSubject;
  readonly #log: Log;
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string, subject: ControlSubject, log: Log) {
    this.#file = file;
    this.#subject = subject;
    this.#log = log;
  }

  /** Listens, in place of a dead process's socket if need be. Rejects with DETOUR_LISTEN_FAILED when another one lives. */
  async start(): Promise<void> {
    if (await isLive(this.#file)) {
      throw new DetourError(`Another notice process serves already: ${this.#file} answers`, {
        code: 'DETOUR_LISTEN_FAILED',
      });
    }
    await this.#listen();
    this.#timer = setInterval(() => void this.#heal(), healMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#close();
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => void this.#onRequest(request, response));
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      if (existsSync(this.#file)) {
        unlinkSync(this.#file);
      }
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ path: this.#file }, resolve);
      });
      // Our user and the group of the hand-over folder: a controller of another user speaks to us through that group.
      await chmod(this.#file, 0o660);
    } catch (cause) {
      server.close();
      throw new DetourError(`Could not open the control socket ${this.#file}`, {
        code: 'DETOUR_LISTEN_FAILED',
        cause,
      });
    }
    this.#server = server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Opens the socket again when its file is gone but its folder is there. */
  async #heal(): Promise<void> {
    if (existsSync(this.#file) || !existsSync(dirname(this.#file))) {
      return;
    }
    try {
      await this.#close();
      await this.#listen();
    } catch (err) {
      this.#log.error({ err, socket: this.#file }, 'Control socket lost');
    }
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      if (request.url?.startsWith(blockedPath) === true) {
        await this.#routeBlocks(request, body, response);
      } else {
        await this.#route(`${request.method} ${request.url}`, response);
      }
    } catch (error) {
      this.#log.error({ err: error }, 'Control request failed');
      answer(response, 500, { problem: errorChain(error) });
    }
  }

  async #route(route: string, response: ServerResponse): Promise<void> {
    if (route === 'GET /status') {
      answer(response, 200, await this.#subject.status());
    } else if (route === 'GET /metrics') {
      const text = await this.#subject.metrics();
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(text);
    } else if (route === 'GET /readiness') {
      answer(response, 200, { sites: await this.#subject.readiness() });
    } else if (route === 'POST /refresh') {
      const status = await this.#subject.refresh();
      // 409: what is on disk is not what is served.
      answer(response, status.problem === null ? 200 : 409, status);
    } else {
      answer(response, 404, {
        problem: 'GET /status, GET /metrics, GET /readiness or POST /refresh',
      });
    }
  }

  async #routeBlocks(
    { method, url }: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): Promise<void> {
    const { helper } = this.#subject;
    const signal = AbortSignal.timeout(helperMs);
    if (helper === undefined) {
      answer(response, 500, { problem: 'no helper is configured on this host' });
    } else if (method === 'GET') {
      answer(response, 200, { sources: await helper.blocked(signal) });
    } else if (method === 'POST') {
      const { source, seconds } = blockInput.parse(JSON.parse(body));
      await helper.block(source, seconds, signal);
      answer(response, 200, {});
    } else {
      const source = decodeURIComponent(url?.slice(blockedPath.length + 1) ?? '');
      answer(response, 200, { isChanged: await helper.lift(source, signal) });
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > maxBodyBytes) {
      throw new Error(`more than ${maxBodyBytes} bytes`);
    }
  }
  return text;
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
