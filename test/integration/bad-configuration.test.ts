import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../fakes/run-cli.ts';
import { badInputs, writeBadConfiguration } from './support/bad-configuration.ts';

describe('detour check-config', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'detour-bad-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('names every kind of bad input at once, each with file, line, column and what to do', async () => {
    const file = writeBadConfiguration(folder);

    const { exitCode, stdout, stderr } = await runCli(['check-config', `--config.file=${file}`]);

    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    const lines = stdout.split('\n');
    for (const { kind, says, at } of badInputs) {
      const line = lines.find((text) => text.includes(says));
      expect.soft(line, kind).toBeDefined();
      expect
        .soft(line, kind)
        .toMatch(new RegExp(`^${path.join(folder, at.file)}:${at.line}:\\d+: `));
      // What to do stands behind the dash, and is a sentence of its own.
      expect.soft(line?.split(' - ')[1]?.length ?? 0, kind).toBeGreaterThan(8);
    }
    expect(stdout).toContain(`${file}: ${badInputs.length} problems`);
  });

  it('refuses what is no YAML, and a file that is not there, with the place', async () => {
    const file = path.join(folder, 'torn.yaml');
    writeFileSync(file, 'sites: [\n  { name: home01\n');

    const torn = await runCli(['check-config', `--config.file=${file}`]);
    const gone = await runCli(['check-config', `--config.file=${folder}/gone.yaml`]);

    expect(torn.exitCode).toBe(1);
    expect(torn.stdout).toMatch(/torn\.yaml:\d+:\d+: /);
    expect(gone.exitCode).toBe(1);
    expect(gone.stdout).toContain(`Could not read the configuration ${folder}/gone.yaml`);
  });

  it('refuses to order certificates without a place for them, or before the terms were agreed to', async () => {
    const file = path.join(folder, 'acme.yaml');
    const authority = 'directoryUrl: https://acme.example.kr/dir, email: noc@example.kr';
    const withTerms = (agreeToTerms: boolean): string =>
      `notice: { http: ["127.0.0.1:8080"], acme: { ${authority}, agreeToTerms: ${agreeToTerms} } }\n`;

    writeFileSync(file, withTerms(true));
    const homeless = await runCli(['check-config', `--config.file=${file}`]);
    writeFileSync(file, withTerms(false));
    const unagreed = await runCli(['check-config', `--config.file=${file}`]);

    expect(homeless.exitCode).toBe(1);
    expect(homeless.stdout).toContain('add notice.certificates, such as ./certificates');
    expect(unagreed.exitCode).toBe(1);
    expect(unagreed.stdout).toContain('read the terms of the authority, then write true');
  });

  it('takes the same file once everything in it is put right', async () => {
    const file = writeBadConfiguration(folder, { isMended: true });

    const { exitCode, stdout } = await runCli(['check-config', `--config.file=${file}`]);

    expect(stdout).toContain('good (2 sites, 2 probes, 1 router, 1 rule, 1 token)');
    expect(exitCode).toBe(0);
  });
});
