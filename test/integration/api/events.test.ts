import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { maxStreams } from '../../../src/api/events/routes.ts';
import { newsSchema } from '../../../src/api/events/schema.ts';
import { type ApiBench, openApiBench, testTokens, tokenOf } from '../../fakes/api-bench.ts';
import { settle } from '../../fakes/control.ts';

interface Listener extends Disposable {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Events so far. */
  events(): readonly { readonly id: string; readonly event: string; readonly data: string }[];
  isEnded(): boolean;
}

function parsed(text: string): ReturnType<Listener['events']> {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const field = (name: string): string =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? '';
      return { id: field('id'), event: field('event'), data: field('data') };
    });
}

function listenTo(
  port: number,
  lastEventId?: string,
  role: 'viewer' | 'operator' = 'viewer',
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${tokenOf(role)}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    const request = httpRequest({ port, path: '/api/v1/events', headers }, (response) => {
      let text = '';
      let isEnded = false;
      response.on('data', (chunk) => {
        text += chunk.toString();
      });
      response.on('end', () => {
        isEnded = true;
      });
      response.on('error', () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events: () => parsed(text),
        isEnded: () => isEnded,
        [Symbol.dispose]: () => void request.destroy(),
      });
    });
    request.on('error', reject);
    request.end();
  });
}

async function order(bench: ApiBench, reason: string): Promise<void> {
  await bench.ask('operator', {
    method: 'PUT',
    url: '/api/v1/sites/home01/override',
    payload: { action: 'hold', reason },
  });
}

describe('events', () => {
  it('tell at once what changed, with numbered ids and the headers of a stream', async () => {
    await using bench = await openApiBench();
    using listener = await listenTo(await bench.listen());

    await order(bench, 'a look at it');

    await vi.waitFor(() => expect(listener.events().length).toBeGreaterThan(2));
    expect(listener.status).toBe(200);
    expect(listener.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(listener.headers['x-content-type-options']).toBe('nosniff');
    const events = listener.events();
    expect(events.map(({ event }) => event)).toContain('site');
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    const news = events.map(({ data }) => newsSchema.parse(JSON.parse(data)));
    expect(news.some(({ audit }) => audit?.text.includes('a look at it') === true)).toBe(true);
  });

  it('bring a client that comes back exactly what it missed', async () => {
    await using bench = await openApiBench();
    const port = await bench.listen();
    using first = await listenTo(port);
    await order(bench, 'first');
    await vi.waitFor(() => expect(first.events().length).toBeGreaterThan(0));
    await settle();
    const seen = first.events();
    first[Symbol.dispose]();
    await order(bench, 'second');

    using second = await listenTo(port, seen.at(-1)?.id);
    using whole = await listenTo(port, seen[0]?.id);

    await vi.waitFor(() => expect(second.events().length).toBeGreaterThan(0));
    await vi.waitFor(() =>
      expect(whole.events().length).toBe(seen.length - 1 + second.events().length),
    );
    expect(second.events()[0]?.data).not.toContain('"first"');
    expect(
      second
        .events()
        .map(({ data }) => data)
        .join(),
    ).toContain('second');
    expect(whole.events().slice(0, seen.length - 1)).toEqual(seen.slice(1));
  });

  it.each(['other-17', 'nonsense', '-1', '99999999999999999'])(
    'tell a client with the unknown id %s to read everything again',
    async (id) => {
      await using bench = await openApiBench();
      using listener = await listenTo(await bench.listen(), id);

      await vi.waitFor(() => expect(listener.events()[0]?.event).toBe('reset'));
    },
  );

  it('stay quiet while samples arrive that change nothing', async () => {
    await using bench = await openApiBench();
    const port = await bench.listen();
    using listener = await listenTo(port);
    await bench.control.probe('home01', 'pass', 1);
    await order(bench, 'marks the end');
    await vi.waitFor(() => expect(listener.events().length).toBeGreaterThan(0));
    const before = listener.events().length;

    await bench.control.probe('home01', 'pass', 50);
    await order(bench, 'marks the end again');
    await vi.waitFor(() =>
      expect(
        listener
          .events()
          .map(({ data }) => data)
          .join(),
      ).toContain('the end again'),
    );

    expect(listener.events().length).toBeLessThanOrEqual(before + 3);
  });

  it('take no more clients than agreed, and let others in when some leave', async () => {
    await using bench = await openApiBench();
    const port = await bench.listen();
    const listeners: Listener[] = [];
    for (let count = 0; count < maxStreams; count += 1) {
      listeners.push(await listenTo(port));
    }

    using refused = await listenTo(port);
    for (const listener of listeners) {
      listener[Symbol.dispose]();
    }

    expect(refused.status).toBe(503);
    await vi.waitFor(async () => {
      using again = await listenTo(port);
      expect(again.status).toBe(200);
    });
  });

  it('end when Detour stops, so that the stop does not wait for them', async () => {
    const bench = await openApiBench();
    using listener = await listenTo(await bench.listen());

    await bench.app.close();

    await vi.waitFor(() => expect(listener.isEnded()).toBe(true));
  });

  it('end for a token that was taken back', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    let tokens = testTokens;
    await using bench = await openApiBench({ tokens: () => tokens });
    const port = await bench.listen();
    using viewer = await listenTo(port);
    using operator = await listenTo(port, undefined, 'operator');
    tokens = testTokens.filter(({ role }) => role !== 'viewer');

    vi.advanceTimersByTime(15_000);
    vi.useRealTimers();

    await vi.waitFor(() => expect(viewer.isEnded()).toBe(true));
    expect(operator.isEnded()).toBe(false);
  });

  it('need a token', async () => {
    await using bench = await openApiBench();

    expect((await bench.app.inject('/api/v1/events')).statusCode).toBe(401);
  });
});
