import { pino } from 'pino';
import { expect, it } from 'vitest';
import { tellInsecure } from '../../../src/app/control/insecure-routers.ts';
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
