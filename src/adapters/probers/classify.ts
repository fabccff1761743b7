import type { ProbeOutcome, ProbeReason } from '../../core/probe-result.ts';
import { PinBrokenError } from '../pinned-http/pinned-fetch.ts';
import type { Stage } from '../pinned-http/trail.ts';

export interface Judgement {
  readonly outcome: ProbeOutcome;
  readonly reason: ProbeReason;
  readonly detail?: string;
}

/**
 * Errors that say something about this host, not about the site: no descriptors, ports, memory or rights left,
 * a source address that is not ours, an address family we do not have, an interface that is down.
 */
const localCodes = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EACCES',
  'EPERM',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENETDOWN',
]);

/**
 * A router or the kernel says there is no way to the site. Our own uplink may be the cause, but so may the site's network:
 * it counts as a failure, and the isolation brake answers for our uplink.
 */
const unreachableCodes = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);

/** The connection was cut, before the answer or in the middle of it. */
const lostCodes = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTCONN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
]);

const timeoutReasons = {
  connect: 'connect-timeout',
  tls: 'tls-timeout',
  response: 'response-timeout',
  body: 'body-timeout',
} as const satisfies Record<Stage, ProbeReason>;

/** What it means that the time ran out at a stage. */
export function judgeTimeout(stage: Stage, timeoutMs: number): Judgement {
  return {
    outcome: 'fail',
    reason: timeoutReasons[stage],
    detail: `nothing more within ${timeoutMs} ms`,
  };
}

/** What an error of the network, TLS or HTTP means. An error that nobody here knows says nothing about the site. */
export function judgeError(error: Error, stage: Stage): Judgement {
  const code = codeOf(error);
  const detail = code === '' ? error.message : code;
  if (error instanceof PinBrokenError || localCodes.has(code)) {
    return { outcome: 'inconclusive', reason: 'local-error', detail };
  }
  const reason = reasonOf(code, stage);
  return reason === undefined
    ? { outcome: 'inconclusive', reason: 'local-error', detail }
    : { outcome: 'fail', reason, detail };
}

function reasonOf(code: string, stage: Stage): ProbeReason | undefined {
  if (code === 'ECONNREFUSED') {
    return 'refused';
  }
  if (unreachableCodes.has(code)) {
    return 'unreachable';
  }
  if (code === 'ETIMEDOUT') {
    return timeoutReasons[stage];
  }
  // Whatever ends a handshake, the visitor sees the same: no secure connection.
  if (stage === 'tls' || /^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code)) {
    return 'tls-failed';
  }
  if (lostCodes.has(code)) {
    return 'reset';
  }
  return /^(HPE_|ERR_HTTP_)/.test(code) ? 'bad-response' : undefined;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
