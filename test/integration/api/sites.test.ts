import { describe, expect, it } from 'vitest';
import { DetourError } from '../../../src/lib/errors.ts';
import { openApiBench } from '../../fakes/api-bench.ts';
import { newSite } from '../../fakes/valid-requests.ts';

const put = (payload: object, name = 'new'): object => ({
  method: 'PUT',
  url: `/api/v1/sites/${name}`,
  payload,
});

describe('sites', () => {
  it('are listed by name with where they stand', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('viewer', { url: '/api/v1/sites' });

    const sites: readonly { name: string; owner: string }[] = answer.json().sites;
    expect(sites.map(({ name }) => name)).toEqual(['home01', 'home02', 'shared', 'shop']);
    expect(sites[0]).toMatchObject({
      phase: 'serving',
      verdict: 'up',
      mode: 'auto',
      cause: null,
      owner: 'file',
      since: '2026-11-24T00:00:00.000Z',
      neighbours: [],
    });
  });

  it('that fall back when Detour dies are refused on routers that cannot take their routes back', async () => {
    await using bench = await openApiBench();

    const falling = await bench.ask('admin', put({ ...newSite, onDeath: 'fall-back' }));
    const staying = await bench.ask('admin', put({ ...newSite, onDeath: 'stay' }));

    expect(falling.statusCode).toBe(422);
    expect(falling.json()).toMatchObject({ errors: [{ path: '/body/onDeath' }] });
    expect(staying.statusCode).toBe(201);
  });

  it('are registered with the defaults of the configuration file', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('admin', put(newSite));
    const again = await bench.ask('admin', put({ ...newSite, mode: 'observe' }));

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({
      name: 'new',
      owner: 'api',
      phase: 'serving',
      mode: 'auto',
    });
    expect(bench.control.controller.state().config.sites['new']).toMatchObject({
      noticeStatus: 503,
      probes: [
        {
          intervalMs: 1_000,
          suspectIntervalMs: 1_000,
          timeoutMs: 3_000,
          rise: 5,
          fall: 3,
          expect: { status: [[200, 399]] },
        },
      ],
    });
    expect(again.statusCode).toBe(200);
    expect(again.json()).toMatchObject({ mode: 'observe' });
  });

  it('are not passed through to where their visitors would come back from', async () => {
    await using bench = await openApiBench();
    const via = (address: string): object =>
      put({ ...newSite, origin: { address: '10.0.0.7', passThrough: { address } } });
    const own = newSite.addresses[0] ?? '';

    const toItself = await bench.ask('admin', via(own));
    const toNotice = await bench.ask('admin', via('192.168.80.10'));
    const toOrigin = await bench.ask('admin', via('10.0.0.8'));

    for (const answer of [toItself, toNotice]) {
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors).toMatchObject([{ path: '/body/origin/passThrough' }]);
    }
    expect(toOrigin.statusCode).toBe(201);
  });

  it('are pinned to the addresses that their names have when none are given', async () => {
    await using bench = await openApiBench();
    const { addresses: _, ...unpinned } = newSite;

    const answer = await bench.ask('admin', put(unpinned));

    expect(answer.json().addresses).toEqual(['192.168.80.77']);
  });

  it('ask for addresses when the names have none', async () => {
    const { addresses: _, ...unpinned } = newSite;
    await using empty = await openApiBench({ resolve: async () => [] });
    await using dead = await openApiBench({
      resolve: async () => {
        throw new Error('queryA ETIMEOUT new.example.kr');
      },
    });

    for (const bench of [empty, dead]) {
      const answer = await bench.ask('admin', put(unpinned));
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors[0]).toMatchObject({ path: '/body/addresses' });
    }
  });

  it('are refused with every reason at once', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask(
      'admin',
      put({
        hostnames: ['home01.example.kr'],
        addresses: ['10.1.1.1'],
        routers: ['notice-switch', 'no-such'],
        probes: [
          { name: 'web', type: 'https', url: 'http://elsewhere.example.com/' },
          { name: 'web', type: 'tcp' },
        ],
      }),
    );

    expect(answer.statusCode).toBe(422);
    const paths = answer.json().errors.map(({ path }: { path: string }) => path);
    expect(paths.sort()).toEqual([
      '/body/addresses/0',
      '/body/hostnames/0',
      '/body/probes/0/url',
      '/body/probes/0/url',
      '/body/probes/1',
      '/body/probes/1/name',
      '/body/routers/1',
    ]);
  });

  it('of the file are changed in the file', async () => {
    await using bench = await openApiBench();

    const changed = await bench.ask('admin', put(newSite, 'home01'));
    const removed = await bench.ask('admin', { method: 'DELETE', url: '/api/v1/sites/home01' });

    for (const answer of [changed, removed]) {
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({ code: 'site-owned-by-file' });
      expect(answer.json().detail).toContain('configuration file');
    }
  });

  it('of the API can be removed', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('admin', { method: 'DELETE', url: '/api/v1/sites/shop' });
    const gone = await bench.ask('viewer', { url: '/api/v1/sites/shop' });

    expect(answer.json()).toEqual({ name: 'shop', isRegistered: false });
    expect(gone.statusCode).toBe(404);
  });

  it('stay as they are while the store is away, and the answer says so', async () => {
    await using bench = await openApiBench();
    bench.registry.failure = new DetourError('Could not write the site new', {
      code: 'DETOUR_STORE_UNAVAILABLE',
      cause: new Error('connect ECONNREFUSED 10.0.0.9:27017 user=secret'),
    });

    const answer = await bench.ask('admin', put(newSite));

    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'DETOUR_STORE_UNAVAILABLE' });
    expect(answer.body).not.toContain('secret');
  });

  it.each(['constructor', 'toString', '__proto__', 'hasownproperty'])(
    'are not found by the name %s, which every object has',
    async (name) => {
      await using bench = await openApiBench();

      const answer = await bench.ask('viewer', { url: `/api/v1/sites/${name}` });

      expect([400, 404]).toContain(answer.statusCode);
    },
  );

  it('say why they stand where they stand', async () => {
    await using bench = await openApiBench();
    await bench.control.probe('home01', 'fail', 2);

    const why = (await bench.ask('viewer', { url: '/api/v1/sites/home01/why' })).json();

    expect(why).toMatchObject({
      phase: 'suspect',
      reason: 'first-failure',
      samples: [{ fails: 2, fall: 3, last: { outcome: 'fail', detail: 'connection refused' } }],
      rules: [{ rule: 'site-down', state: 'quiet', action: 'divert' }],
    });
    expect(why.whatWouldChangeIt[0]).toContain('1 more make it down');
  });
});
