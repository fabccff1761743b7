import { createHash } from 'node:crypto';
import type { InjectOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, testTokens } from '../../fakes/api-bench.ts';
import { FakeLimits } from '../../fakes/control.ts';

const token = 'token-of-the-vantage-busan';
const busan = {
  name: 'busan',
  role: 'viewer',
  sha256: createHash('sha256').update(token).digest('hex'),
} as const;

async function openBench(
  vantages: readonly string[] = ['local', 'busan'],
  limits = new FakeLimits(),
): Promise<ApiBench> {
  const bench = await openApiBench({ tokens: () => [...testTokens, busan], limits });
  const { controller } = bench.control;
  await controller.submit({
    type: 'config-applied',
    config: { ...controller.state().config, vantages },
  });
  return bench;
}

const asBusan = (bench: ApiBench, request: InjectOptions) =>
  bench.app.inject({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${token}` },
  });

const failed = {
  site: 'home01',
  probe: 'web',
  address: '192.168.80.100',
  path: 'address',
  ageMs: 40,
  outcome: 'fail',
  reason: 'refused',
  latencyMs: 3,
  phases: {},
} as const;

const report = (results: readonly object[], vantage = 'busan'): InjectOptions => ({
  method: 'POST',
  url: `/api/v1/vantages/${vantage}/reports`,
  payload: { results },
});

describe('a vantage on another machine', () => {
  it('is told what to probe, at which pace and over which path, and only when that changes', async () => {
    await using bench = await openBench();

    const first = await asBusan(bench, { url: '/api/v1/vantages/busan/assignment' });
    const again = await asBusan(bench, {
      url: '/api/v1/vantages/busan/assignment',
      headers: { 'if-none-match': String(first.headers.etag) },
    });

    expect(first.json()).toMatchObject({ vantage: 'busan', isLeader: true });
    expect(first.json().sites).toContainEqual(
      expect.objectContaining({ name: 'home01', phase: 'serving', isBehindNotice: false }),
    );
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe('');
  });

  it('counts as one more pair of eyes, by the clock of the controller', async () => {
    await using bench = await openBench();

    const answer = await asBusan(bench, report([failed, { ...failed, site: 'nobody' }]));

    expect(answer.json()).toEqual({ taken: 1, ignored: 1 });
    const views = bench.control.controller.state().sites.get('home01')?.targets[
      'web@192.168.80.100'
    ];
    expect(views?.['busan']?.last).toMatchObject({
      outcome: 'fail',
      startedAt: bench.control.clock.now() - 40,
    });
    const { vantages } = (await bench.ask('viewer', { url: '/api/v1/vantages' })).json();
    expect(vantages).toMatchObject([
      { name: 'local', isOwn: true, lastReportAt: null },
      { name: 'busan', isOwn: false, lastReportAt: expect.any(String) },
    ]);
  });

  it('is known to notice hosts by where it reports from, and strangers are not', async () => {
    const limits = new FakeLimits();
    await using bench = await openBench(['local', 'busan', 'daegu'], limits);

    await asBusan(bench, report([failed], 'daegu'));
    expect([...limits.welcomed]).toEqual([]);

    await asBusan(bench, report([failed]));
    expect([...limits.welcomed]).toEqual(['127.0.0.1']);
  });

  it('speaks for itself alone', async () => {
    await using bench = await openBench(['local', 'busan', 'daegu']);

    const other = await asBusan(bench, report([failed], 'daegu'));
    const viewer = await bench.ask('viewer', report([failed]));
    const operator = await bench.ask('operator', report([failed]));
    const order = await asBusan(bench, {
      method: 'PUT',
      url: '/api/v1/sites/home01/override',
      payload: { action: 'divert', reason: 'x' },
    });

    expect([other, viewer, operator, order].map(({ statusCode }) => statusCode)).toEqual([
      403, 403, 200, 403,
    ]);
  });

  it('is refused where it is not configured, or is the place of the controller itself', async () => {
    await using bench = await openBench();

    const unknown = await bench.ask('operator', report([failed], 'jeju'));
    const own = await bench.ask('operator', report([failed], 'local'));

    expect(unknown.json()).toMatchObject({ status: 404 });
    expect(own.json()).toMatchObject({ status: 409, code: 'own-vantage' });
  });

  it.each([
    ['an old result', { ageMs: 60_001 }],
    ['an outcome of its own making', { outcome: 'down' }],
    ['a key that nobody knows', { verdict: 'down' }],
  ])('is refused %s', async (_what, more) => {
    await using bench = await openBench();

    const answer = await asBusan(bench, report([{ ...failed, ...more }]));

    expect(answer.statusCode).toBe(400);
  });
});
