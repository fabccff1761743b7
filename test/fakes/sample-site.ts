import type { Site } from '../../src/core/site.ts';

/** A plain registered site for tests about something else than the site. */
export function sampleSite(name: string, more: Partial<Site> = {}): Site {
  return {
    name,
    title: { ko: `홈페이지 ${name}`, en: `Home ${name}` },
    hostnames: [`${name}.example.kr`],
    addresses: ['192.168.80.100'],
    routers: ['notice-switch'],
    mode: 'auto',
    probes: [],
    labels: {},
    sharedAddress: 'any',
    noticeStatus: 503,
    owner: 'file',
    ...more,
  };
}
