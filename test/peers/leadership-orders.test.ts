import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { prepareControllerPair } from './support/controller-pair.ts';
import { startFerret } from './support/ferret.ts';

/** The design's limit for the take-over, with room for a busy machine. */
const takeOverMs = 60_000;

const diverted = '127.0.80.100/32';

describe('orders and registrations with two controllers', () => {
  it('divert by hand while the store is gone, once a person answers for it, and by nothing else', async () => {
    await using server = await startFerret();
    await using pair = await prepareControllerPair(server.url);
    const { one, network } = pair;
    one.launch();
    await one.untilLeading(takeOverMs);
    const order = { action: 'divert', reason: 'the mirror is down', expiresInSeconds: 3_600 };
    const answer = { reason: 'the store is gone; host two is switched off' };

    await server.kill();
    await until('the leader to say that it may not act', () => one.isStandingBy(), {
      timeoutMs: takeOverMs,
    });
    const refused = await one.ask('PUT', '/api/v1/sites/home01/override', order);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('detour break-glass');
    await network.sites[1]?.breakDown();
    expect((await one.ask('PUT', '/api/v1/leadership/break-glass', answer)).status).toBe(200);
    expect((await one.ask('PUT', '/api/v1/sites/home01/override', order)).status).toBe(200);
    await one.untilPhase('home01', 'diverted');

    const standing = network.table.routes.map(({ prefix }) => prefix);
    expect(standing).toEqual([diverted]);

    await server.restart();
    await one.untilLeading(takeOverMs);
    await one.untilPhase('home02', 'diverted');
    expect(await one.site('home01')).toMatchObject({
      phase: 'diverted',
      override: { action: 'divert' },
    });
    const leadership = await (await one.ask('GET', '/api/v1/leadership')).json();
    expect(leadership).toMatchObject({ isLeader: true, breakGlass: null });
  });

  it('know what people registered at the leader, after its death and even without the store', async () => {
    await using server = await startFerret();
    await using pair = await prepareControllerPair(server.url);
    const { one, two } = pair;
    one.launch();
    await one.untilLeading(takeOverMs);
    two.launch();
    await until('the second to stand by', () => two.isStandingBy(), { timeoutMs: takeOverMs });
    const site = {
      hostnames: ['home03.example.kr'],
      addresses: ['127.0.80.33'],
      routers: ['notice-switch'],
      probes: [{ name: 'web', type: 'tcp', port: 80 }],
    };
    const window = {
      sites: ['home02'],
      reason: 'patch day',
      cron: '0 3 * * 0',
      timeZone: 'Asia/Seoul',
      durationSeconds: 3_600,
    };
    const words = { message: { ko: '점검 중입니다.' } };
    expect((await one.ask('PUT', '/api/v1/sites/home03', site)).status).toBe(201);
    expect((await one.ask('PUT', '/api/v1/sites/home03/notice', words)).status).toBe(200);
    expect((await one.ask('POST', '/api/v1/maintenance', window)).status).toBe(201);
    const elsewhere = await two.ask('PUT', '/api/v1/sites/home03/notice', words);
    expect(elsewhere.status).toBe(409);
    expect(await elsewhere.text()).toContain('Give it to the one that leads: http://127.0.0.1:');

    await one.kill();
    await two.untilLeading(takeOverMs);
    expect(await two.site('home03')).toMatchObject({ addresses: ['127.0.80.33'] });
    const planned = await (await two.ask('GET', '/api/v1/maintenance')).json();
    expect(planned).toMatchObject({ windows: [{ reason: 'patch day' }] });

    await two.kill();
    await server.kill();
    two.launch();
    await until(
      'the second to know the site',
      async () => {
        const answer = await two.ask('GET', '/api/v1/sites/home03/notice');
        return answer.status === 200 && (await answer.text()).includes('점검');
      },
      { timeoutMs: takeOverMs },
    );
  });
});
