import type { KeyObject } from 'node:crypto';
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http';
import { get as getOverTls } from 'node:https';
import { DetourError } from '../../lib/errors.ts';
import { readMarker } from '../../lib/marker.ts';
import { markerHeader } from '../../ports/snapshot.ts';
import { sourceFor } from './own-loopback.ts';

/** Where a notice plane listens. */
export interface NoticeListener {
  readonly host: string;
  readonly port: number;
}

export interface NoticeLivenessOptions {
  /** Every listener that must answer, asked anew for each look. */
  readonly listeners: () => readonly NoticeListener[];
  readonly publicKey: KeyObject;
  /** Whether every listener must answer, or one will do. Default all. */
  readonly required?: () => 'all' | 'any';
  /** One look at one listener. Default 2 s. */
  readonly timeoutMs?: number;
  /** The listeners speak TLS: visitors come with the hostname as server name, and any certificate will do. */
  readonly isTls?: boolean;
}

/** Connections are kept, so that a mass event does not use up the sessions that a source may open each second. */
const agent = new Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 2, timeout: 5_000 });

/** Where to ask a listener: one on every address answers on loopback too. */
export const reachableHost = (host: string): string =>
  host === '0.0.0.0' ? '127.0.0.1' : host.replace(/^(\[::\]|::)$/, '::1');

interface Asking {
  readonly hostname: string;
  readonly signal: AbortSignal;
  readonly isTls: boolean;
}

/** Begins one GET. Over TLS the connection is for one name, and is of no use for the next. */
function begin(
  { port, host }: NoticeListener,
  { hostname, signal, isTls }: Asking,
  take: (response: IncomingMessage) => void,
): ClientRequest {
  const headers = { host: hostname, accept: 'text/plain', 'user-agent': 'detour-publisher' };
  const reachable = reachableHost(host);
  const localAddress = sourceFor(reachable);
  const options = {
    host: reachable,
    port,
    path: '/',
    headers,
    signal,
    ...(localAddress === undefined ? {} : { localAddress }),
  } as const;
  return isTls
    ? getOverTls(
        { ...options, agent: false, servername: hostname, rejectUnauthorized: false },
        take,
      )
    : get({ ...options, agent }, take);
}

function fetchMarker(listener: NoticeListener, asking: Asking): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const take = (response: IncomingMessage): void => {
      const value = response.headers[markerHeader.toLowerCase()];
      // Read to the end, so that the connection can be used again; errors after the head change nothing.
      response.on('error', () => undefined).resume();
      resolve(typeof value === 'string' ? value : undefined);
    };
    begin(listener, asking, take).on('error', reject);
  });
}

/** What a listener answered, or why it did not. */
interface Look {
  readonly listener: NoticeListener;
  readonly isGood: boolean;
  readonly error?: unknown;
}

/** Asks every listener; rejects with the name of one that cannot be reached when that decides. */
async function askAll(
  { listeners, required = (): 'all' => 'all' }: NoticeLivenessOptions,
  isGoodAt: (listener: NoticeListener) => Promise<boolean>,
): Promise<boolean> {
  const looks = await Promise.all(
    listeners().map(async (listener): Promise<Look> => {
      try {
        return { listener, isGood: await isGoodAt(listener) };
      } catch (error) {
        return { listener, isGood: false, error };
      }
    }),
  );
  const isGood =
    looks.length > 0 &&
    (required() === 'any' ? looks.some((look) => look.isGood) : looks.every((look) => look.isGood));
  const dead = looks.find(({ error }) => error !== undefined);
  if (!isGood && dead !== undefined) {
    const { host, port } = dead.listener;
    throw new DetourError(`No notice answers at ${host}:${port}`, {
      code: 'DETOUR_NOTICE_NOT_LIVE',
      retryable: true,
      cause: dead.error,
    });
  }
  return isGood;
}

/**
 * Makes the check that the listeners of the notice plane answer for a site with this generation or a newer one, proved by
 * the marker's signature: every one of them, or one where that is enough. Without any listener nothing is live.
 * Rejects with the name of a listener that cannot be reached when that decides.
 */
export function openNoticeLiveness(
  options: NoticeLivenessOptions,
): (site: string, hostname: string, generation: number, signal: AbortSignal) => Promise<boolean> {
  const { publicKey, timeoutMs = 2_000, isTls = false } = options;
  return (site, hostname, generation, signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    return askAll(options, async (listener) => {
      const value = await fetchMarker(listener, { hostname, signal: limit, isTls });
      const marker = value === undefined ? undefined : readMarker(value, publicKey);
      return marker?.site === site && marker.generation >= generation;
    });
  };
}
