import { describe, expect, it } from 'vitest';
import { pinProblem } from '../../../src/app/control/pins.ts';
import { inspectConfig } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { sampleSite } from '../../fakes/sample-site.ts';

function settings(): Settings {
  const text = `
routers:
  - name: edge-1
    driver: linux
    transport: { type: ssh, host: 10.0.0.2, user: detour, privateKeyFile: ${import.meta.filename}, hostKeys: ["SHA256:aVeryRealLookingFingerprintOfTheSwitch00000"] }
    nextHop: { ipv4: 192.0.2.2 }
    estate: [192.0.2.0/24, "2001:db8::/48"]
guards: { isolation: { references: ["192.0.2.9:80"] } }
`;
  const { settings: built, problems } = inspectConfig({ file: 'detour.yaml', text, env: {} });
  if (built === undefined) {
    throw new Error(`the configuration of the test is not good: ${problems[0]?.what}`);
  }
  return built;
}

describe('addresses that DNS gives for a site', () => {
  it('are held to the same estate and the same care as written ones', () => {
    const site = sampleSite('shop', { routers: ['edge-1'] });
    const why = (address: string): string | undefined => pinProblem(settings(), site, [address]);

    expect(why('192.0.2.10')).toBeUndefined();
    expect(why('203.0.113.1')).toContain('outside the estate of edge-1');
    expect(why('192.0.2.2')).toContain('a next hop');
    expect(why('192.0.2.9')).toContain('a reference');
    expect(why('2001:db8::1')).toContain('has no next hop there');
  });
});
