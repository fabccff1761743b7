import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ownLoopback } from '../../../src/adapters/publishers/own-loopback.ts';
import { lookingFrom, refusal } from '../../../src/app/host/open-host.ts';
import { inspectConfig } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { isLoopback } from '../../../src/lib/ip.ts';

function read(text: string): Settings {
  const { settings, problems } = inspectConfig({ file: 'notice.yaml', text, env: {} });
  if (settings === undefined) {
    throw new Error(`the configuration of the test is not good: ${problems[0]?.what}`);
  }
  return settings;
}

/** Why the host of this configuration would not take the address. */
const why = (text: string, address: string): string | undefined => refusal(read(text))(address);

const router = `
routers:
  - name: edge-1
    driver: linux
    transport: { type: ssh, host: 10.0.0.2, user: detour, privateKeyFile: ${import.meta.filename}, hostKeys: ["SHA256:aVeryRealLookingFingerprintOfTheSwitch00000"] }
    nextHop: { ipv4: 192.0.2.2 }
    estate: [192.0.2.0/24]
`;
const own = 'notice: { host: { estate: [198.51.100.0/24, "2001:db8::/48"] } }\n';

describe('the addresses that a notice host may take', () => {
  it('are none where the configuration names no estate, and the reason says what to write', () => {
    expect(why('notice: {}\n', '192.0.2.10')).toContain('notice.host.estate');
  });

  it('are those of its own estate where it knows no router, in both families', () => {
    expect(why(own, '198.51.100.10')).toBeUndefined();
    expect(why(own, '2001:db8::10')).toBeUndefined();
    expect(why(own, '192.0.2.10')).toContain('outside every estate');
    expect(why(own, '2001:db8:1::10')).toContain('outside every estate');
  });

  it('are those of the routers and its own together', () => {
    expect(why(router + own, '192.0.2.10')).toBeUndefined();
    expect(why(router + own, '198.51.100.10')).toBeUndefined();
    expect(why(router + own, '203.0.113.10')).toContain('outside every estate');
  });

  it('never include what Detour itself needs, be it in the estate or not', () => {
    expect(why(`${router}notice: { host: { estate: [10.0.0.0/8] } }\n`, '10.0.0.2')).toBeDefined();
    expect(
      why(`${router}notice: { host: { estate: [10.0.0.0/8] } }\n`, '10.0.0.3'),
    ).toBeUndefined();
  });

  it('are limited in the file that we ship for a host of its own', () => {
    const shipped = readFileSync(new URL('../../../deploy/notice.yaml', import.meta.url), 'utf8');

    expect(why(shipped, '192.0.2.10')).toBeUndefined();
    expect(why(shipped, '203.0.113.10')).toContain('outside every estate');
  });
});

it('the addresses from which Detour looks hold one of loopback alone: whatever else comes from there is a visitor', () => {
  const loopback = lookingFrom(read(own)).filter(isLoopback);

  expect(loopback).toEqual([ownLoopback]);
});
