import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { siteViewSchema } from '../../src/api/sites/schema.ts';
import { vantageListSchema } from '../../src/api/vantages/schema.ts';
import { type QuickStart, startQuickStart } from '../../src/app/quick-start.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Daemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';

const vantageToken = 'token-of-the-vantage-busan';
const tooFewMs = 5_000;

describe('detour vantage', () => {
  let quickStart: QuickStart;

  const ask = (where: string, method = 'GET'): Promise<Response> =>
    fetch(`${quickStart.plane.adminUrl}${where}`, {
      method,
      headers: { authorization: `Bearer ${quickStart.files.token}` },
    });

  const home01 = async () => siteViewSchema.parse(await (await ask('/api/v1/sites/home01')).json());

  const untilPhase = (phase: string): Promise<true> =>
    until(`home01 to be ${phase}`, async () => (await home01()).phase === phase, {
      timeoutMs: 30_000,
    });

  const isReporting = async (): Promise<boolean> => {
    const { vantages } = vantageListSchema.parse(await (await ask('/api/v1/vantages')).json());
    return vantages.some(({ name, lastReportAt }) => name === 'busan' && lastReportAt !== null);
  };

  const tell = (what: string): Promise<Response> =>
    fetch(`${quickStart.controlUrl}/home01/${what}`, { method: 'POST' });

  beforeAll(async () => {
    quickStart = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
    const { configFile } = quickStart.files;
    const config = parse(readFileSync(configFile, 'utf8'));
    config.vantages = ['local', 'busan'];
    writeFileSync(configFile, stringify(config));
    const tokensFile = path.join(quickStart.folder, 'tokens.yaml');
    const { tokens } = parse(readFileSync(tokensFile, 'utf8'));
    const sha256 = createHash('sha256').update(vantageToken).digest('hex');
    tokens.push({ name: 'busan', role: 'viewer', sha256 });
    writeFileSync(tokensFile, stringify({ tokens }));
    writeFileSync(path.join(quickStart.folder, 'busan.token'), vantageToken, { mode: 0o600 });
    expect((await ask('/-/reload', 'POST')).status).toBe(200);
  });

  afterAll(async () => {
    await quickStart[Symbol.asyncDispose]();
  });

  it('is the second pair of eyes: one vantage of two diverts nothing, two together divert and restore', async () => {
    await tell('break');
    const alone = await until('the one vantage to have failed often enough', async () => {
      const { phase, verdict } = await home01();
      return phase === 'suspect' && { phase, verdict };
    });
    await expect(
      until('a diversion', async () => (await home01()).phase === 'diverted', {
        timeoutMs: tooFewMs,
      }),
    ).rejects.toThrow('in vain');

    await using vantage = new Daemon('busan', [
      process.execPath,
      'bin/detour.js',
      'vantage',
      'busan',
      `--url=${quickStart.plane.adminUrl}`,
      `--token.file=${quickStart.folder}/busan.token`,
    ]);
    await until('the vantage to report', isReporting);
    await untilPhase('diverted');
    await tell('repair');
    await untilPhase('serving');

    expect(alone.verdict).toBe('unknown');
    expect(vantage.output).toContain('Vantage busan reports to');
  });
});
