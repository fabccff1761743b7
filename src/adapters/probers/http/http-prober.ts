import type { KeyObject } from 'node:crypto';
import type { Marker, ProbeResult } from '../../../core/probe-result.ts';
import type { ProbeSpec } from '../../../core/site.ts';
import { readMarker } from '../../../lib/marker.ts';
import { day, type EpochMs } from '../../../lib/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Prober, ProbeTarget } from '../../../ports/prober.ts';
import { markerHeader } from '../../../ports/snapshot.ts';
import { AttemptLimit } from '../../pinned-http/attempt-limit.ts';
import {
  fetchPinned,
  type PinnedAnswer,
  type ResponseHead,
} from '../../pinned-http/pinned-fetch.ts';
import { type Judgement, judgeError, judgeTimeout } from '../classify.ts';
import { probeRoute } from '../probe-route.ts';
import { bodyMatches } from './body-match.ts';

export interface HttpProberOptions {
  readonly clock: Clock;
  /** Checks markers; undefined before the first key exists, when no answer can be our own. */
  readonly markerKey?: KeyObject;
  readonly userAgent: string;
}

/**
 * Passes when the site's address answers a GET with an expected status and body before the time is up.
 * The whole probe, body included, has `timeoutMs`; the reason of a time-out names the phase it was in.
 * Certificates are measured, not judged. Redirects are not followed: the status of the redirect itself is judged.
 */
export class HttpProber implements Prober {
  readonly #options: HttpProberOptions;

  constructor(options: HttpProberOptions) {
    this.#options = options;
  }

  async probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    const startedAtMs = clock.monotonicMs();
    using limit = new AttemptLimit(clock, target.spec.timeoutMs, signal);
    const order = this.#order(target);
    if (typeof order === 'string') {
      const latencyMs = clock.monotonicMs() - startedAtMs;
      const base = { startedAt, latencyMs, phases: {}, detail: order };
      return { outcome: 'inconclusive', reason: 'local-error', ...base };
    }
    let marker: Marker | undefined;
    const answer = await fetchPinned({
      ...order,
      userAgent: this.#options.userAgent,
      signal: limit.signal,
      monotonicMs: () => clock.monotonicMs(),
      wantsBody: (head): boolean => {
        marker = this.#ownMarker(head);
        return marker === undefined;
      },
    });
    const judgement = judge(target.spec, answer, limit, marker);
    return {
      ...judgement,
      startedAt,
      latencyMs: answer.trail.elapsedMs(),
      phases: answer.trail.phases(),
      ...(answer.head === undefined ? {} : { status: answer.head.status }),
      ...(marker === undefined ? {} : { marker }),
      ...certificateDays(answer.trail.certificate?.ends, startedAt),
    };
  }

  #order(target: ProbeTarget): { url: URL; address: string; localAddress?: string } | string {
    const { url } = target.spec;
    const route = probeRoute(target);
    if (url === undefined || !URL.canParse(url)) {
      return 'the probe has no usable URL';
    }
    return route === undefined ? 'the site has no origin path' : { url: new URL(url), ...route };
  }

  #ownMarker({ headers }: ResponseHead): Marker | undefined {
    const { markerKey } = this.#options;
    const value = headers[markerHeader.toLowerCase()];
    return markerKey === undefined || typeof value !== 'string'
      ? undefined
      : readMarker(value, markerKey);
  }
}

/** By this status and a marker of no diversion the notice plane says that it passes the site through and its origin took nothing. */
const notPassedStatus = 502;

function judge(
  spec: ProbeSpec,
  answer: PinnedAnswer,
  limit: AttemptLimit,
  marker: Marker | undefined,
): Judgement {
  const { error, head, trail } = answer;
  if (marker?.generation === 0 && head?.status === notPassedStatus) {
    const detail = 'the notice host did not reach the origin';
    return { outcome: 'fail', reason: 'not-passed', detail };
  }
  if (marker !== undefined) {
    const detail = `notice of ${marker.site}, generation ${marker.generation}`;
    return { outcome: 'inconclusive', reason: 'own-notice', detail };
  }
  if (error === undefined && head !== undefined) {
    return judgeAnswer(spec, head, answer);
  }
  if (limit.ending === 'expired') {
    return judgeTimeout(trail.stage, spec.timeoutMs);
  }
  if (limit.ending === 'cancelled') {
    return { outcome: 'inconclusive', reason: 'cancelled' };
  }
  return judgeError(error ?? new Error('No answer'), trail.stage);
}

function judgeAnswer(spec: ProbeSpec, head: ResponseHead, answer: PinnedAnswer): Judgement {
  const { status, headers } = head;
  const problem = answer.trail.certificate?.problem;
  const elsewhere = redirectElsewhere(head, spec.url);
  const words = [
    `status ${status}`,
    ...(elsewhere === undefined ? [] : [`redirect to ${elsewhere}`]),
    ...(problem === undefined ? [] : [problem]),
  ];
  const seen = words.join(', ');
  if (!spec.expect.status.some(([low, high]) => status >= low && status <= high)) {
    return {
      outcome: 'fail',
      reason: elsewhere === undefined ? 'status' : 'redirect-elsewhere',
      detail: seen,
    };
  }
  try {
    return bodyMatches(spec, answer.body, headers['content-type'] ?? '')
      ? { outcome: 'pass', reason: 'ok', detail: seen }
      : { outcome: 'fail', reason: 'body-mismatch', detail: seen };
  } catch {
    const detail = 'the expected body is not an RE2 pattern';
    return { outcome: 'inconclusive', reason: 'local-error', detail };
  }
}

/**
 * The other host a redirect points to, if it does. Whether a redirect passes is the expected status' affair alone:
 * many healthy sites send their bare name to `www`. Where it fails, pointing elsewhere (a parked domain, a portal) is the better reason.
 */
function redirectElsewhere(
  { status, headers }: ResponseHead,
  url: string | undefined,
): string | undefined {
  const { location } = headers;
  if (status < 300 || status > 399 || location === undefined || !URL.canParse(location, url)) {
    return undefined;
  }
  const { hostname } = new URL(location, url);
  const isSame = url !== undefined && hostname === new URL(url).hostname;
  return isSame || hostname === '' ? undefined : hostname.slice(0, 253);
}

function certificateDays(
  ends: string | undefined,
  now: EpochMs,
): Pick<ProbeResult, 'certificateDaysLeft'> {
  const at = ends === undefined ? Number.NaN : Date.parse(ends);
  return Number.isNaN(at) ? {} : { certificateDaysLeft: Math.floor((at - now) / day) };
}
