import { readFile } from 'node:fs/promises';
import got, { HTTPError } from 'got';
import { DetourError } from '../../lib/errors.ts';
import { second } from '../../lib/time.ts';

export interface Receiver {
  readonly name: string;
  readonly url: string;
  /** File with the value of the Authorization header, read at every alert so that it can be changed. */
  readonly authorizationFile?: string;
}

/** Longest wait for one answer: the next alert to the same receiver waits behind it. */
const answerMs = 5 * second;

/** What a receiver says to words that it will not take however often they come. */
const refusals: ReadonlySet<number> = new Set([400, 413, 415, 422]);

function isRefusal(error: unknown): boolean {
  return error instanceof HTTPError && refusals.has(error.response.statusCode);
}

/** Posts JSON to a receiver once. Whether it is tried again is the outbox's affair. */
export async function postAlert(
  { name, url, authorizationFile }: Receiver,
  key: string,
  body: unknown,
  signal: AbortSignal,
): Promise<void> {
  try {
    const authorization =
      authorizationFile === undefined
        ? undefined
        : (await readFile(authorizationFile, 'utf8')).trim();
    const { statusCode } = await got.post(url, {
      json: body,
      signal,
      timeout: { request: answerMs },
      retry: { limit: 0 },
      // A redirect would carry the credential to wherever it points.
      followRedirect: false,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    });
    if (statusCode >= 300) {
      throw new Error(`It answers ${statusCode}, which is no word of having taken it`);
    }
  } catch (error) {
    throw new DetourError(`Could not send the alert ${key} through ${name}`, {
      code: 'DETOUR_ALERT_FAILED',
      retryable: !isRefusal(error),
      cause: error,
    });
  }
}
