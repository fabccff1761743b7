/** A program that lives in one namespace and makes HTTP requests there: commands on standard input, messages on standard output, one JSON a line. */
import { request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import {
  type AgentAnswer,
  type AgentMessage,
  commandSchema,
  type requestSchema,
} from './agent-messages.ts';

type Request = z.output<typeof requestSchema>;

/** A watch starts a request every few milliseconds whether or not the last is back: a lost packet must not blind it. */
const mostWatchRequestsInFlight = 40;
const mostBodyCharacters = 1_000_000;
const watches = new Map<number, NodeJS.Timeout>();

function say(message: AgentMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function makeRequest(wanted: Request): Promise<AgentAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<AgentAnswer>();
  const outgoing = httpRequest(
    {
      host: wanted.address,
      port: wanted.port,
      method: wanted.method,
      path: wanted.path,
      headers: wanted.headers,
      agent: false,
      signal: AbortSignal.timeout(wanted.timeoutMs),
    },
    (incoming) => {
      let body = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        body = (body + chunk).slice(0, mostBodyCharacters);
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const headers = Object.entries(incoming.headers).map(([name, value]) => [
          name,
          String(value),
        ]);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(headers),
          body,
        });
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(wanted.body);
  return promise;
}

function failureCode(error: unknown): string {
  if (error instanceof Error && error.name === 'AbortError') {
    return 'ETIMEDOUT';
  }
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function whoAnswered({ status, headers }: AgentAnswer): string {
  const marker = headers['detour-notice'];
  if (marker !== undefined) {
    return `notice ${/site=([^;]+)/.exec(marker)?.[1] ?? '?'}`;
  }
  return headers['x-lab'] ?? `status ${status}`;
}

/** Says when the answering party changes, with the time at which the request that saw it was sent. */
function watch(id: number, wanted: Request, everyMs: number): void {
  let last: string | undefined;
  let lastSentAt = 0;
  let inFlight = 0;
  const look = async (): Promise<void> => {
    if (inFlight >= mostWatchRequestsInFlight) {
      return;
    }
    inFlight += 1;
    const sentAt = Date.now();
    const who = await makeRequest(wanted).then(whoAnswered, failureCode);
    const at = Date.now();
    inFlight -= 1;
    // An older request may come back after a newer one; what it saw is past.
    if (sentAt < lastSentAt) {
      return;
    }
    lastSentAt = sentAt;
    if (who !== last && watches.has(id)) {
      last = who;
      say({ is: 'sighting', id, sighting: { at, who } });
    }
  };
  watches.set(
    id,
    setInterval(() => void look(), everyMs),
  );
}

function obey(line: string): void {
  const command = commandSchema.parse(JSON.parse(line));
  if (command.do === 'request') {
    makeRequest(command.request).then(
      (answer) => say({ is: 'answer', id: command.id, answer }),
      (error: unknown) => say({ is: 'failure', id: command.id, code: failureCode(error) }),
    );
  } else if (command.do === 'watch') {
    watch(command.id, command.request, command.everyMs);
  } else {
    clearInterval(watches.get(command.id));
    watches.delete(command.id);
  }
}

const input = createInterface({ input: process.stdin });
input.on('line', obey);
// The lab is gone: so is the reason to be here.
input.on('close', () => process.exit(0));
say({ is: 'ready' });
