import { markerHeader } from '../ports/snapshot.ts';
import { PreparedAnswer } from './prepared-answer.ts';

const refusals = [
  [400, 'Bad Request'],
  [414, 'URI Too Long'],
  [421, 'Misdirected Request'],
  [431, 'Request Header Fields Too Large'],
] as const;

/** Why a request gets no notice: it cannot be read, or it came to the wrong certificate. */
export type RefusalStatus = (typeof refusals)[number][0];

/** The answers to requests that are not answered with a notice: neutral, and signed so that nobody takes them for the origin's. */
export function refusalAnswers(neutralMarker: string): ReadonlyMap<number, PreparedAnswer> {
  return new Map(
    refusals.map(([status, statusText]) => [
      status,
      new PreparedAnswer({
        status,
        statusText,
        fields: [
          ['Content-Type', 'text/plain; charset=utf-8'],
          ['Cache-Control', 'no-store'],
          ['X-Robots-Tag', 'noindex'],
          ['X-Content-Type-Options', 'nosniff'],
          ...(neutralMarker === '' ? [] : [[markerHeader, neutralMarker] as const]),
        ],
        hasRetryAfter: false,
        isClose: true,
        body: Buffer.from(`${statusText}\n`),
      }),
    ]),
  );
}

/** A token file's text as the answer to an ACME HTTP-01 challenge (RFC 8555 8.3): the one 200 that is not a site's own choice. */
export function acmeAnswer(text: Buffer): PreparedAnswer {
  return new PreparedAnswer({
    status: 200,
    statusText: 'OK',
    fields: [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    hasRetryAfter: false,
    isClose: true,
    body: text,
  });
}
