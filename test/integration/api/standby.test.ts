import { describe, expect, it } from 'vitest';
import type { LeadershipDesk } from '../../../src/controller/control.ts';
import { openApiBench } from '../../fakes/api-bench.ts';

const elsewhere: LeadershipDesk = {
  isShared: true,
  isStoreUp: () => true,
  leader: async () => ({ holder: 'host-a-7', url: 'https://a.example.kr', since: 0 }),
};

const storeAway: LeadershipDesk = {
  isShared: true,
  isStoreUp: () => false,
  leader: async () => undefined,
};

const divert = {
  method: 'PUT',
  url: '/api/v1/sites/home01/override',
  payload: { action: 'divert', reason: 'the mirror is down' },
} as const;

const breakGlass = {
  method: 'PUT',
  url: '/api/v1/leadership/break-glass',
  payload: { reason: 'the store is gone and host a is switched off' },
} as const;

describe('a controller that stands by', () => {
  it('refuses every order and names the controller that leads', async () => {
    await using bench = await openApiBench({ leadership: elsewhere });
    await bench.control.controller.submit({ type: 'lease-changed', isLeader: false });

    const order = await bench.ask('admin', divert);
    const freeze = await bench.ask('admin', {
      method: 'PUT',
      url: '/api/v1/freeze',
      payload: { reason: 'x' },
    });
    const limits = await bench.ask('admin', {
      method: 'PUT',
      url: '/api/v1/limits',
      payload: { sessions: 1 },
    });

    expect([order, freeze, limits].map(({ statusCode }) => statusCode)).toEqual([409, 409, 409]);
    expect(order.json()).toMatchObject({
      code: 'not-leader',
      detail:
        'This controller stands by and takes no orders. Give it to the one that leads: https://a.example.kr (host-a-7).',
    });
    expect(bench.control.controller.state().sites.get('home01')?.override).toBeUndefined();
  });

  it('goes on showing everything, takes signals, and reloads', async () => {
    await using bench = await openApiBench({ leadership: elsewhere });
    await bench.control.controller.submit({ type: 'lease-changed', isLeader: false });

    const sites = await bench.ask('viewer', { url: '/api/v1/sites' });
    const reload = await bench.ask('admin', { method: 'POST', url: '/-/reload' });
    const view = await bench.ask('viewer', { url: '/api/v1/leadership' });

    expect(sites.statusCode).toBe(200);
    expect(reload.statusCode).toBe(200);
    expect(view.json()).toEqual({
      isLeader: false,
      isShared: true,
      isStoreUp: true,
      leader: {
        holder: 'host-a-7',
        url: 'https://a.example.kr',
        since: '1970-01-01T00:00:00.000Z',
      },
      breakGlass: null,
    });
  });

  it('asks for a token before it says where the leader is', async () => {
    await using bench = await openApiBench({ leadership: elsewhere });
    await bench.control.controller.submit({ type: 'lease-changed', isLeader: false });

    const answer = await bench.app.inject(divert);

    expect(answer.statusCode).toBe(401);
    expect(answer.body).not.toContain('a.example.kr');
  });
});

describe('break-glass', () => {
  it('lets orders about sites through while the store is away, and nothing else', async () => {
    await using bench = await openApiBench({ leadership: storeAway });
    await bench.control.controller.submit({ type: 'lease-changed', isLeader: false });
    const before = await bench.ask('operator', divert);
    const byOperator = await bench.ask('operator', breakGlass);

    const broken = await bench.ask('approver', breakGlass);
    const after = await bench.ask('operator', divert);
    const limits = await bench.ask('admin', {
      method: 'PUT',
      url: '/api/v1/limits',
      payload: { sessions: 1 },
    });

    expect(before.json().detail).toContain('detour break-glass');
    expect(byOperator.statusCode).toBe(403);
    expect(broken.json()).toMatchObject({ isLeader: false, breakGlass: { owner: 'kim-approver' } });
    expect(after.json()).toMatchObject({ name: 'home01', phase: 'diverting' });
    expect(limits.statusCode).toBe(409);

    const mended = await bench.ask('operator', { method: 'DELETE', url: breakGlass.url });
    expect(mended.json()).toMatchObject({ breakGlass: null });
    expect((await bench.ask('operator', divert)).statusCode).toBe(409);
  });

  it('is refused where a controller leads or can', async () => {
    await using standby = await openApiBench({ leadership: elsewhere });
    await standby.control.controller.submit({ type: 'lease-changed', isLeader: false });
    await using leader = await openApiBench();

    const onStandby = await standby.ask('approver', breakGlass);
    const onLeader = await leader.ask('approver', breakGlass);

    expect(onStandby.json()).toMatchObject({ status: 409, code: 'glass-not-needed' });
    expect(onLeader.json()).toMatchObject({ status: 409, code: 'glass-not-needed' });
  });

  it('lasts an hour at most', async () => {
    await using bench = await openApiBench({ leadership: storeAway });
    await bench.control.controller.submit({ type: 'lease-changed', isLeader: false });

    const answer = await bench.ask('approver', {
      ...breakGlass,
      payload: { reason: 'x', expiresInSeconds: 3_601 },
    });

    expect(answer.statusCode).toBe(400);
  });
});
