import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { errorCode } from '../../src/lib/errors.ts';
import { routeDriverContract } from '../contract/route-driver.contract.ts';
import { until } from '../support/until.ts';
import { type ExabgpBench, openExabgpBench } from './support/exabgp.ts';

const route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

routeDriverContract('exabgp on a real ExaBGP, seen from its peer', openExabgpBench, {
  looksAtNextHops: false,
  carriesTerm: true,
});

describe('the exabgp driver', () => {
  let bench: ExabgpBench;

  beforeAll(async () => {
    bench = await openExabgpBench();
  });

  afterAll(() => bench?.[Symbol.asyncDispose]());

  it('marks every route and keeps it inside the neighbouring network', async () => {
    await using driver = bench.openWith({ communities: ['65010:80'] });

    await driver.apply(addRoute, soon());
    const [raw] = await bench.readRaw();

    // NO_EXPORT is 65535:65281 (RFC 1997).
    const words = [65_535 * 65_536 + 65_281, 64_512 * 65_536 + 6310, 65_010 * 65_536 + 80];
    expect(raw?.words?.split(' ').map(Number).toSorted()).toEqual(words.toSorted());
  });

  it('calls no route installed that a named neighbour is not told', async () => {
    await using driver = bench.openWith({ neighbours: ['127.0.0.9'] });

    expect((await driver.read(soon())).owned).toEqual([{ ...route, isInstalled: false }]);
  });

  it('calls no route installed that the witness has not heard, whatever ExaBGP says of itself', async () => {
    await using driver = bench.openWith({ witnessPort: bench.deafPort });

    expect((await driver.read(soon())).owned).toEqual([{ ...route, isInstalled: false }]);
  });

  it('is not misled by answers that a person left unread', async () => {
    await using driver = bench.openWith({});
    await bench.writeByHand('show adj-rib out extensive');
    await bench.writeByHand('no such command');

    expect((await driver.read(soon())).owned).toEqual([{ ...route, isInstalled: true }]);
  });

  it('gives up, and says that the outcome is unknown, while ExaBGP does not answer', async () => {
    await using driver = bench.openWith({});
    bench.signal('SIGSTOP');

    const refusal = driver.apply(addRoute, AbortSignal.timeout(2_000));

    await expect(refusal).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_TIMEOUT',
      retryable: true,
    });
    bench.signal('SIGCONT');
    await until('ExaBGP to be read again', async () => {
      const reading = await driver.read(soon()).catch(() => undefined);
      return reading?.owned[0]?.isInstalled === true;
    });
  });

  it('says so, and that it may be tried again, when ExaBGP is gone; its peer drops the routes', async () => {
    await using driver = bench.openWith({});
    await bench.killSpeaker();
    await until('the peer to notice', async () => (await bench.readRaw()).length === 0);

    const refusal = await until('the pipe to be deserted', async () => {
      // The process that holds the pipe outlives ExaBGP by a moment and answers nothing.
      const act = driver.apply(addRoute, AbortSignal.timeout(2_000));
      const error: unknown = await act.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return errorCode(error) === 'DETOUR_TRANSPORT_TIMEOUT' ? undefined : error;
    });

    expect(refusal).toMatchObject({ code: 'DETOUR_TRANSPORT_LOST', retryable: true });
    expect(await bench.readRaw()).toEqual([]);
  });
});
