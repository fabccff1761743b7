import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNoticeClient } from '../../src/adapters/publishers/notice-client.ts';
import { ChildLines } from './support/child-lines.ts';

const configuration = `
store: sqlite:./detour.db
admin: { listen: "127.0.0.1:0", tokensFile: ./tokens.yaml }
notice: { http: ["127.0.0.1:0"], workers: 1, acmeFolder: ./challenges }
routers: []
sites: []
rules: []
`;

describe('detour serve', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-test-'));
    await writeFile(path.join(folder, 'detour.yaml'), configuration);
    await writeFile(path.join(folder, 'tokens.yaml'), 'tokens: []\n', { mode: 0o600 });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('moves the hand-over by --data.folder for itself and the notice process, which answers our ACME challenges', async () => {
    const data = path.join(folder, 'elsewhere');
    await using child = new ChildLines(process.execPath, [
      'bin/detour.js',
      'serve',
      `--config.file=${path.join(folder, 'detour.yaml')}`,
      `--data.folder=${data}`,
      '--log.format=json',
    ]);
    await child.until((lines) => lines.some((text) => text.includes(' watches ')), 30_000);

    const notice = openNoticeClient(path.join(data, 'handover', 'notice.sock'));
    const { pid, listening } = await notice.status(AbortSignal.timeout(5_000));
    mkdirSync(path.join(folder, 'challenges'));
    writeFileSync(path.join(folder, 'challenges', 'our-token'), 'our-token.thumbprint');
    const challenge = (token: string) =>
      fetch(`http://127.0.0.1:${listening[0]?.port}/.well-known/acme-challenge/${token}`);
    const ours = await challenge('our-token');
    const foreign = await challenge('foreign-token');

    // The notice process outlives its controller on purpose; this test started it.
    process.kill(pid, 'SIGTERM');
    await child.end('SIGTERM');
    expect([ours.status, await ours.text()]).toEqual([200, 'our-token.thumbprint']);
    expect(foreign.status).not.toBe(200);
    expect(readdirSync(folder)).not.toContain('data');
    expect(existsSync(path.join(data, 'notice.log'))).toBe(true);
  });
});
