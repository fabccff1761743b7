import type { KeyObject } from 'node:crypto';
import { Agent, get, type IncomingMessage } from 'node:http';
import { readMarker } from '../../lib/marker.ts';
import { markerHeader } from '../../ports/snapshot.ts';

/** Where a notice plane listens for HTTP. */
export interface NoticeListener {
  readonly host: string;
  readonly port: number;
}

export interface NoticeLivenessOptions {
  /** Every listener that must answer, asked anew for each look. */
  readonly listeners: () => readonly NoticeListener[];
  readonly publicKey: KeyObject;
  /** One look at one listener. Default 2 s. */
  readonly timeoutMs?: number;
}

/** Connections are kept, so that a mass event does not use up the sessions that a source may open each second. */
const agent = new Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 2, timeout: 5_000 });

/** A listener on every address answers on loopback too. */
const reachable = (host: string): string =>
  host === '0.0.0.0' ? '127.0.0.1' : host.replace(/^(\[::\]|::)$/, '::1');

function fetchMarker(
  listener: NoticeListener,
  hostname: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const take = (response: IncomingMessage): void => {
      const value = response.headers[markerHeader.toLowerCase()];
      // Read to the end, so that the connection can be used again; errors after the head change nothing.
      response.on('error', () => undefined).resume();
      resolve(typeof value === 'string' ? value : undefined);
    };
    const host = reachable(listener.host);
    const headers = { host: hostname, accept: 'text/plain', 'user-agent': 'detour-publisher' };
    get({ host, port: listener.port, path: '/', headers, agent, signal }, take).on('error', reject);
  });
}

/**
 * Makes the check that every listener of the notice plane answers for a site with this generation or a newer one,
 * proved by the marker's signature. Without any listener nothing is live. Rejects when a listener cannot be reached.
 */
export function openNoticeLiveness(
  options: NoticeLivenessOptions,
): (site: string, hostname: string, generation: number, signal: AbortSignal) => Promise<boolean> {
  const { listeners, publicKey, timeoutMs = 2_000 } = options;
  return async (site, hostname, generation, signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const values = await Promise.all(
      listeners().map((listener) => fetchMarker(listener, hostname, limit)),
    );
    const markers = values.map((value) =>
      value === undefined ? undefined : readMarker(value, publicKey),
    );
    return (
      markers.length > 0 &&
      markers.every((marker) => marker?.site === site && marker.generation >= generation)
    );
  };
}
