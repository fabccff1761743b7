import { createHash } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { openApi } from '../../src/api/api.ts';
import type { ApiOptions, ApiToken } from '../../src/api/http/options.ts';
import { type Role, roles } from '../../src/api/http/roles.ts';
import { silentLog } from '../../src/lib/log.ts';
import { FakeBlockedSources } from './blocked-sources.ts';
import { aloneDesk, FakeCalendar, FakeControl, FakeLimits, FakeRegistry } from './control.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The token of each role in tests. */
export const tokenOf = (role: Role): string => `${role}-token-of-the-tests`;

/** One token for each role. */
export const testTokens: readonly ApiToken[] = roles.map((role) => ({
  name: `kim-${role}`,
  role,
  sha256: sha256(tokenOf(role)),
}));

/** The API over the real controller with fakes around it. */
export interface ApiBench extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly control: FakeControl;
  readonly registry: FakeRegistry;
  /** Listens on a free port of the loopback and tells which. */
  listen(): Promise<number>;
  /** Sends a request with the token of a role. */
  ask(role: Role, request: InjectOptions): Promise<LightMyRequestResponse>;
}

/** Opens a bench whose sites have all passed their first probes. */
export async function openApiBench(more: Partial<ApiOptions> = {}): Promise<ApiBench> {
  const control = new FakeControl();
  await control.warmUp();
  const registry = new FakeRegistry(control);
  const app = await openApi({
    control: control.controller,
    registry,
    notices: registry,
    limits: new FakeLimits(),
    maintenance: new FakeCalendar(),
    routers: control,
    blockedSources: new FakeBlockedSources(),
    leadership: aloneDesk,
    journal: control.journal,
    tokens: () => testTokens,
    metricsText: async () => '# HELP detour_leader 1 while this controller may act.\n',
    reload: async () => ({
      isApplied: true,
      problems: [],
      warnings: [],
      applied: [],
      needsRestart: [],
    }),
    health: () => ({ unready: [] }),
    version: '0.1.0',
    log: silentLog,
    now: () => control.clock.now(),
    resolve: async () => ['192.168.80.77'],
    ...more,
  });
  return {
    app,
    control,
    registry,
    listen: async () => Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port),
    ask: async (role, request) =>
      await app.inject({
        ...request,
        headers: { authorization: `Bearer ${tokenOf(role)}`, ...request.headers },
      }),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await app.close();
    },
  };
}
