import { type EpochMs, second } from '../lib/time.ts';

/** What goes into an answer's head. Every value is plain header text already. */
export interface AnswerParts {
  readonly status: number;
  readonly statusText: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly hasRetryAfter: boolean;
  readonly isClose: boolean;
  readonly body: Buffer;
}

/** Width of an IMF-fixdate (RFC 9110 5.6.7). */
const datePlace = '-'.repeat(29);
const retryPlace = '9999';
const blank = 0x20;

/** RFC 9110 10.2.3: whole seconds, padded in front with the blanks that a field value may begin with. */
const retryDigits: readonly Buffer[] = Array.from({ length: 3_601 }, (_, seconds) =>
  Buffer.from(String(seconds).padStart(retryPlace.length, ' ')),
);

let dateSecond = -1;
let dateBytes: Buffer = Buffer.alloc(0);

function dateOf(epochSecond: number): Buffer {
  if (epochSecond !== dateSecond) {
    dateSecond = epochSecond;
    dateBytes = Buffer.from(new Date(epochSecond * second).toUTCString());
  }
  return dateBytes;
}

/**
 * One answer as the bytes that go on the wire, built once. The two fields that change, Date and Retry-After,
 * have fixed places of fixed width in them and are written over when the answer is taken:
 * no text is put together and nothing is copied on the path of a request.
 */
export class PreparedAnswer {
  readonly status: number;
  readonly #whole: Buffer;
  readonly #head: Buffer;
  readonly #dateAt: number;
  readonly #retryAt: number;
  #second = -1;

  constructor({ status, statusText, fields, hasRetryAfter, isClose, body }: AnswerParts) {
    const lines = [
      `HTTP/1.1 ${status} ${statusText}`,
      `Date: ${datePlace}`,
      ...(hasRetryAfter ? [`Retry-After: ${retryPlace}`] : []),
      ...fields.map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${body.length}`,
      ...(isClose ? ['Connection: close'] : []),
      '\r\n',
    ];
    const head = Buffer.from(lines.join('\r\n'), 'latin1');
    this.status = status;
    this.#whole = Buffer.concat([head, body]);
    this.#head = this.#whole.subarray(0, head.length);
    this.#dateAt = head.indexOf(datePlace);
    this.#retryAt = hasRetryAfter ? head.indexOf(retryPlace) : -1;
  }

  /**
   * The bytes to send now, without the body for HEAD. They are shared: a socket that has not yet sent its head
   * may send a later answer's Date and Retry-After, which are as true as its own.
   */
  bytes(isHead: boolean, now: EpochMs, retryAfterSeconds: number): Buffer {
    const nowSecond = Math.floor(now / second);
    if (nowSecond !== this.#second) {
      this.#second = nowSecond;
      this.#whole.set(dateOf(nowSecond), this.#dateAt);
    }
    const digits = retryDigits[retryAfterSeconds];
    if (this.#retryAt !== -1 && digits !== undefined) {
      // Four plain stores: `set` between buffers costs more than all of them.
      for (let at = 0; at < retryPlace.length; at += 1) {
        this.#whole[this.#retryAt + at] = digits[at] ?? blank;
      }
    }
    return isHead ? this.#head : this.#whole;
  }
}
