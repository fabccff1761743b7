import type { KeyObject } from 'node:crypto';
import type { Site } from '../../../core/site.ts';
import { familyOf } from '../../../lib/ip.ts';
import { readMarker } from '../../../lib/marker.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { DataPath, PathLook, PathSight } from '../../../ports/data-path.ts';
import { markerHeader } from '../../../ports/snapshot.ts';
import { noticeDoors, type WebDoor, webDoors } from '../../../ports/web-doors.ts';
import { AttemptLimit } from '../../pinned-http/attempt-limit.ts';
import { fetchPinned, type PinnedAnswer } from '../../pinned-http/pinned-fetch.ts';

export interface HttpDataPathOptions {
  readonly clock: Clock;
  /** Checks markers. */
  readonly markerKey: KeyObject;
  readonly userAgent: string;
  /** The whole look, from connect to the head of the answer; defaults to 2 s. */
  readonly timeoutMs?: number;
  /** Ports at which the notice plane answers everybody over TLS, asked anew for each look. */
  readonly securePorts: () => ReadonlySet<number>;
}

/** A look is repeated until it shows what is expected, so one that hangs must give way to the next. */
const defaultTimeoutMs = 2_000;

/**
 * Looks by one GET of `/` to the site's own address, as its first hostname, by each door that its probes speak of. Over
 * HTTPS any certificate will do: the marker proves a notice, and whether browsers take its certificate is for readiness.
 */
export class HttpDataPath implements DataPath {
  readonly #options: HttpDataPathOptions;

  constructor(options: HttpDataPathOptions) {
    this.#options = options;
  }

  async look(
    { site, address, expect }: PathLook,
    signal: AbortSignal,
  ): Promise<readonly PathSight[]> {
    const doors =
      expect === 'notice' ? noticeDoors(site, this.#options.securePorts()) : webDoors(site);
    return await Promise.all(doors.map((door) => this.#lookBy(door, { site, address }, signal)));
  }

  async #lookBy(
    door: WebDoor,
    { site, address }: Omit<PathLook, 'expect'>,
    signal: AbortSignal,
  ): Promise<PathSight> {
    const { clock, markerKey, userAgent, timeoutMs = defaultTimeoutMs } = this.#options;
    const url = lookUrl(site, address, door);
    if (url === undefined) {
      return { isAnswered: false, detail: 'the site has no usable hostname' };
    }
    using limit = new AttemptLimit(clock, timeoutMs, signal);
    const answer = await fetchPinned({
      url,
      address,
      userAgent,
      signal: limit.signal,
      monotonicMs: () => clock.monotonicMs(),
      // The head says who answers; whatever the body is, it does not matter here.
      wantsBody: () => false,
    });
    const sight = sightOf(answer, markerKey, limit);
    return door.isTls ? { ...sight, detail: `${sight.detail} (over HTTPS)` } : sight;
  }
}

function sightOf(answer: PinnedAnswer, markerKey: KeyObject, limit: AttemptLimit): PathSight {
  const { head, error, trail } = answer;
  if (head === undefined || error !== undefined) {
    const isOver = limit.ending === 'expired';
    const why = isOver ? `nothing in time at ${trail.stage}` : (error?.message ?? 'closed');
    return { isAnswered: false, detail: `no answer: ${why}` };
  }
  const value = head.headers[markerHeader.toLowerCase()];
  if (typeof value !== 'string') {
    return { isAnswered: true, detail: `status ${head.status} without a marker` };
  }
  const marker = readMarker(value, markerKey);
  return marker === undefined
    ? { isAnswered: true, detail: `status ${head.status} with a marker that is not ours` }
    : {
        isAnswered: true,
        marker,
        detail: `status ${head.status}, notice of ${marker.site}, generation ${marker.generation}`,
      };
}

function lookUrl(site: Site, address: string, { isTls, port }: WebDoor): URL | undefined {
  const literal = familyOf(address) === 'ipv6' ? `[${address}]` : address;
  const text = `${isTls ? 'https' : 'http'}://${site.hostnames[0] ?? literal}:${port}/`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
