import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, tokenOf } from '../../fakes/api-bench.ts';

async function guess(
  bench: ApiBench,
  token: string,
  from = '10.0.0.5',
): Promise<LightMyRequestResponse> {
  return await bench.app.inject({
    url: '/api/v1/sites',
    remoteAddress: from,
    headers: { authorization: `Bearer ${token}` },
  });
}

describe('tokens', () => {
  it('say how to send one when none came', async () => {
    await using bench = await openApiBench();

    const answer = await bench.app.inject('/api/v1/sites');

    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.json().detail).toContain('Authorization: Bearer');
  });

  it.each([
    'Basic YWRtaW46YWRtaW4=',
    'Bearer',
    'Bearer two words',
    `Bearer ${'x'.repeat(5_000)}`,
    'Bearer 토큰',
  ])('do not mistake "%.20s" for one', async (authorization) => {
    await using bench = await openApiBench();

    const answer = await bench.app.inject({ url: '/api/v1/sites', headers: { authorization } });

    expect(answer.statusCode).toBe(401);
  });

  it('make a source wait after five wrong ones in a minute, and only that source', async () => {
    await using bench = await openApiBench();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await guess(bench, `wrong-${attempt}`)).statusCode).toBe(401);
    }

    const sixth = await guess(bench, tokenOf('admin'));
    const elsewhere = await guess(bench, tokenOf('admin'), '10.0.0.6');
    bench.control.clock.advance(60_000);
    const later = await guess(bench, tokenOf('admin'));

    expect(sixth.statusCode).toBe(429);
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
    expect(elsewhere.statusCode).toBe(200);
    expect(later.statusCode).toBe(200);
  });

  it('go on working where they have worked, whatever a stale script beside them sends', async () => {
    await using bench = await openApiBench();
    await guess(bench, tokenOf('operator'));
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await guess(bench, 'stale');
    }

    expect((await guess(bench, 'stale')).statusCode).toBe(429);
    expect((await guess(bench, tokenOf('operator'))).statusCode).toBe(200);
    expect((await guess(bench, tokenOf('admin'))).statusCode).toBe(429);
  });

  it('are nowhere in an answer', async () => {
    await using bench = await openApiBench();

    const answer = await guess(bench, 'canary-token-4711');

    expect(answer.body + JSON.stringify(answer.headers)).not.toContain('canary');
  });
});
