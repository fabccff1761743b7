import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cancelCommit,
  commitConfirmed,
  commitForGood,
  discardChanges,
  editCandidate,
  lockCandidate,
  unlockCandidate,
} from '../../src/adapters/netconf/operations.ts';
import { NetconfSession } from '../../src/adapters/netconf/session.ts';
import { findElements, textOf } from '../../src/adapters/netconf/xml.ts';
import type { DeviceStream, Transport } from '../../src/ports/transport.ts';
import { until } from '../support/until.ts';
import { type NetconfPeer, routesNamespace, startNetconfd } from './support/netconfd.ts';

const allowed = [/^<[a-z]/];
const soon = (): AbortSignal => AbortSignal.timeout(30_000);
const getRoutes = `<get-config><source><running/></source><filter type="subtree"><routes xmlns="${routesNamespace}"/></filter></get-config>`;

const addRoutes = (...prefixes: readonly string[]): string =>
  editCandidate(
    `<routes xmlns="${routesNamespace}">${prefixes
      .map((prefix) => `<route><prefix>${prefix}</prefix><next-hop>10.10.4.10</next-hop></route>`)
      .join('')}</routes>`,
  );

const removeAll = editCandidate(
  `<routes xmlns="${routesNamespace}" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="remove"/>`,
);

/** Hides that the server could do better than 1.0: what it says first is kept until it is whole, and then changed. */
function ofVersion10(stream: DeviceStream): DeviceStream {
  let greeting: string | undefined = '';
  return {
    send: (text) => stream.send(text),
    async receive(signal): Promise<Buffer | undefined> {
      while (greeting !== undefined) {
        const chunk = await stream.receive(signal);
        greeting += chunk?.toString() ?? ']]>]]>';
        if (greeting.includes(']]>]]>')) {
          const whole = greeting.replaceAll('netconf:base:1.1', 'netconf:base:0.9');
          greeting = undefined;
          return Buffer.from(whole);
        }
      }
      return await stream.receive(signal);
    },
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

/** The same for the other side, which must not hear of 1.1 from us. */
function without11(stream: DeviceStream): DeviceStream {
  const inner = ofVersion10(stream);
  return {
    send: (text) =>
      inner.send(text.replace('<capability>urn:ietf:params:netconf:base:1.1</capability>', '')),
    receive: (signal) => inner.receive(signal),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

describe('a session with netconfd', () => {
  let peer: NetconfPeer;
  const open: AsyncDisposable[] = [];

  beforeAll(async () => {
    peer = await startNetconfd();
  });

  afterAll(() => peer?.[Symbol.asyncDispose]());

  const connect = async (version: '1.0' | '1.1' = '1.1'): Promise<NetconfSession> => {
    const transport: Transport = peer.openTransport();
    open.push(transport);
    const stream = await transport.openStream('netconf', soon());
    const session = await NetconfSession.open(
      version === '1.0' ? without11(stream) : stream,
      { place: 'netconfd', allowed },
      soon(),
    );
    open.push(session);
    return session;
  };

  const prefixes = async (session: NetconfSession): Promise<readonly string[]> => {
    const { reply } = await session.demand(getRoutes, 'nothing was read');
    return findElements(reply, 'route').map((route) => textOf(route, 'prefix'));
  };

  const change = async (session: NetconfSession, edit: string, commit: string): Promise<void> => {
    for (const operation of [lockCandidate, edit, commit, unlockCandidate]) {
      await session.demand(operation, 'the change failed');
    }
  };

  afterEach(async () => {
    for (const one of open.splice(0).reverse()) {
      await one[Symbol.asyncDispose]();
    }
    const last = await connect();
    await change(last, removeAll, commitForGood());
    expect(await prefixes(last)).toEqual([]);
    for (const one of open.splice(0).reverse()) {
      await one[Symbol.asyncDispose]();
    }
  });

  it.each(['1.0', '1.1'] as const)(
    'carries messages of 100,000 bytes both ways in the framing of %s',
    async (version) => {
      const session = await connect(version);
      const many = Array.from({ length: 1_000 }, (_, at) => `192.0.${at >> 8}.${at & 255}/32`);

      await change(session, addRoutes(...many), commitForGood());

      expect((await prefixes(session)).toSorted()).toEqual(many.toSorted());
    },
  );

  it('has nothing in effect before the commit, and nothing left after discarding', async () => {
    const [session, other] = [await connect(), await connect()];
    await session.demand(lockCandidate, 'no lock');
    await session.demand(addRoutes('192.0.2.1/32'), 'no edit');

    const before = await prefixes(other);
    await session.demand(discardChanges, 'not discarded');
    await session.demand(commitForGood(), 'no commit');
    await session.demand(unlockCandidate, 'not unlocked');

    expect(before).toEqual([]);
    expect(await prefixes(other)).toEqual([]);
  });

  it('is told who holds the lock, and gets it when that session ends', async () => {
    const [holder, other] = [await connect(), await connect()];
    await holder.demand(lockCandidate, 'no lock');

    const denied = await other.ask(lockCandidate);
    await holder[Symbol.asyncDispose]();

    expect(denied.errors).toMatchObject([{ tag: 'lock-denied' }]);
    expect(denied.errors[0]?.holder).toMatch(/^session \d+$/);
    await until('the lock to be free', async () => {
      const { errors } = await other.ask(lockCandidate);
      return errors.length === 0;
    });
    await other.demand(unlockCandidate, 'not unlocked');
  });

  it('is refused what the model does not have, in words that reach the operator', async () => {
    const session = await connect();

    const refused = session.demand(
      editCandidate(`<routes xmlns="${routesNamespace}"><nonsense/></routes>`),
      'nothing was changed',
    );

    await expect(refused).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      retryable: false,
      detail: expect.stringContaining('nonsense'),
    });
  });

  it('confirms by its id, from another session, a commit that waits', async () => {
    const [session, other] = [await connect(), await connect()];
    await change(session, addRoutes('192.0.2.1/32'), commitConfirmed(60, 'detour-1'));
    await session[Symbol.asyncDispose]();

    await other.demand(commitForGood('detour-1'), 'not confirmed');
    const late = await other.ask(cancelCommit('detour-1'));

    expect(await prefixes(other)).toEqual(['192.0.2.1/32']);
    expect(late.errors).not.toEqual([]);
  });

  it('takes back by its id, from another session, a commit that waits', async () => {
    const [session, other] = [await connect(), await connect()];
    await change(session, addRoutes('192.0.2.1/32'), commitConfirmed(60, 'detour-2'));
    const during = await prefixes(other);

    await other.demand(cancelCommit('detour-2'), 'not taken back');

    expect(during).toEqual(['192.0.2.1/32']);
    expect(await prefixes(other)).toEqual([]);
  });

  it('loses an unconfirmed commit without an id together with its session', async () => {
    const [session, other] = [await connect(), await connect()];
    await change(session, addRoutes('192.0.2.1/32'), commitConfirmed(60));
    const during = await prefixes(other);

    await session[Symbol.asyncDispose]();

    expect(during).toEqual(['192.0.2.1/32']);
    await until('the server to go back', async () => (await prefixes(other)).length === 0);
  });
});
