import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ProbePhases } from '../../core/probe-result.ts';

/** How far a connection got; what it was waiting for when it ended. */
export type Stage = 'connect' | 'tls' | 'response' | 'body';

/** What the other side showed in the handshake. */
export interface SeenCertificate {
  /** End of its validity, as the certificate words it. */
  readonly ends: string;
  /** Why it would not be trusted, such as `CERT_HAS_EXPIRED`. */
  readonly problem?: string;
}

/**
 * Follows one connection and notes when each phase ended, on the monotonic clock:
 * the times that got keeps are wall-clock times and jump with every clock step.
 */
export class Trail {
  readonly #monotonicMs: () => number;
  readonly startedAtMs: number;
  #stage: Stage = 'connect';
  #connectedAt: number | undefined;
  #securedAt: number | undefined;
  #answeredAt: number | undefined;
  #endedAt: number | undefined;
  #socket: Socket | undefined;
  #certificate: SeenCertificate | undefined;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.startedAtMs = monotonicMs();
  }

  get stage(): Stage {
    return this.#stage;
  }

  get socket(): Socket | undefined {
    return this.#socket;
  }

  get certificate(): SeenCertificate | undefined {
    return this.#certificate;
  }

  /** Watches the socket of this one attempt, and gives it back. */
  follow<Followed extends Socket>(socket: Followed): Followed {
    const isSecure = socket instanceof TLSSocket;
    this.#socket = socket;
    socket.once('connect', () => {
      this.#connectedAt = this.#monotonicMs();
      this.#stage = isSecure ? 'tls' : 'response';
    });
    if (isSecure) {
      socket.once('secureConnect', () => {
        this.#securedAt = this.#monotonicMs();
        this.#stage = 'response';
        // Now or never: a closed connection no longer shows it.
        this.#certificate = readCertificate(socket);
      });
    }
    return socket;
  }

  answered(): void {
    this.#answeredAt = this.#monotonicMs();
    this.#stage = 'body';
  }

  ended(): void {
    this.#endedAt = this.#monotonicMs();
  }

  /** Milliseconds since the attempt began. */
  elapsedMs(): number {
    return this.#monotonicMs() - this.startedAtMs;
  }

  phases(): ProbePhases {
    const ready = this.#securedAt ?? this.#connectedAt;
    return {
      ...span('connectMs', this.startedAtMs, this.#connectedAt),
      ...span('tlsMs', this.#connectedAt, this.#securedAt),
      ...span('firstByteMs', ready, this.#answeredAt),
      ...span('transferMs', this.#answeredAt, this.#endedAt),
    };
  }
}

function readCertificate(socket: TLSSocket): SeenCertificate | undefined {
  const ends = socket.getPeerX509Certificate()?.validTo;
  // Node gives the code as a string, whatever its types say, and null when all is well.
  const problem: unknown = socket.authorizationError;
  return ends === undefined
    ? undefined
    : { ends, ...(problem ? { problem: String(problem) } : {}) };
}

function span(
  name: keyof ProbePhases,
  from: number | undefined,
  to: number | undefined,
): ProbePhases {
  return from === undefined || to === undefined ? {} : { [name]: to - from };
}
