import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type {
  AddressReception,
  HostnameReadiness,
  SiteReadiness,
} from '../../../src/ports/site-readiness.ts';
import { openApiBench } from '../../fakes/api-bench.ts';
import { probeSpec } from '../../fakes/probe-target.ts';

const whySchema = z.object({
  readiness: z
    .object({
      isReady: z.boolean(),
      problems: z.array(z.object({ ko: z.string(), en: z.string() })),
    })
    .nullable(),
});

type Readiness = z.infer<typeof whySchema>['readiness'];

interface Stand {
  readonly isOverHttps: boolean;
  readonly reception: readonly AddressReception[];
}

/** What the API tells of home01 when its hostname stands like this at the notice plane. */
async function toldOf(
  hostname: Partial<HostnameReadiness>,
  isReady: boolean,
  { isOverHttps = false, reception = [] }: Partial<Stand> = {},
): Promise<Readiness> {
  const known = { hostname: 'home01.example.kr', certificate: 'valid', expiresAt: null } as const;
  await using bench = await openApiBench({
    readiness: async () => [
      {
        site: 'home01',
        isReady,
        hostnames: [{ ...known, ...hostname }],
        missingLanguages: [],
        reception,
      },
    ],
  });
  const { controller } = bench.control;
  const { config } = controller.state();
  const home = config.sites['home01'];
  if (isOverHttps && home !== undefined) {
    const probes = [probeSpec({ type: 'https', url: 'https://home01.example.kr/' })];
    const sites = { ...config.sites, home01: { ...home, probes } };
    await controller.submit({ type: 'config-applied', config: { ...config, sites } });
  }
  const answer = await bench.ask('viewer', { method: 'GET', url: '/api/v1/sites/home01/why' });
  return whySchema.parse(answer.json()).readiness;
}

describe('the readiness of a site in the API', () => {
  it('is told while nothing is wrong yet', async () => {
    expect(await toldOf({}, true)).toEqual({ isReady: true, problems: [] });
  });

  it('names in both languages the hostname whose certificate is missing', async () => {
    const told = await toldOf({ certificate: 'missing' }, false);

    expect(told?.isReady).toBe(false);
    expect(told?.problems[0]?.en).toContain('There is no certificate for home01.example.kr');
    expect(told?.problems[0]?.ko).toContain('home01.example.kr의 인증서가 없어');
  });

  it('is missing for a site over HTTPS where notices are answered over HTTP alone', async () => {
    const secure = await toldOf({ certificate: 'not-served' }, false, { isOverHttps: true });
    const plain = await toldOf({ certificate: 'not-served' }, true);

    expect(secure?.isReady).toBe(false);
    expect(secure?.problems[0]?.en).toContain('set notice.https');
    expect(plain).toEqual({ isReady: true, problems: [] });
  });

  it('names the address that the notice host would not take, and why', async () => {
    const told = await toldOf({}, false, {
      reception: [
        { address: '192.0.2.9', reception: 'refused', why: 'it lies outside every estate' },
      ],
    });

    expect(told?.problems[0]?.en).toContain('would not take 192.0.2.9: it lies outside');
    expect(told?.problems[0]?.ko).toContain('192.0.2.9 주소를 받지 않습니다');
  });
});

describe('the list of readiness', () => {
  const ask = async (readiness: () => Promise<readonly SiteReadiness[]>): Promise<unknown> => {
    await using bench = await openApiBench({ readiness });
    return (await bench.ask('viewer', { method: 'GET', url: '/api/v1/readiness' })).json();
  };

  it('tells of every site whether it is ready', async () => {
    const home = { site: 'home01', hostnames: [], missingLanguages: ['ja'], reception: [] };

    expect(await ask(async () => [{ ...home, isReady: false }])).toEqual({
      sites: [{ site: 'home01', isReady: false }],
    });
  });

  it('says nothing of any site while no notice process answers', async () => {
    const dead = ask(() => Promise.reject(new Error('no notice process')));

    expect(await dead).toEqual({ sites: null });
  });
});
