import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../../fakes/api-bench.ts';

describe('the words of notices', () => {
  let bench: ApiBench;

  beforeEach(async () => {
    bench = await openApiBench();
  });

  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  const url = '/api/v1/sites/home01/notice';
  const write = (payload: object, at = url) =>
    bench.ask('operator', { method: 'PUT', url: at, payload });

  it('are refused with line, column and remedy for what a notice cannot carry', async () => {
    const answer = await write({
      message: { ko: '정전.\n\n<b>복구 중</b>', en: 'See [here](javascript:alert(1)).' },
    });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([
      {
        path: '/body/message/ko',
        message: expect.stringMatching(/line 3, column 1: raw HTML.*\*\*bold/),
      },
      { path: '/body/message/ko', message: expect.stringMatching(/line 3, column 8: raw HTML/) },
      {
        path: '/body/message/en',
        message: expect.stringMatching(/line 1, column 12: the link javascript/),
      },
    ]);
  });

  it('are kept as versions with author and time, and taken again by number', async () => {
    await write({ message: { en: 'First.' }, expectedRecoveryAt: '2026-11-24T09:00:00Z' });
    await write({ message: { en: 'Second.' } });

    const history = await bench.ask('viewer', { url: `${url}/history` });
    const back = await bench.ask('operator', {
      method: 'POST',
      url: `${url}/rollback`,
      payload: { version: 1 },
    });
    const after = await bench.ask('viewer', { url: `${url}/history` });

    expect(history.json().versions).toMatchObject([
      { version: 2, author: 'kim-operator', message: { en: 'Second.' } },
      { version: 1, author: 'kim-operator', message: { en: 'First.' } },
    ]);
    expect(back.json()).toMatchObject({ message: { en: 'First.' } });
    expect(after.json().versions[0]).toMatchObject({ version: 3, message: { en: 'First.' } });
    expect(
      bench.control.journal.records.filter(
        ({ reason, text }) => reason === 'notice-changed' && text.includes('words'),
      ),
    ).toHaveLength(3);
  });

  it('name the versions there are when another is asked for', async () => {
    await write({ message: { en: 'First.' } });

    const answer = await bench.ask('operator', {
      method: 'POST',
      url: `${url}/rollback`,
      payload: { version: 9 },
    });

    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].message).toContain('Versions kept: 1.');
  });

  it('are shared by all notices of a mass incident, and audited without a site', async () => {
    const payload = {
      message: { en: 'Power is out in the data centre.' },
      links: [{ url: 'https://status.example.kr/', label: { en: 'Status' } }],
    };

    const answer = await write(payload, '/api/v1/mass-notice');
    const again = await bench.ask('viewer', { url: '/api/v1/mass-notice' });

    expect(answer.json()).toMatchObject({ ...payload, contact: null, expectedRecoveryAt: null });
    expect(again.json()).toEqual(answer.json());
    const [record] = bench.control.journal.records.filter(
      ({ reason }) => reason === 'notice-changed',
    );
    expect(record).toMatchObject({ actor: 'kim-operator' });
    expect(record).not.toHaveProperty('site');
  });

  it('are previewed for each kind of notice, and before they are saved, with their size on the wire', async () => {
    const kind = await bench.ask('viewer', {
      url: `${url}/preview?language=en&template=maintenance`,
    });
    const unsaved = await bench.ask('operator', {
      method: 'POST',
      url: `${url}/preview?language=en`,
      payload: { message: { en: 'Not saved.' } },
    });
    const wrong = await bench.ask('viewer', { url: `${url}/preview?template=sorry` });

    expect(kind.body).toContain('maintenance');
    expect(kind.headers['detour-notice-size']).toBe('1000');
    expect(unsaved.body).toContain('Not saved.');
    expect(bench.registry.texts.has('home01')).toBe(false);
    expect(wrong.statusCode).toBe(400);
  });
});
