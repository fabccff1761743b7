import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../fakes/run-cli.ts';

describe('detour check-config, for a router with old SSH algorithms', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'detour-old-config-'));
    writeFileSync(path.join(folder, 'password'), 'secret-of-the-switch\n', { mode: 0o600 });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const check = (algorithms: string): ReturnType<typeof runCli> => {
    const file = path.join(folder, 'detour.yaml');
    const text = `routers:
  - name: old-switch
    driver: ios
    transport:
      type: ssh
      host: 10.0.0.2
      user: detour
      passwordFile: ./password
      hostKeys: ["SHA256:${'A'.repeat(43)}"]
${algorithms}
    nextHop: { ipv4: 192.168.80.10 }
    estate: [192.168.80.0/24]
`;
    writeFileSync(file, text);
    return runCli(['check-config', `--config.file=${file}`]);
  };

  it('says nothing of a router that asks for none', async () => {
    const { stdout, stderr } = await check('');

    expect(`${stdout}${stderr}`).not.toContain('algorithms');
  });

  it('warns at the place when they are allowed, and says what to do', async () => {
    const { stdout, stderr } = await check('      algorithms: legacy-2012');

    expect(`${stdout}${stderr}`).toMatch(
      /detour\.yaml:10:\d+: .*router old-switch may be reached with the old SSH algorithms of legacy-2012.* - update the device/,
    );
  });

  it('refuses a profile that there is not', async () => {
    const { exitCode, stdout } = await check('      algorithms: anything');

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/detour\.yaml:10:\d+: /);
  });
});
