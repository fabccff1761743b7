import { get as getOverHttp, type IncomingMessage } from 'node:http';
import { get as getOverHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import { errorChain } from '../../lib/errors.ts';
import { markerHeader } from '../../ports/snapshot.ts';
import { reachableHost } from './notice-liveness.ts';
import { type ShownCertificate, whyUnlike } from './shown-certificate.ts';
import type { PassageProblem, PassedSite, SiteDoor } from './snapshot/passage-looks.ts';

/** One listener of a notice plane. */
export interface Doorway {
  readonly host: string;
  readonly port: number;
}

export interface PassageCheckOptions {
  /** Every listener that visitors may be sent to, asked anew for each look. */
  readonly listeners: () => {
    readonly http: readonly Doorway[];
    readonly https: readonly Doorway[];
  };
  /** Whether a listener that is out of reach keeps a route from moving, or only all of them. Default all must be in reach. */
  readonly required?: () => 'all' | 'any';
  /** One look at one listener. Default 2 s. */
  readonly timeoutMs?: number;
}

/** What a door showed: who answered, and over TLS by which certificate. */
interface Sight {
  readonly status: number;
  readonly isNotice: boolean;
  readonly certificate?: ShownCertificate;
}

/** A door that takes no connection leads no visitor astray; routers leave such a node out by themselves. */
type Look = { readonly is: 'passed' } | { readonly is: 'dead' | 'wrong'; readonly why: string };

interface Asking {
  readonly hostname: string;
  readonly isTls: boolean;
  readonly signal: AbortSignal;
}

/** The error of a connection that was made and then failed: somebody is there. */
class CutShort extends Error {
  override readonly name = 'CutShort';
}

function certificateOf({ socket }: IncomingMessage): ShownCertificate | undefined {
  const leaf = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return leaf === undefined || !(socket instanceof TLSSocket)
    ? undefined
    : { leaf, isTrusted: socket.authorized };
}

/** Asks one door on a connection of its own, as a visitor of the hostname would, and takes any certificate. */
function ask(door: Doorway, { hostname, isTls, signal }: Asking): Promise<Sight> {
  return new Promise((resolve, reject) => {
    const options = {
      host: reachableHost(door.host),
      port: door.port,
      path: '/',
      headers: { host: hostname, accept: 'text/plain', 'user-agent': 'detour-publisher' },
      agent: false,
      signal,
    } as const;
    const take = (response: IncomingMessage): void => {
      const certificate = certificateOf(response);
      // The head says who answers; whatever comes after it, an error too, changes nothing.
      response.on('error', () => undefined).destroy();
      resolve({
        status: response.statusCode ?? 0,
        // Whoever signed it: only notices bear one.
        isNotice: response.headers[markerHeader.toLowerCase()] !== undefined,
        ...(certificate === undefined ? {} : { certificate }),
      });
    };
    let isConnected = false;
    const tls = { servername: hostname, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] };
    const request = isTls ? getOverHttps({ ...options, ...tls }, take) : getOverHttp(options, take);
    request.on('socket', (socket) => socket.once('connect', () => (isConnected = true)));
    request.on('error', (error) =>
      reject(isConnected ? new CutShort(error.message, { cause: error }) : error),
    );
  });
}

function judge(sight: Sight, origin: Sight | undefined, hostname: string): string | undefined {
  if (sight.isNotice) {
    return sight.status === 502
      ? 'does not reach the origin'
      : 'shows a notice and does not pass visitors on';
  }
  if (sight.certificate === undefined || origin?.certificate === undefined) {
    return undefined;
  }
  return whyUnlike(sight.certificate, origin.certificate, hostname);
}

async function lookAt(door: Doorway, asking: Asking, origin: Sight | undefined): Promise<Look> {
  const place = `${door.host}:${door.port}`;
  try {
    const why = judge(await ask(door, asking), origin, asking.hostname);
    return why === undefined ? { is: 'passed' } : { is: 'wrong', why: `${place} ${why}` };
  } catch (error) {
    const words = errorChain(error);
    return error instanceof CutShort
      ? { is: 'wrong', why: `${place} ends the connection without an answer (${words})` }
      : { is: 'dead', why: `${place} takes no connection (${words})` };
  }
}

/** What the site itself shows now, before anything moves; undefined when it cannot be seen from here. */
async function lookAtSite(door: SiteDoor, asking: Asking): Promise<Sight | undefined> {
  return await ask({ host: door.address, port: door.port }, asking).catch(() => undefined);
}

function verdictOf(looks: readonly Look[], required: 'all' | 'any'): string | undefined {
  const whys = (is: 'dead' | 'wrong'): readonly string[] =>
    looks.flatMap((look) => (look.is === is ? [look.why] : []));
  const dead = whys('dead');
  const isDeadEnough = required === 'all' || dead.length === looks.length;
  return whys('wrong')[0] ?? (isDeadEnough ? dead[0] : undefined);
}

/**
 * Makes the check that the notice plane passes the visitors of a healthy site on to its origin, over each protocol that
 * they use: what answers bears no marker of a notice, and over TLS shows the certificate that the site itself shows.
 * A listener that answers otherwise decides; one that takes no connection counts as for a notice.
 */
export function openPassageCheck(options: PassageCheckOptions): PassageProblem {
  const { listeners, required = (): 'all' => 'all', timeoutMs = 2_000 } = options;
  const over = async (
    isTls: boolean,
    { hostname, secure }: PassedSite,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const doors = isTls ? listeners().https : listeners().http;
    const protocol = isTls ? 'HTTPS' : 'HTTP';
    if (doors.length === 0) {
      return `its visitors use ${protocol}, and no listener of the notice plane speaks it`;
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const asking = { hostname, isTls, signal: limit };
    const origin = isTls && secure !== undefined ? await lookAtSite(secure, asking) : undefined;
    const looks = await Promise.all(doors.map((door) => lookAt(door, asking, origin)));
    const why = verdictOf(looks, required());
    return why === undefined ? undefined : `${why} over ${protocol}`;
  };
  return async (site, signal) =>
    (site.isOverHttp ? await over(false, site, signal) : undefined) ??
    (site.secure === undefined ? undefined : await over(true, site, signal));
}
