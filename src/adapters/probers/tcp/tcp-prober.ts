import { connect, type Socket } from 'node:net';
import type { ProbeResult } from '../../../core/probe-result.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Prober, ProbeTarget } from '../../../ports/prober.ts';
import { AttemptLimit } from '../../pinned-http/attempt-limit.ts';
import { Trail } from '../../pinned-http/trail.ts';
import { type Judgement, judgeError, judgeTimeout } from '../classify.ts';
import { probeRoute } from '../probe-route.ts';

/** Passes when the site's address takes a TCP connection on the port; nothing is sent or read. */
export class TcpProber implements Prober {
  readonly #clock: Clock;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const startedAt = this.#clock.now();
    const trail = new Trail(() => this.#clock.monotonicMs());
    using limit = new AttemptLimit(this.#clock, target.spec.timeoutMs, signal);
    const judgement = await attempt(target, trail, limit);
    const { outcome, reason, detail } = judgement;
    return {
      outcome,
      reason,
      startedAt,
      latencyMs: trail.elapsedMs(),
      phases: trail.phases(),
      ...(detail === undefined ? {} : { detail }),
    };
  }
}

async function attempt(target: ProbeTarget, trail: Trail, limit: AttemptLimit): Promise<Judgement> {
  const { port, timeoutMs } = target.spec;
  const route = probeRoute(target);
  if (port === undefined || route === undefined) {
    const detail = port === undefined ? 'the probe has no port' : 'the site has no origin path';
    return { outcome: 'inconclusive', reason: 'local-error', detail };
  }
  const { address, ...source } = route;
  try {
    limit.signal.throwIfAborted();
    const socket = connect({ host: address, port, ...source });
    trail.follow(socket);
    await connected(socket, limit.signal);
    return { outcome: 'pass', reason: 'ok' };
  } catch (error) {
    if (limit.ending === 'expired') {
      return judgeTimeout('connect', timeoutMs);
    }
    if (limit.ending === 'cancelled') {
      return { outcome: 'inconclusive', reason: 'cancelled' };
    }
    return judgeError(error instanceof Error ? error : new Error(String(error)), 'connect');
  }
}

function connected(socket: Socket, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(new Error('Ended'));
  socket.once('connect', resolve);
  // Stays on after the outcome is known: a late error must not end the process.
  socket.on('error', reject);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  });
}
