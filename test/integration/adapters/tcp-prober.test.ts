import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { TcpProber } from '../../../src/adapters/probers/tcp/tcp-prober.ts';
import type { ProbeResult } from '../../../src/core/probe-result.ts';
import { serveTcp } from '../../fakes/loopback-server.ts';
import { probeTarget } from '../../fakes/probe-target.ts';

const prober = new TcpProber({ clock: openSystemClock() });
const never = new AbortController().signal;

/** A server whose backlog of one is never taken from: the kernel leaves further connections unanswered. */
const stuckServer = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    parentPort.once('message', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000));
  });
`;

describe('a TCP probe', () => {
  it('passes when the connection is taken, sends nothing and hangs up', async () => {
    const ended = Promise.withResolvers<number>();
    await using server = await serveTcp((socket) => {
      let bytes = 0;
      socket.on('data', (data) => {
        bytes += data.length;
      });
      socket.once('close', () => ended.resolve(bytes));
    });

    const result = await prober.probe(probeTarget({ type: 'tcp', port: server.port }), never);

    expect(result).toMatchObject({ outcome: 'pass', reason: 'ok' });
    expect(Object.keys(result.phases)).toEqual(['connectMs']);
    expect(await ended.promise).toBe(0);
  });

  it('reaches IPv6 addresses', async () => {
    await using server = await serveTcp(() => undefined, '::1');
    const target = probeTarget({ type: 'tcp', port: server.port }, { address: '::1' });

    expect(await prober.probe(target, never)).toMatchObject({ outcome: 'pass' });
  });

  it('uses the path to the origin', async () => {
    await using server = await serveTcp(() => undefined, '127.0.0.3');
    const spec = { type: 'tcp', port: server.port } as const;
    const origin = { address: '127.0.0.3' };

    const over = await prober.probe(probeTarget(spec, { path: 'origin', origin }), never);
    const beside = await prober.probe(probeTarget(spec, { origin }), never);

    expect(over).toMatchObject({ outcome: 'pass' });
    expect(beside).toMatchObject({ outcome: 'fail', reason: 'refused' });
  });

  it('fails as connect-timeout when all workers are taken and the backlog is full', async () => {
    const worker = new Worker(stuckServer, { eval: true });
    const [port]: unknown[] = await once(worker, 'message');
    worker.postMessage('stop taking');
    const results: ProbeResult[] = [];
    // The first few fill the backlog; the kernel decides how many that are.
    for (let index = 0; index < 6; index += 1) {
      const target = probeTarget({ type: 'tcp', port: Number(port), timeoutMs: 250 });
      results.push(await prober.probe(target, never));
    }
    await worker.terminate();

    expect(results.at(-1)).toMatchObject({ outcome: 'fail', reason: 'connect-timeout' });
    expect(results.at(-1)?.latencyMs).toBeLessThan(1_000);
  });

  it('blames itself for a probe without a port, a way or a source address of its own', async () => {
    const spec = { type: 'tcp', port: 9 } as const;
    const origin = { sourceAddress: '203.0.113.7' };
    const results = [
      await prober.probe(probeTarget({ type: 'tcp' }), never),
      await prober.probe(probeTarget(spec, { path: 'origin' }), never),
      await prober.probe(probeTarget(spec, { path: 'origin', origin }), never),
      await prober.probe(probeTarget({ type: 'tcp', port: 99_999 }), never),
    ];

    for (const result of results) {
      expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'local-error' });
    }
  });
});
