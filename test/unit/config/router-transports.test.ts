import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectFor } from '../../../src/app/load-settings.ts';

const fingerprint = `SHA256:${'a'.repeat(43)}`;
const ssh = `{ type: ssh, host: 10.0.0.2, user: detour, privateKeyFile: ./key, hostKeys: ["${fingerprint}"] }`;

describe('a driver and its transport', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'detour-test-'));
    writeFileSync(path.join(folder, 'key'), 'a key', { mode: 0o600 });
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const problemsOf = (driver: string, transport: string): readonly string[] => {
    const file = path.join(folder, 'detour.yaml');
    writeFileSync(
      file,
      [
        'routers:',
        '  - name: edge',
        `    driver: ${driver}`,
        `    transport: ${transport}`,
        '    nextHop: { ipv4: 192.0.2.1 }',
        '    estate: [192.0.2.0/24]',
      ].join('\n'),
    );
    return inspectFor(file, {}).problems.map(
      ({ line, column, what, remedy }) => `${line}:${column} ${what} - ${remedy}`,
    );
  };

  it.each([
    ['frr', ssh],
    ['linux', '{ type: local }'],
    ['ios', ssh],
    ['junos', ssh],
    ['eos', ssh],
    ['vyos', ssh],
    ['bird', ssh],
    ['gobgp', '{ type: grpc }'],
  ])('%s is reached by %s', (driver, transport) => {
    expect(problemsOf(driver, transport)).toEqual([]);
  });

  it('frr takes a terminal where there is nothing else, without being told', () => {
    const telnet =
      '{ type: telnet, host: 10.0.0.2, passwordFile: ./key }\n    allowInsecureTransport: true';

    expect(problemsOf('frr', telnet)).toEqual([]);
    expect(problemsOf('frr', `${telnet}\n    options: { shell: vtysh }`)).toEqual([
      expect.stringContaining('4:24 driver frr needs commands, which a transport of type telnet'),
    ]);
  });

  it('is refused at its place when the transport cannot carry what the driver needs', () => {
    expect(problemsOf('junos', '{ type: local }')).toEqual([
      '4:24 driver junos needs shell, which a transport of type local does not carry - use transport type ssh or telnet, or the options under which the driver needs something else',
    ]);
    expect(problemsOf('gobgp', ssh)).toHaveLength(1);
    expect(problemsOf('linux', '{ type: grpc }')).toHaveLength(1);
  });
});
