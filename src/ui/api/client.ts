import type { Problem } from '../../api/http/problem.ts';

/** An answer that was not what was asked for; `problem` is what the API said of it. */
export class RequestFailed extends Error {
  readonly problem: Problem | undefined;
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;

  constructor(
    message: string,
    options: ErrorOptions & { readonly status: number; readonly problem?: Problem },
  ) {
    super(message, options);
    this.name = 'RequestFailed';
    this.status = options.status;
    this.problem = options.problem;
  }
}

export interface Ask {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly body?: object;
}

/** Speaks to the API with one token. */
export interface Client {
  readonly token: string;
  ask<Answer>(path: string, ask?: Ask): Promise<Answer>;
  /** For answers that are no JSON, such as the preview of a notice. */
  text(path: string): Promise<string>;
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'detail' in value && 'code' in value;
}

async function failure(response: Response): Promise<RequestFailed> {
  const body: unknown = await response.json().catch(() => undefined);
  const { status } = response;
  return isProblem(body)
    ? new RequestFailed(body.detail, { status, problem: body })
    : new RequestFailed(`HTTP ${status}`, { status });
}

async function send(token: string, path: string, { method = 'GET', body }: Ask): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        // A click that is sent twice must act once.
        ...(method === 'GET' ? {} : { 'idempotency-key': crypto.randomUUID() }),
      },
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new RequestFailed(message, { status: 0, cause });
  }
  if (!response.ok) {
    throw await failure(response);
  }
  return response;
}

export function openClient(token: string): Client {
  return {
    token,
    ask: async (path, ask = {}) => await (await send(token, path, ask)).json(),
    text: async (path) => await (await send(token, path, {})).text(),
  };
}
