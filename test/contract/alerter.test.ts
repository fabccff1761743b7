import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openAlertmanager } from '../../src/adapters/alerters/alertmanager/alerter.ts';
import type { Receiver } from '../../src/adapters/alerters/post-alert.ts';
import { openWebhook } from '../../src/adapters/alerters/webhook/alerter.ts';
import type { Alerter } from '../../src/ports/alerter.ts';
import { sampleAlert } from '../fakes/fake-alerter.ts';
import { closedPort } from '../fakes/loopback-server.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type AlerterBench, alerterContract, type ReceiverMood } from './alerter.contract.ts';

interface Taken {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly taken: Taken[];
}

const statuses: Readonly<Record<ReceiverMood, number>> = {
  well: 200,
  down: 503,
  closed: 0,
  refusing: 422,
  silent: 0,
  redirecting: 307,
};

async function listen(mood: ReceiverMood): Promise<HttpReceiver> {
  const taken: Taken[] = [];
  const server = createServer(async (request, response) => {
    const { authorization } = request.headers;
    taken.push({ url: request.url ?? '', authorization, body: await text(request) });
    if (mood !== 'silent') {
      response.writeHead(statuses[mood], { location: '/elsewhere' }).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${mood === 'closed' ? await closedPort() : port}`,
    taken,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function overHttp(open: (receiver: Receiver) => Alerter) {
  return async (mood: ReceiverMood, use: (bench: AlerterBench) => Promise<void>): Promise<void> => {
    await using receiver = await listen(mood);
    await use({
      alerter: open({ name: 'duty', url: receiver.url }),
      taken: () => receiver.taken.map(({ body }) => body),
    });
  };
}

const clock = new ManualClock();
const alertmanager = (receiver: Receiver): Alerter => openAlertmanager(receiver, clock);

alerterContract('The webhook', overHttp(openWebhook));
alerterContract('The Alertmanager', overHttp(alertmanager));

describe.each([
  ['webhook', openWebhook],
  ['Alertmanager', alertmanager],
] as const)('the %s', (_, open) => {
  it('reads its credential anew for each alert', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-alerter-'));
    const authorizationFile = path.join(folder, 'authorization');
    await using receiver = await listen('well');
    const alerter = open({ name: 'duty', url: receiver.url, authorizationFile });

    await writeFile(authorizationFile, 'Bearer one\n');
    await alerter.send(sampleAlert(), new AbortController().signal);
    await writeFile(authorizationFile, 'Bearer two\n');
    await alerter.send(sampleAlert(), new AbortController().signal);
    await rm(folder, { recursive: true });

    expect(receiver.taken.map(({ authorization }) => authorization)).toEqual([
      'Bearer one',
      'Bearer two',
    ]);
  });
});

describe('what Alertmanager is told', () => {
  const told = async (own: Parameters<typeof sampleAlert>[0] = {}): Promise<unknown> => {
    await using receiver = await listen('well');
    await alertmanager({ name: 'duty', url: `${receiver.url}/` }).send(
      sampleAlert(own),
      new AbortController().signal,
    );
    expect(receiver.taken[0]?.url).toBe('/api/v2/alerts');
    return JSON.parse(receiver.taken[0]?.body ?? '');
  };

  it('stands for four minutes unless it is told again', async () => {
    expect(await told({ router: 'edge-1', incident: 'i7-home01' })).toEqual([
      {
        labels: {
          alertname: 'DetourDiversion',
          severity: 'warning',
          key: 'diversion:home01',
          site: 'home01',
          router: 'edge-1',
        },
        annotations: {
          summary: 'home01 is diverted and its visitors see the notice',
          reason: 'proven',
          incident: 'i7-home01',
        },
        startsAt: '2026-01-01T00:00:00.000Z',
        endsAt: '2026-01-01T00:04:00.000Z',
      },
    ]);
  });

  it('ends at the moment of its end', async () => {
    const at = Date.UTC(2026, 0, 1, 0, 1);

    expect(await told({ key: 'long-notice:home01', isResolved: true, at })).toMatchObject([
      { labels: { alertname: 'DetourLongNotice' }, endsAt: '2026-01-01T00:01:00.000Z' },
    ]);
  });
});
