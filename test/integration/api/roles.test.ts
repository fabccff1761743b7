import { describe, expect, it } from 'vitest';
import { type Role, roles, routeRoles } from '../../../src/api/http/roles.ts';
import { openApiBench, testTokens } from '../../fakes/api-bench.ts';
import { validRequests } from '../../fakes/valid-requests.ts';

/** Streams do not end under inject; their roles are asserted in the test of events. */
const streaming = 'GET /api/v1/events';

const routes = Object.entries(routeRoles).filter(
  ([route]) => route !== streaming && route !== 'GET /*',
);

/** What only some may do, written down a second time on purpose. */
const reserved: Readonly<Partial<Record<Role, readonly string[]>>> = {
  approver: ['POST /api/v1/brakes/:brake/release', 'PUT /api/v1/leadership/break-glass'],
  admin: [
    'PUT /api/v1/sites/:site',
    'DELETE /api/v1/sites/:site',
    'PUT /api/v1/limits',
    'POST /-/reload',
  ],
};

describe('roles', () => {
  it('have a request for every route of the table', () => {
    expect(Object.keys(validRequests).sort()).toEqual(routes.map(([route]) => route).sort());
  });

  it.each(routes)('let only those in who may use %s', async (route, needed) => {
    const request = validRequests[route] ?? { url: '/' };
    const answers: Record<string, string> = {};
    for (const role of roles) {
      await using bench = await openApiBench();
      const answer = await bench.ask(role, request);
      answers[role] = answer.statusCode === 403 ? 'refused' : 'let in';
      expect(answer.statusCode).toBeLessThan(500);
      expect(answer.statusCode).not.toBe(401);
    }
    await using bench = await openApiBench();
    const stranger = await bench.app.inject(request);

    const rank = needed === 'public' ? 0 : roles.indexOf(needed);
    expect(answers).toEqual(
      Object.fromEntries(roles.map((role, index) => [role, index >= rank ? 'let in' : 'refused'])),
    );
    expect(stranger.statusCode === 401).toBe(needed !== 'public');
  });

  it('leave brakes to approvers, sites, limits and reload to administrators, and no write to viewers', () => {
    const writes = routes.filter(([route]) => !route.startsWith('GET '));
    const writesOf = (role: string): readonly string[] =>
      writes.filter(([, needed]) => needed === role).map(([route]) => route);

    expect(writesOf('approver')).toEqual(reserved.approver);
    expect(writesOf('admin')).toEqual(reserved.admin);
    // What a vantage has seen comes with a token that may do nothing else, and bears its name.
    expect(writesOf('viewer')).toEqual(['POST /api/v1/vantages/:vantage/reports']);
    expect(writesOf('public')).toEqual([]);
  });

  it('keep every write from a viewer out of the audit', async () => {
    await using bench = await openApiBench();
    const before = bench.control.journal.records.length;
    for (const [route] of routes.filter(([name]) => !name.startsWith('GET '))) {
      await bench.ask('viewer', validRequests[route] ?? { url: '/' });
    }

    expect(bench.control.journal.records).toHaveLength(before);
  });

  it('refuse everything with a remedy while no token is configured, but answer health', async () => {
    await using bench = await openApiBench({ tokens: () => [] });

    const read = await bench.ask('admin', { url: '/api/v1/sites' });
    const write = await bench.ask('admin', validRequests['PUT /api/v1/freeze'] ?? { url: '/' });

    expect([read.statusCode, write.statusCode]).toEqual([401, 401]);
    expect(read.json()).toMatchObject({ code: 'no-token-configured' });
    expect(read.json().detail).toContain('detour token create');
    for (const url of ['/-/healthy', '/-/ready', '/metrics']) {
      expect((await bench.app.inject(url)).statusCode).toBe(200);
    }
  });

  it('follow a token that is taken back by a reload', async () => {
    let tokens = testTokens;
    await using bench = await openApiBench({ tokens: () => tokens });
    const before = await bench.ask('viewer', { url: '/api/v1/sites' });
    tokens = testTokens.filter(({ role }) => role !== 'viewer');

    const after = await bench.ask('viewer', { url: '/api/v1/sites' });

    expect([before.statusCode, after.statusCode]).toEqual([200, 401]);
  });
});
