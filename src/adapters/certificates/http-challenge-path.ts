import type { Site } from '../../core/site.ts';
import { second } from '../../lib/time.ts';
import type { ChallengePath } from '../../ports/certificate-authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Challenge } from '../../ports/snapshot.ts';
import { AttemptLimit } from '../pinned-http/attempt-limit.ts';
import { fetchPinned } from '../pinned-http/pinned-fetch.ts';

export interface HttpChallengePathOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  /** Authorities ask at port 80 and no other (RFC 8555 8.3); a test authority may be told another. */
  readonly port?: number;
}

/** One question at one address. */
const lookMs = 3 * second;

/** Asks at the site's own addresses, over plain HTTP, as the hostname; no name is resolved. */
export class HttpChallengePath implements ChallengePath {
  readonly #options: HttpChallengePathOptions;

  constructor(options: HttpChallengePathOptions) {
    this.#options = options;
  }

  async isAnswered(
    { addresses }: Site,
    hostname: string,
    challenge: Challenge,
    signal: AbortSignal,
  ): Promise<boolean> {
    const looks = await Promise.all(
      addresses.map((address) => this.#look(address, hostname, challenge, signal)),
    );
    return looks.length > 0 && looks.every((isRight) => isRight);
  }

  async #look(
    address: string,
    hostname: string,
    { token, answer }: Challenge,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, userAgent, port = 80 } = this.#options;
    using limit = new AttemptLimit(clock, lookMs, signal);
    const { head, body } = await fetchPinned({
      url: new URL(`http://${hostname}:${port}/.well-known/acme-challenge/${token}`),
      address,
      userAgent,
      signal: limit.signal,
      monotonicMs: () => clock.monotonicMs(),
      wantsBody: ({ status }) => status === 200,
    });
    return head?.status === 200 && body.toString().trimEnd() === answer;
  }
}
