import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../../fakes/api-bench.ts';

async function plan(
  bench: ApiBench,
  key: string,
  reason = 'patch day',
): Promise<LightMyRequestResponse> {
  return await bench.ask('operator', {
    method: 'POST',
    url: '/api/v1/maintenance',
    headers: { 'idempotency-key': key },
    payload: { sites: ['home01'], reason, endsAt: '2026-11-24T12:00:00Z' },
  });
}

async function windows(bench: ApiBench): Promise<number> {
  return (await bench.ask('viewer', { url: '/api/v1/maintenance' })).json().windows.length;
}

describe('a repeated write', () => {
  it('is done once and answered twice', async () => {
    await using bench = await openApiBench();

    const first = await plan(bench, 'k-1');
    const second = await plan(bench, 'k-1');

    expect(first.statusCode).toBe(201);
    expect(second.statusCode).toBe(201);
    expect(second.body).toBe(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect(await windows(bench)).toBe(1);
  });

  it('with another body is refused', async () => {
    await using bench = await openApiBench();
    await plan(bench, 'k-1');

    const other = await plan(bench, 'k-1', 'another reason');

    expect(other.statusCode).toBe(422);
    expect(other.json()).toMatchObject({ code: 'idempotency-key-reused' });
    expect(await windows(bench)).toBe(1);
  });

  it('under another key, or by another person, is another write', async () => {
    await using bench = await openApiBench();
    await plan(bench, 'k-1');
    await plan(bench, 'k-2');
    await bench.ask('admin', {
      method: 'POST',
      url: '/api/v1/maintenance',
      headers: { 'idempotency-key': 'k-1' },
      payload: { sites: ['home01'], reason: 'mine', endsAt: '2026-11-24T12:00:00Z' },
    });

    expect(await windows(bench)).toBe(3);
  });

  it('is forgotten after a day', async () => {
    await using bench = await openApiBench();
    await plan(bench, 'k-1');
    bench.control.clock.stepWall(24 * 3_600_000);

    const later = await bench.ask('operator', {
      method: 'POST',
      url: '/api/v1/maintenance',
      headers: { 'idempotency-key': 'k-1' },
      payload: { sites: ['home01'], reason: 'x', endsAt: '2026-11-26T12:00:00Z' },
    });

    expect(later.statusCode).toBe(201);
    expect(await windows(bench)).toBe(2);
  });

  it('may succeed after a failure that was not the fault of the request', async () => {
    await using bench = await openApiBench();
    bench.control.journal.isFailing = true;
    const failed = await plan(bench, 'k-1');
    bench.control.journal.isFailing = false;

    const again = await plan(bench, 'k-1');

    expect([failed.statusCode, again.statusCode]).toEqual([503, 201]);
  });

  it('is told to wait while the first is still under way', async () => {
    const gate = Promise.withResolvers<void>();
    await using bench = await openApiBench({
      reload: async () => {
        await gate.promise;
        return { isApplied: true, problems: [], warnings: [], applied: [], needsRestart: [] };
      },
    });
    const reload = {
      method: 'POST',
      url: '/-/reload',
      headers: { 'idempotency-key': 'k' },
    } as const;
    const first = bench.ask('admin', reload);
    const second = await bench.ask('admin', reload);
    gate.resolve();

    expect(second.statusCode).toBe(409);
    expect((await first).statusCode).toBe(200);
    expect((await bench.ask('admin', reload)).headers['idempotent-replayed']).toBe('true');
  });

  it('leaves reads alone', async () => {
    await using bench = await openApiBench();
    const read = { url: '/api/v1/sites', headers: { 'idempotency-key': 'k' } };

    const first = await bench.ask('viewer', read);
    await bench.control.probe('home01', 'fail', 1);
    const second = await bench.ask('viewer', read);

    expect(second.body).not.toBe(first.body);
  });
});
