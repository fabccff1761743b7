import { describe, expect, it } from 'vitest';
import { openApiBench } from '../../fakes/api-bench.ts';
import { settle } from '../../fakes/control.ts';

describe('sites that fail together', () => {
  it('are one open incident for its readers, which one person acknowledges and one lets through', async () => {
    await using bench = await openApiBench();
    for (const site of ['home01', 'home02', 'shop']) {
      await bench.control.probe(site, 'fail', 1);
    }
    for (const site of ['home01', 'home02', 'shop']) {
      await bench.control.probe(site, 'fail', 2);
    }

    const open = await bench.ask('viewer', { url: '/api/v1/incidents?open=true' });
    const [wave] = open.json().incidents;
    const acknowledged = await bench.ask('operator', {
      method: 'POST',
      url: `/api/v1/incidents/${wave?.id}/acknowledge`,
    });
    const released = await bench.ask('approver', {
      method: 'POST',
      url: '/api/v1/brakes/mass-failure/release',
      payload: { reason: 'the hall has no power' },
    });
    await settle();
    const told = await bench.ask('viewer', { url: `/api/v1/incidents/${wave?.id}` });
    const sites = await bench.ask('viewer', { url: '/api/v1/sites' });

    expect(open.json().incidents).toEqual([
      expect.objectContaining({ sites: ['home01', 'home02', 'shop'], isWave: true }),
    ]);
    expect(acknowledged.json()).toMatchObject({ acknowledgedBy: 'kim-operator' });
    expect(released.statusCode).toBe(200);
    expect(told.json().timeline.map(({ reason }: { reason: string }) => reason)).toEqual(
      expect.arrayContaining(['brake-engaged', 'incident-acknowledged', 'brake-released']),
    );
    const engaged = told
      .json()
      .timeline.find(({ reason }: { reason: string }) => reason === 'brake-engaged');
    expect(engaged.told).toEqual({
      en: engaged.text,
      ko: expect.stringMatching(/^대규모 장애 브레이크가 자동 동작을 막습니다: .*공통 원인/),
    });
    const phases = sites
      .json()
      .sites.map(({ name, phase }: { name: string; phase: string }) => `${name} ${phase}`);
    expect(phases).toEqual(
      expect.arrayContaining(['home01 diverted', 'home02 diverted', 'shop diverted']),
    );
  });
});
