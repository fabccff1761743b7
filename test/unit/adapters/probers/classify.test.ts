import { describe, expect, it } from 'vitest';
import { PinBrokenError } from '../../../../src/adapters/pinned-http/pinned-fetch.ts';
import { judgeError, judgeTimeout } from '../../../../src/adapters/probers/classify.ts';

const failure = (code: string): Error => Object.assign(new Error('some words'), { code });

describe('an error of a probe', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPERM', 'ENETDOWN'])(
    '%s is our own trouble at any stage',
    (code) => {
      for (const stage of ['connect', 'tls', 'response', 'body'] as const) {
        expect(judgeError(failure(code), stage)).toEqual({
          outcome: 'inconclusive',
          reason: 'local-error',
          detail: code,
        });
      }
    },
  );

  it.each([
    ['ECONNREFUSED', 'connect', 'refused'],
    ['EHOSTUNREACH', 'connect', 'unreachable'],
    ['ENETUNREACH', 'connect', 'unreachable'],
    ['ETIMEDOUT', 'connect', 'connect-timeout'],
    ['ETIMEDOUT', 'body', 'body-timeout'],
    ['ECONNRESET', 'tls', 'tls-failed'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'tls', 'tls-failed'],
    ['EPROTO', 'tls', 'tls-failed'],
    ['ECONNRESET', 'response', 'reset'],
    ['EPIPE', 'response', 'reset'],
    ['ERR_HTTP_CONTENT_LENGTH_MISMATCH', 'body', 'reset'],
    ['HPE_HEADER_OVERFLOW', 'response', 'bad-response'],
    ['HPE_INVALID_CHUNK_SIZE', 'body', 'bad-response'],
  ] as const)('%s while waiting for %s means %s', (code, stage, reason) => {
    expect(judgeError(failure(code), stage)).toEqual({ outcome: 'fail', reason, detail: code });
  });

  it('that nobody knows says nothing about the site', () => {
    expect(judgeError(new TypeError('a mistake of ours'), 'response')).toEqual({
      outcome: 'inconclusive',
      reason: 'local-error',
      detail: 'a mistake of ours',
    });
  });

  it('says nothing about the site when the connection went elsewhere', () => {
    const error = new PinBrokenError('Connected to 192.0.2.66 instead of 192.0.2.10');

    expect(judgeError(error, 'body')).toMatchObject({ outcome: 'inconclusive' });
  });
});

describe('a time-out', () => {
  it('is named after what the probe was waiting for', () => {
    expect(judgeTimeout('connect', 300).reason).toBe('connect-timeout');
    expect(judgeTimeout('tls', 300).reason).toBe('tls-timeout');
    expect(judgeTimeout('response', 300).reason).toBe('response-timeout');
    expect(judgeTimeout('body', 300)).toEqual({
      outcome: 'fail',
      reason: 'body-timeout',
      detail: 'nothing more within 300 ms',
    });
  });
});
