import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectFor } from '../../../src/app/load-settings.ts';

interface Written {
  readonly driver?: string;
  readonly transport?: string;
  readonly options?: string;
  readonly store?: string;
  readonly guards?: string;
  readonly onDeath?: string;
}

describe('onDeath', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'detour-test-'));
    writeFileSync(path.join(folder, 'key'), 'a key', { mode: 0o600 });
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const fingerprint = `SHA256:${'a'.repeat(43)}`;
  const ssh = `{ type: ssh, host: 10.0.0.2, user: detour, privateKeyFile: ./key, hostKeys: ["${fingerprint}"] }`;

  const report = ({
    driver = 'linux',
    transport = ssh,
    options = '{}',
    store = 'sqlite:./detour.db',
    guards = '{}',
    onDeath,
  }: Written): ReturnType<typeof inspectFor> => {
    const file = path.join(folder, 'detour.yaml');
    const lines = [
      `store: ${store}`,
      `guards: ${guards}`,
      'routers:',
      '  - name: edge',
      `    driver: ${driver}`,
      `    transport: ${transport}`,
      `    options: ${options}`,
      '    nextHop: { ipv4: 192.0.2.1 }',
      '    estate: [192.0.2.0/24]',
      'sites:',
      '  - name: shop',
      '    hostnames: [shop.example.kr]',
      '    addresses: [192.0.2.10]',
      '    routers: [edge]',
      '    probes: [{ name: web, type: http, url: "http://shop.example.kr/" }]',
      ...(onDeath === undefined ? [] : [`    onDeath: ${onDeath}`]),
    ];
    writeFileSync(file, lines.join('\n'));
    return inspectFor(file, {});
  };

  const problemsOf = (written: Written): readonly string[] =>
    report(written).problems.map(
      ({ line, column, what, remedy }) => `${line}:${column} ${what} - ${remedy}`,
    );

  it('is stay unless a site or the guards say otherwise', () => {
    const { settings } = report({});

    expect(settings?.guards.onDeath).toBe('stay');
    expect(settings?.sites[0]?.onDeath).toBeUndefined();
    expect(settings?.guards.routeLeaseMs).toBe(300_000);
  });

  it.each(['linux', 'nftables', 'bird'])(
    'fall-back is taken on %s, which can take its routes back by itself',
    (driver) => {
      expect(problemsOf({ driver, onDeath: 'fall-back' })).toEqual([]);
    },
  );

  it.each([
    ['ios', ssh],
    ['junos', ssh],
    ['eos', ssh],
    ['vyos', ssh],
    ['gobgp', '{ type: grpc }'],
  ])('fall-back is refused on %s, at the place where it is said', (driver, transport) => {
    expect(problemsOf({ driver, transport, onDeath: 'fall-back' })).toEqual([
      '16:14 site shop falls back when Detour dies, and router edge cannot take its routes back by itself - its device has no timer that removes a route; write onDeath: stay for the site, or use other routers',
    ]);
  });

  it('fall-back as the default of all sites is refused at the router of the site that it reaches', () => {
    const guards = '{ onDeath: fall-back }';

    expect(problemsOf({ driver: 'ios', guards })).toEqual([
      expect.stringMatching(/^14:15 site shop falls back when Detour dies/),
    ]);
    expect(problemsOf({ driver: 'ios', guards, onDeath: 'stay' })).toEqual([]);
  });

  it('fall-back needs the timer of a Linux router', () => {
    expect(problemsOf({ options: '{ undo: off }', onDeath: 'fall-back' })).toEqual([
      expect.stringContaining('set undo: timer'),
    ]);
  });

  it('fall-back by a timer on the controller’s own machine is named: systemd would end it with us', () => {
    const { problems, warnings } = report({
      transport: '{ type: local }',
      onDeath: 'fall-back',
    });

    expect(problems).toEqual([]);
    expect(warnings.map(({ line, what }) => `${line} ${what}`)).toContainEqual(
      expect.stringMatching(
        /^16 .*as a systemd service Detour takes the timer with it unless the unit has KillMode=process/,
      ),
    );
  });

  it('needs a shell on FRR, where a vtysh alone has no timer', () => {
    expect(problemsOf({ driver: 'frr', onDeath: 'fall-back' })).toEqual([
      expect.stringContaining('set options.shell: sh'),
    ]);
    expect(problemsOf({ driver: 'frr', options: '{ shell: sh }', onDeath: 'fall-back' })).toEqual(
      [],
    );
  });

  it('a lease too short for a take-over is refused with a shared store, and only there', () => {
    const guards = '{ routeLease: 44s }';

    expect(problemsOf({ guards, store: 'mongodb://db.example.kr/detour' })).toEqual([
      '2:23 routeLease 44s may end before a standby has taken over - give it at least 45s with a shared store',
    ]);
    expect(problemsOf({ guards })).toEqual([]);
  });

  it('a lease shorter than a controller can be trusted to renew is refused', () => {
    expect(problemsOf({ guards: '{ routeLease: 9s }' })).toHaveLength(1);
  });
});
