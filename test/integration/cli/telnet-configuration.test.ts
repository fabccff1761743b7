import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../fakes/run-cli.ts';

describe('detour check-config, for a router that is reached by telnet', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'detour-telnet-config-'));
    writeFileSync(path.join(folder, 'password'), 'secret-of-the-switch\n', { mode: 0o600 });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const check = (more: string): ReturnType<typeof runCli> => {
    const file = path.join(folder, 'detour.yaml');
    const text = `routers:
  - name: old-switch
    driver: ios
    transport: { type: telnet, host: 10.0.0.2, passwordFile: ./password }
    nextHop: { ipv4: 192.168.80.10 }
    estate: [192.168.80.0/24]
${more}`;
    writeFileSync(file, text);
    return runCli(['check-config', `--config.file=${file}`]);
  };

  it('is an error with its place and its remedy unless the router allows it', async () => {
    const { exitCode, stdout } = await check('');

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /detour\.yaml:4:\d+: .*router old-switch is reached by telnet.* - use transport type ssh; for a device without SSH say allowInsecureTransport: true/,
    );
  });

  it('is said as a warning when the router allows it', async () => {
    const { stdout, stderr } = await check('    allowInsecureTransport: true\n');

    const words = `${stdout}${stderr}`;
    expect(words).toMatch(/router old-switch is reached by telnet: everybody on the way can read/);
    expect(words).not.toContain('say allowInsecureTransport: true');
    expect(words).not.toContain('secret-of-the-switch');
  });
});
