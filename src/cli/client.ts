import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { problemSchema } from '../api/http/problem.ts';
import { errorChain } from '../lib/errors.ts';
import { CommandFailure, UsageError } from './io.ts';

/** Where the controller listens unless told otherwise. */
export const defaultUrl = 'http://127.0.0.1:8600';

/** Reading a router may take 30 s; nothing else comes near. */
const patienceMs = 40_000;

/** Far longer than any token that detour makes. */
const maxTokenLength = 512;

/** How to reach a running controller. */
export interface ClientOptions {
  readonly url: string;
  readonly tokenFile?: string;
}

/** One request and the shape of its answer. */
export interface Call<Schema extends z.ZodType> {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly answer: Schema;
}

/** Talks to a running controller. */
export interface Client {
  /** Rejects with a CommandFailure whose message a person can act on. */
  call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>>;
}

function readToken(file: string | undefined): string {
  if (file === undefined) {
    throw new CommandFailure(
      'No token: name a file that holds one in DETOUR_TOKEN_FILE, or with --token.file. "detour token create --name NAME --role ROLE" makes one.',
    );
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandFailure(`Could not read the token file ${file}: ${errorChain(error)}`, {
      cause: error,
    });
  }
  if (text === '' || text.length > maxTokenLength || /\s/.test(text)) {
    throw new CommandFailure(`The token file ${file} must hold one token and nothing else.`);
  }
  return text;
}

function baseOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new UsageError(
      `--url (or DETOUR_URL) must be a URL such as ${defaultUrl}; it is "${url}".`,
    );
  }
  return parsed.origin + parsed.pathname.replace(/\/$/, '');
}

const connectionWords: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens there. Is the controller running? --url or DETOUR_URL names another address.',
  ENOTFOUND: 'its name is not known. Check --url or DETOUR_URL.',
  EAI_AGAIN: 'its name could not be resolved. Check --url or DETOUR_URL.',
  ETIMEDOUT: 'it does not answer.',
  EHOSTUNREACH: 'there is no way there from here.',
  ECONNRESET: 'it closed the connection.',
};

function unreachable(base: string, error: unknown): CommandFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = connectionWords[code] ?? errorChain(error);
  return new CommandFailure(`Could not reach the controller at ${base}: ${words}`, {
    cause: error,
  });
}

function refused(status: number, body: unknown, base: string): CommandFailure {
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success) {
    return new CommandFailure(
      `${base} answered ${status} with something that is not from Detour. Check --url or DETOUR_URL.`,
    );
  }
  const { title, detail, code, errors = [] } = parsed.data;
  const single = errors.filter(({ message }) => !detail.includes(message));
  const lines = single.map(({ path, message }) => `\n  ${path}: ${message}`);
  return new CommandFailure(`${title}: ${detail}${lines.join('')} [${code}]`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Asked = Omit<Call<z.ZodType>, 'answer'>;

async function send(
  base: string,
  token: string,
  { method = 'GET', path, body }: Asked,
): Promise<unknown> {
  const { default: got } = await import('got');
  const response = await got(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    ...(body === undefined ? {} : { json: body }),
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    timeout: { request: patienceMs },
  }).catch((error: unknown) => {
    throw unreachable(base, error);
  });
  const content = parseJson(response.body);
  if (response.statusCode < 200 || response.statusCode > 299) {
    throw refused(response.statusCode, content, base);
  }
  return content;
}

/** Opens a client; the token is read at the first call, so that a wrong URL is told first. */
export function openClient(options: ClientOptions): Client {
  const base = baseOf(options.url);
  return {
    async call<Schema extends z.ZodType>({
      answer,
      ...asked
    }: Call<Schema>): Promise<z.output<Schema>> {
      const parsed = answer.safeParse(await send(base, readToken(options.tokenFile), asked));
      if (!parsed.success) {
        const [first] = z.prettifyError(parsed.error).split('\n');
        throw new CommandFailure(
          `${base} answered in a shape that this version of detour does not know (${first}). Use the same version on both sides.`,
        );
      }
      return parsed.data;
    },
  };
}
