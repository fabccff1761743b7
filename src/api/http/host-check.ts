import { isIP } from 'node:net';
import { ApiProblem } from './problem.ts';
import type { ApiServer } from './server.ts';

/** The name in a Host header or an origin, without the port and brackets, in lower case. */
export function hostName(host: string): string {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@]+))(?::\d{1,5})?$/.exec(host);
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase().replace(/\.$/, '');
}

/**
 * True when a browser that was sent here by a foreign page cannot have chosen this host.
 * DNS rebinding needs a name; an IP address in Host means that the address itself was asked for.
 */
export function isOwnHost(host: string, hostnames: readonly string[]): boolean {
  const name = hostName(host);
  return name === 'localhost' || isIP(name) !== 0 || hostnames.includes(name);
}

function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Refuses requests under a foreign host name (DNS rebinding) and those that a page of another origin sends. */
export function guardHosts(app: ApiServer, hostnames: readonly string[]): void {
  const names = hostnames.map((name) => name.toLowerCase());
  app.addHook('onRequest', async (request) => {
    const host = request.headers.host ?? '';
    if (!isOwnHost(host, names)) {
      throw new ApiProblem(
        421,
        'foreign-host',
        'This host name is not one of ours. Use an IP address or localhost, or add the name to admin.hostnames.',
      );
    }
    const { origin } = request.headers;
    const isForeign = origin !== undefined && !isOwnOrigin(origin, host);
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
    if (isForeign || (isWrite && request.headers['sec-fetch-site'] === 'cross-site')) {
      throw new ApiProblem(
        403,
        'foreign-origin',
        'Pages of other origins may not use this API. Call it from a program, or from the page of Detour itself.',
      );
    }
  });
}
