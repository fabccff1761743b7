import { get as getOverHttp, type IncomingMessage } from 'node:http';
import { get as getOverHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import { errorChain } from '../../lib/errors.ts';
import { markerHeader } from '../../ports/snapshot.ts';
import { reachableHost } from './notice-liveness.ts';
import { type ShownCertificate, whyUnlike } from './shown-certificate.ts';
import type { PassageProblem, SiteDoor } from './snapshot/passage-looks.ts';

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
type Look =
  | { readonly is: 'answered'; readonly place: string; readonly sight: Sight }
  | { readonly is: 'dead' | 'cut'; readonly place: string; readonly why: string };

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

/** What is wrong with an answer, beside what the site itself answers now; undefined when it can only be the origin's. */
function judge(sight: Sight, own: Sight | undefined, hostname: string): string | undefined {
  if (sight.isNotice) {
    return sight.status === 502
      ? 'does not reach the origin'
      : 'shows a notice and does not pass visitors on';
  }
  // A notice server that was never given a snapshot has no key to sign its answer with.
  if (sight.status >= 500 && (own === undefined || own.status < 500)) {
    return `answers with status ${sight.status}, which the site itself does not`;
  }
  return sight.certificate === undefined || own?.certificate === undefined
    ? undefined
    : whyUnlike(sight.certificate, own.certificate, hostname);
}

async function lookAt(door: Doorway, asking: Asking): Promise<Look> {
  const place = `${door.host}:${door.port}`;
  try {
    return { is: 'answered', place, sight: await ask(door, asking) };
  } catch (error) {
    const words = errorChain(error);
    return error instanceof CutShort
      ? { is: 'cut', place, why: `ends the connection without an answer (${words})` }
      : { is: 'dead', place, why: `takes no connection (${words})` };
  }
}

/** What the site itself shows now, before anything moves; undefined when it cannot be seen from here. */
async function lookAtSite({ address, port }: SiteDoor, asking: Asking): Promise<Sight | undefined> {
  return await ask({ host: address, port }, asking).catch(() => undefined);
}

function whyWrong(look: Look, own: Sight | undefined, hostname: string): string | undefined {
  const why = look.is === 'answered' ? judge(look.sight, own, hostname) : look.why;
  return why === undefined ? undefined : `${look.place} ${why}`;
}

/**
 * Makes the check that the notice plane passes the visitors of a healthy site on to its origin, over each protocol that
 * they use: what answers bears no marker of a notice, and over TLS shows the certificate that the site itself shows.
 * A listener that answers otherwise decides; one that takes no connection counts as for a notice.
 */
export function openPassageCheck(options: PassageCheckOptions): PassageProblem {
  const { listeners, required = (): 'all' => 'all', timeoutMs = 2_000 } = options;
  const over = async (
    door: SiteDoor,
    { hostname, isTls }: Pick<Asking, 'hostname' | 'isTls'>,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const doors = isTls ? listeners().https : listeners().http;
    if (doors.length === 0) {
      return 'no listener of the notice plane speaks it, and its visitors do';
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const asking = { hostname, isTls, signal: limit };
    const [own, looks] = await Promise.all([
      lookAtSite(door, asking),
      Promise.all(doors.map((each) => lookAt(each, asking))),
    ]);
    const [alive, dead] = [
      looks.filter(({ is }) => is !== 'dead'),
      looks.filter(({ is }) => is === 'dead'),
    ];
    const counted = required() === 'any' && alive.length > 0 ? alive : [...alive, ...dead];
    return counted.map((look) => whyWrong(look, own, hostname)).find((why) => why !== undefined);
  };
  return async ({ hostname, plain, secure }, signal) => {
    for (const [door, isTls] of [
      [plain, false],
      [secure, true],
    ] as const) {
      const why = door === undefined ? undefined : await over(door, { hostname, isTls }, signal);
      if (why !== undefined) {
        return `over ${isTls ? 'HTTPS' : 'HTTP'}, ${why}`;
      }
    }
    return undefined;
  };
}
