import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/lib/log.ts';
import { rotatedTicketKeys } from '../../../src/notice/tls/ticket-keys.ts';
import { WorkerPool } from '../../../src/notice/worker-pool.ts';
import { FakeWorkerProcess } from '../../fakes/worker-process.ts';
import { until } from '../../support/until.ts';

const listening = { http: [{ host: '127.0.0.1', port: 8080 }], https: [] };

const good = () => new FakeWorkerProcess(({ act }) => ({ value: `${act} done` }));
const deaf = () => new FakeWorkerProcess(() => undefined);
const broken = () =>
  new FakeWorkerProcess(({ act }) => (act === 'start' ? { problem: 'no port' } : {}));

/** A pool whose workers are these, in the order in which it starts them; then good ones. */
function poolOf(
  count: number,
  planned: readonly FakeWorkerProcess[] = [],
  { startWithinMs = 20 }: { readonly startWithinMs?: number } = {},
) {
  const started: FakeWorkerProcess[] = [];
  const pool = new WorkerPool({
    count,
    setup: {
      ...{ handover: '/handover', version: '1', workers: count + 1, logLevel: 'info' },
      ...{ unknownNames: 'neutral', neutral: { cert: '', key: '' } },
    },
    ticketKeys: rotatedTicketKeys(),
    log: silentLog,
    fork: () => {
      const worker = planned[started.length] ?? good();
      started.push(worker);
      return worker;
    },
    startWithinMs,
    replaceAfterMs: 1,
  });
  return { pool, started };
}

describe('the pool of notice workers', () => {
  it('tells each worker where to serve, and asks all of them', async () => {
    const { pool, started } = poolOf(2);
    await using _ = pool;
    await pool.start(listening);

    expect(await pool.ask('status')).toEqual(['status done', 'status done']);
    expect(started.map(({ asked }) => asked[0])).toEqual([
      expect.objectContaining({
        setup: expect.objectContaining({ ...listening, name: 'notice-1' }),
      }),
      expect.objectContaining({
        setup: expect.objectContaining({ ...listening, name: 'notice-2' }),
      }),
    ]);
  });

  it.each([
    ['never says that it serves', deaf],
    ['cannot serve', broken],
  ])('serves with the others when one %s, ends that one and starts another', async (_, bad) => {
    const { pool, started } = poolOf(2, [bad()]);
    await using __ = pool;

    await pool.start(listening);

    expect(started[0]?.hasEnded).toBe(true);
    expect(await pool.ask('status')).toContain('status done');
    await until('the one in its place', async () => (await pool.ask('status')).length === 2);
    expect(started).toHaveLength(3);
  });

  it('never asks a worker that has not yet said that it serves', async () => {
    const slow = deaf();
    const { pool } = poolOf(1, [slow]);
    await using _ = pool;
    const starting = pool.start(listening);

    expect(await pool.ask('status')).toEqual([]);
    await starting;
    expect(slow.asked.map(({ act }) => act)).toEqual(['start']);
  });

  it('starts another for one that ends unasked, with the ticket keys of now', async () => {
    const { pool, started } = poolOf(1);
    await using _ = pool;
    await pool.start(listening);
    const keys = rotatedTicketKeys();
    await pool.useTicketKeys(keys);

    started[0]?.crash();

    await until('the one in its place', async () => (await pool.ask('status')).length === 1);
    expect(started[1]?.asked[0]).toMatchObject({
      setup: { ticketKeys: keys.map((key) => key.toString('base64')) },
    });
  });

  it('ends every worker when it ends, those that are still starting included, and starts none again', async () => {
    const { pool, started } = poolOf(2, [good(), deaf()], { startWithinMs: 30_000 });
    const starting = pool.start(listening);
    await until('the first to serve', async () => (await pool.ask('status')).length === 1);

    await pool[Symbol.asyncDispose]();
    await starting;

    expect(started.map(({ hasEnded }) => hasEnded)).toEqual([true, true]);
  });
});
