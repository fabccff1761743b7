import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openShellHost, openStatusHost } from '../../../src/adapters/origin-hosts/origin-host.ts';
import { openLocalTransport } from '../../../src/adapters/transports/local/transport.ts';
import { loadRules } from '../../../src/config/rules/load-rules.ts';
import { sourceBlockMs } from '../../../src/core/block-sources.ts';
import type { HostFacts } from '../../../src/core/facts.ts';
import type { State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

const hostRules = path.join(import.meta.dirname, '../../../rules/host.yaml');
const signal = AbortSignal.timeout(15_000);

function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A web server of this machine that holds its visitors, and visitors from these addresses. */
async function openServer(visitors: Readonly<Record<string, number>>) {
  const ends = new AsyncDisposableStack();
  const held: Socket[] = [];
  const server = createServer((socket) => {
    held.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const clients = Object.entries(visitors).flatMap(([localAddress, count]) =>
    Array.from({ length: count }, () => connect({ host: '127.0.0.1', port, localAddress })),
  );
  await Promise.all(clients.map((client) => once(client, 'connect')));
  ends.defer(() => void server.close());
  ends.defer(() => {
    for (const socket of [...clients, ...held]) {
      socket.destroy();
    }
  });
  return { port, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

async function measured(port: number, statusUrl?: string): Promise<HostFacts> {
  await using host = openShellHost(openLocalTransport(), {
    ports: [port],
    users: ['nobody-here'],
    ...(statusUrl === undefined ? {} : { statusUrl }),
  });
  return await host.measure(signal);
}

describe('an origin host asked over a shell', () => {
  it('tells the connections that it has to itself, and its load', async () => {
    await using server = await openServer({ '127.0.0.1': 25 });

    const facts = await measured(server.port);

    expect(facts).toMatchObject({ loopbackConnections: 25, topSourceConnections: 0 });
    expect(facts.load1).toBeGreaterThanOrEqual(0);
    expect(facts.memoryPerProcessMb).toBeUndefined();
  });
});

describe('a status page alone', () => {
  const page = 'BusyWorkers: 250\nIdleWorkers: 6\nScoreboard: '.concat('W'.repeat(256), '\n');

  it.each([
    ['Apache’s', 200, page, { busyWorkers: 250, maxWorkers: 256 }],
    ['a notice of ours', 503, 'out of order', undefined],
  ])('is taken when it is %s', async (_, status, text, expected) => {
    const server = createHttpServer((_request, response) => response.writeHead(status).end(text));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server);
    await using host = openStatusHost(`http://127.0.0.1:${port}/server-status?auto`, 'test');

    const asked = host.measure(signal);

    await (expected === undefined
      ? expect(asked).rejects.toMatchObject({ code: 'DETOUR_ORIGIN_HOST_UNREADABLE' })
      : expect(asked).resolves.toEqual(expected));
    server.close();
  });
});

describe('the shipped rules about hosts', () => {
  const rules = loadRules([hostRules], (file) => file).rules.map(({ rule }) => rule);

  it('name a page that includes itself when real connections show it', async () => {
    await using server = await openServer({ '127.0.0.1': 60 });
    const facts = await measured(server.port);
    const start = stateOf(registeredSite('home01'));
    let state: State = { ...start, isWarmedUp: true, config: { ...start.config, rules } };

    for (const now of [0, 10_000, 20_000]) {
      state = step(state, { type: 'host-measured', site: 'home01', host: facts }, now).state;
    }

    const [incident] = Object.values(state.incidents);
    expect(incident?.cause).toBe('self-include');
  });

  it('have the source blocked that holds hundreds of connections', () => {
    const start = stateOf(registeredSite('home01'));
    let state: State = { ...start, isWarmedUp: true, config: { ...start.config, rules } };
    const host = { topSource: '198.51.100.7', topSourceConnections: 310 };

    const given = [0, 10_000, 20_000].flatMap((now) => {
      const after = step(state, { type: 'host-measured', site: 'home01', host }, now);
      state = after.state;
      return after.commands;
    });

    expect(given).toContainEqual({
      type: 'block-source',
      site: 'home01',
      source: '198.51.100.7',
      forMs: sourceBlockMs,
    });
  });
});
