import { describe, expect, it } from 'vitest';
import { openApiBench } from '../../fakes/api-bench.ts';
import { settle } from '../../fakes/control.ts';

const divert = {
  method: 'PUT',
  url: '/api/v1/sites/home01/override',
  payload: { action: 'divert', reason: 'fire in rack 4', expiresInSeconds: 600 },
} as const;

describe('orders', () => {
  it('divert a site at once, with owner, reason and end', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('operator', divert);
    await settle();
    const later = await bench.ask('viewer', { url: '/api/v1/sites/home01' });

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      phase: 'diverting',
      override: { action: 'divert', reason: 'fire in rack 4', owner: 'kim-operator' },
    });
    const { setAt, expiresAt } = answer.json().override;
    expect(Date.parse(expiresAt) - Date.parse(setAt)).toBe(600_000);
    expect(later.json()).toMatchObject({ phase: 'diverted', visitorsSee: 'notice', generation: 2 });
    expect(bench.control.routes.get('notice-switch')).toEqual([
      { prefix: '192.168.80.100/32', nextHop: '192.168.80.10' },
    ]);
  });

  it('stand in the audit under the name of the token', async () => {
    await using bench = await openApiBench();

    await bench.ask('operator', divert);

    const audit = await bench.ask('viewer', { url: '/api/v1/audit?site=home01&limit=1000' });
    const order = audit
      .json()
      .records.find((record: { reason: string }) => record.reason === 'override-set');
    expect(order).toMatchObject({ actor: 'kim-operator', site: 'home01' });
    expect(order.text).toContain('fire in rack 4');
  });

  it('last four hours unless said', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('operator', {
      ...divert,
      payload: { action: 'hold', reason: 'a look at it' },
    });

    const { setAt, expiresAt } = answer.json().override;
    expect(Date.parse(expiresAt) - Date.parse(setAt)).toBe(4 * 3_600_000);
  });

  it('are refused when they would last longer than 72 hours', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('operator', {
      ...divert,
      payload: { action: 'divert', reason: 'for ever', expiresInSeconds: 72 * 3_600 + 1 },
    });

    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors).toEqual([
      expect.objectContaining({ path: '/body/expiresInSeconds' }),
    ]);
    expect(bench.control.controller.state().sites.get('home01')?.override).toBeUndefined();
  });

  it('restore a diverted site, and give it back to automation', async () => {
    await using bench = await openApiBench();
    await bench.ask('operator', divert);
    await settle();

    await bench.ask('operator', {
      ...divert,
      payload: { action: 'restore', reason: 'fire is out' },
    });
    await settle();
    const restored = await bench.ask('viewer', { url: '/api/v1/sites/home01' });
    const released = await bench.ask('operator', { method: 'DELETE', url: divert.url });

    expect(restored.json()).toMatchObject({ phase: 'serving', override: { action: 'restore' } });
    expect(bench.control.routes.get('notice-switch')).toEqual([]);
    expect(released.json()).toMatchObject({ phase: 'serving', override: null });
  });

  it('name the neighbours that a shared address takes along', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('operator', { ...divert, url: '/api/v1/sites/home02/override' });

    expect(answer.json().neighbours).toEqual([
      { site: 'shared', addresses: ['192.168.80.200'], passedThrough: false },
    ]);
  });

  it('change nothing when the journal cannot be written', async () => {
    await using bench = await openApiBench();
    bench.control.journal.isFailing = true;

    const answer = await bench.ask('operator', divert);

    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'DETOUR_JOURNAL_FAILED' });
    expect(bench.control.controller.state().sites.get('home01')?.override).toBeUndefined();
  });

  it('approve the diversion that a site in mode confirm waits for, once it waits', async () => {
    await using bench = await openApiBench();
    const approve = {
      method: 'POST',
      url: '/api/v1/sites/home02/approve',
      payload: { reason: 'seen it' },
    } as const;

    const early = await bench.ask('operator', approve);
    await bench.control.probe('shared', 'fail', 3);
    await bench.control.probe('home02', 'fail', 3);
    const why = await bench.ask('viewer', { url: '/api/v1/sites/home02/why' });
    const answer = await bench.ask('operator', approve);

    expect(early.statusCode).toBe(409);
    expect(why.json()).toMatchObject({ heldBack: { reason: 'awaiting-approval' } });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ phase: 'diverting', reason: 'approved-by-person' });
  });

  it('freeze and thaw all automation', async () => {
    await using bench = await openApiBench();

    const frozen = await bench.ask('operator', {
      method: 'PUT',
      url: '/api/v1/freeze',
      payload: { reason: 'switch replaced' },
    });
    const status = await bench.ask('viewer', { url: '/api/v1/status' });
    const thawed = await bench.ask('operator', { method: 'DELETE', url: '/api/v1/freeze' });

    expect(frozen.json()).toMatchObject({ isFrozen: true, owner: 'kim-operator' });
    expect(status.json()).toMatchObject({ activeBrakes: ['freeze'], freeze: { isFrozen: true } });
    expect(thawed.json()).toEqual({ isFrozen: false, reason: null, owner: null, setAt: null });
  });

  it('release a brake that holds sites, and none that holds nothing or may not be released', async () => {
    await using bench = await openApiBench();
    for (const site of ['home01', 'home02', 'shop', 'shared']) {
      await bench.control.probe(site, 'fail', 3);
    }
    const release = (brake: string): object => ({
      method: 'POST',
      url: `/api/v1/brakes/${brake}/release`,
      payload: { reason: 'two racks lost power', expiresInSeconds: 300 },
    });

    const brakes = await bench.ask('viewer', { url: '/api/v1/brakes' });
    const idle = await bench.ask('approver', release('rate'));
    const never = await bench.ask('approver', release('isolation'));
    const unknown = await bench.ask('approver', release('handbrake'));
    const released = await bench.ask('approver', release('mass-failure'));

    const mass = brakes
      .json()
      .brakes.find((brake: { brake: string }) => brake.brake === 'mass-failure');
    expect(mass).toMatchObject({ isActive: true, isReleasable: true });
    expect([idle.statusCode, never.statusCode, unknown.statusCode]).toEqual([409, 409, 400]);
    expect(released.statusCode).toBe(200);
    expect(released.json().release).toMatchObject({ owner: 'kim-approver' });
  });
});
