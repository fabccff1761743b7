import { describe, expect, it } from 'vitest';
import type { SiteView } from '../../../src/api/sites/schema.ts';
import { orderedSites } from '../../../src/ui/state/order.ts';
import { placeOf } from '../../../src/ui/state/place.ts';

function site(name: string, more: Partial<SiteView> = {}): SiteView {
  return {
    name,
    title: { ko: `홈페이지 ${name}` },
    hostnames: [`${name}.example.kr`],
    addresses: ['192.168.80.1'],
    routers: [],
    labels: {},
    probes: [],
    mode: 'auto',
    owner: 'file',
    phase: 'serving',
    stage: null,
    visitorsSee: 'origin',
    verdict: 'up',
    since: '2026-01-01T00:00:00.000Z',
    reason: 'started',
    cause: null,
    incident: null,
    generation: null,
    override: null,
    heldBack: null,
    question: null,
    maintenance: null,
    expectedRecoveryAt: null,
    neighbours: [],
    ...more,
  };
}

const names = (sites: readonly SiteView[]): readonly string[] => sites.map(({ name }) => name);

describe('the order of sites', () => {
  const heldBack = {
    reason: 'brake-rate',
    detail: 'one more in 10 s',
    told: { en: 'one more in 10 s', ko: '10초 안에 한 건 더' },
    since: '2026-01-01T00:00:00.000Z',
  } as const;
  const all = [
    site('calm'),
    site('notice', { phase: 'diverted' }),
    site('moving', { phase: 'diverting' }),
    site('waiting', { phase: 'suspect', heldBack }),
    site('asking', { phase: 'held', question: heldBack }),
    site('failing', { verdict: 'down' }),
  ];

  it('begins with what asks for a person, and ends with what is well', () => {
    expect(names(orderedSites(all, { text: '', phase: undefined }))).toEqual([
      'asking',
      'waiting',
      'moving',
      'notice',
      'failing',
      'calm',
    ]);
  });

  it('keeps the sites that hold every word, in any field', () => {
    expect(names(orderedSites(all, { text: '홈페이지 CALM', phase: undefined }))).toEqual(['calm']);
    expect(names(orderedSites(all, { text: '192.168 moving', phase: undefined }))).toEqual([
      'moving',
    ]);
    expect(orderedSites(all, { text: 'nobody', phase: undefined })).toEqual([]);
  });

  it('keeps the sites of one phase', () => {
    expect(names(orderedSites(all, { text: '', phase: 'diverted' }))).toEqual(['notice']);
  });
});

describe('the place in the page', () => {
  it.each([
    ['', { room: 'sites', site: undefined }],
    ['#/sites/home01', { room: 'sites', site: 'home01' }],
    ['#/audit', { room: 'audit', site: undefined }],
    ['#/nowhere/x', { room: 'sites', site: 'x' }],
  ])('behind %j is %j', (hash, place) => {
    expect(placeOf(hash)).toEqual(place);
  });
});
