import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { oldAlgorithmsTeller, tellInsecure } from '../../../src/app/control/insecure-routers.ts';
import type { RouterSettings, TransportSettings } from '../../../src/config/settings.ts';
import type { ControlEvent } from '../../../src/core/event.ts';

const router = (name: string, transport: TransportSettings): RouterSettings => ({
  name,
  driver: 'ios',
  transport,
  allowInsecureTransport: true,
  nextHop: { ipv4: '192.168.80.10' },
  estate: ['192.168.80.0/24'],
  options: {},
});

it('a router that is reached by telnet is named in the log and in the audit, and no other', () => {
  const events: ControlEvent[] = [];
  const warned: unknown[] = [];
  const log = pino({ base: null }, { write: (line: string) => warned.push(JSON.parse(line)) });
  const telnet = {
    type: 'telnet',
    host: '10.0.0.2',
    port: 23,
    passwordFile: '/etc/detour/password',
    connectTimeoutMs: 10_000,
  } as const;

  tellInsecure(
    [router('old-switch', telnet), router('here', { type: 'local' })],
    (event) => events.push(event),
    log,
  );

  expect(warned).toMatchObject([
    {
      level: 40,
      router: 'old-switch',
      place: '10.0.0.2 port 23',
      msg: expect.stringContaining('telnet'),
    },
  ]);
  expect(events).toMatchObject([
    { type: 'noted', reason: 'insecure-transport', detail: expect.stringContaining('old-switch') },
  ]);
});

describe('a router that may be reached with old SSH algorithms', () => {
  const events: ControlEvent[] = [];
  const warned: unknown[] = [];
  const log = pino({ base: null }, { write: (line: string) => warned.push(JSON.parse(line)) });
  const ssh = {
    type: 'ssh',
    host: '10.0.0.3',
    port: 22,
    user: 'detour',
    hostKeys: [`SHA256:${'A'.repeat(43)}`],
    connectTimeoutMs: 10_000,
  } as const;
  const old = router('old-edge', { ...ssh, algorithms: 'legacy-2012' });
  const submit = (event: ControlEvent): number => events.push(event);

  beforeEach(() => {
    events.length = 0;
    warned.length = 0;
  });

  it('is named in the log and in the audit, and a modern one is not', () => {
    tellInsecure([old, router('edge', { ...ssh, algorithms: 'modern' })], submit, log);

    expect(warned).toMatchObject([{ level: 40, router: 'old-edge', place: '10.0.0.3 port 22' }]);
    expect(events).toMatchObject([
      { type: 'noted', reason: 'insecure-transport', detail: expect.stringContaining('old-edge') },
    ]);
  });

  it('has the algorithms that were really used in the audit, once for each choice', () => {
    const tell = oldAlgorithmsTeller(old, submit, log);

    tell(['ssh-rsa', 'hmac-sha1']);
    tell(['ssh-rsa', 'hmac-sha1']);
    tell(['3des-cbc']);

    expect(events).toMatchObject([
      { reason: 'old-algorithms', detail: expect.stringMatching(/old-edge.*ssh-rsa, hmac-sha1/) },
      { reason: 'old-algorithms', detail: expect.stringMatching(/old-edge.*3des-cbc/) },
    ]);
    expect(warned).toHaveLength(2);
  });
});
