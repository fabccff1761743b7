import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type QuickStart, startQuickStart } from '../../src/app/quick-start.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type CliResult, runCli } from '../fakes/run-cli.ts';

/** As an operator would edit it: any key, by its name. */
type Config = ReturnType<typeof parse>;

describe('detour doctor', () => {
  let quickStart: QuickStart;
  let configFile: string;
  let original: string;

  const examine = async (
    change: (config: Config) => void = () => undefined,
    tools = '',
  ): Promise<CliResult> => {
    const config = parse(original);
    change(config);
    writeFileSync(configFile, stringify(config));
    return await runCli(['doctor', `--config.file=${configFile}`], {
      PATH: `${tools}/usr/sbin:/usr/bin:/sbin:/bin`,
    });
  };

  beforeAll(async () => {
    quickStart = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
    configFile = path.join(quickStart.folder, 'doctor.yaml');
    original = readFileSync(quickStart.files.configFile, 'utf8');
  });

  afterAll(async () => {
    await quickStart[Symbol.asyncDispose]();
  });

  it('finds everything good beside a Detour that runs, reads its router and tells its own listener from a stranger', async () => {
    const { exitCode, stdout } = await examine((config) => {
      config.limits = { sessions: 1_000 };
    });

    expect(stdout).not.toContain('BAD');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^good {2}Node\.js 24\./);
    expect(stdout).toContain('served by the Detour that runs already');
    expect(stdout).toContain(`good  data folder ${quickStart.folder}/data can be written`);
    expect(stdout).toMatch(
      /good {2}router notice-switch \(frr\) can be read over SSH at 127\.0\.0\.1 port \d+, its key is the pinned one; it has no routes of ours/,
    );
    expect(stdout).toMatch(/open files for a process, enough for 1000 sessions/);
    expect(stdout).toMatch(/good {2}the clock says 20/);
  });

  it.each([
    ['control-group', 'BAD ', 'takes the timers with it by which router own takes changes back'],
    ['process', 'good', 'the timers by which router own takes changes back outlive'],
  ])(
    'asks systemd what becomes of the timers of a router that is this machine: KillMode=%s',
    async (killMode, verdict, words) => {
      const tools = `${quickStart.folder}/tools-${killMode}`;
      mkdirSync(tools);
      const told = `LoadState=loaded\\nKillMode=${killMode}\\n`;
      writeFileSync(`${tools}/systemctl`, `#!/bin/sh\nprintf '${told}'\n`, { mode: 0o755 });

      const { stdout } = await examine((config) => {
        const [{ nextHop, estate }] = config.routers;
        config.routers.push({
          ...{ name: 'own', driver: 'linux', nextHop, estate },
          transport: { type: 'local' },
        });
      }, `${tools}:`);

      const line = stdout.split('\n').find((each) => each.includes(words));
      expect(line?.slice(0, 4)).toBe(verdict);
      expect(line).toContain(`KillMode=${killMode}`);
    },
  );

  it('sends nothing to a router whose key is not the pinned one, and says what to do', async () => {
    const { exitCode, stdout } = await examine((config) => {
      config.routers[0].transport.hostKeys = ['SHA256:aVeryRealLookingFingerprintOfTheSwitch00000'];
    });

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^BAD {3}router notice-switch \(frr\) cannot be read: .* - find out why the key changed/m,
    );
  });

  it('names a port that a stranger holds, a folder that cannot be made, and a router that is not there', async () => {
    const stranger = createServer();
    await once(stranger.listen(0, '127.0.0.1'), 'listening');
    const address = stranger.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const { exitCode, stdout } = await examine((config) => {
      config.admin.listen = `127.0.0.1:${port}`;
      config.dataFolder = `${configFile}/data`;
      config.routers[0].transport.port = 1;
      config.routers[0].transport.connectTimeout = '1s';
    });
    stranger.close();

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      new RegExp(
        `^BAD {3}admin.listen 127.0.0.1:${port} cannot be listened on .* - stop what`,
        'm',
      ),
    );
    expect(stdout).toContain(
      `BAD   data folder ${configFile}/data cannot be made (${configFile} is not a folder) - `,
    );
    expect(stdout).toMatch(
      /^BAD {3}router notice-switch .* - check host, port, and the way there/m,
    );
  });

  it('asks for more open files when the configuration allows more sessions than a process may hold', async () => {
    const { stdout } = await examine((config) => {
      config.limits = { sessions: 9_000_000 };
    });

    expect(stdout).toMatch(
      /^BAD {3}\d+ open files for a process are too few .* set LimitNOFILE=9001000/m,
    );
  });

  it('objects to a hand-over folder that everybody may write', async () => {
    const folder = path.join(quickStart.folder, 'data/handover');
    chmodSync(folder, 0o777);

    const { exitCode, stdout } = await examine();
    chmodSync(folder, 0o750);

    expect(exitCode).toBe(1);
    expect(stdout).toContain(`BAD   everybody may write to ${folder} - run: chmod o-w ${folder}`);
  });

  it('names a store that does not answer, without its password', async () => {
    const { exitCode, stdout } = await examine((config) => {
      config.store = 'mongodb://detour:secret-word@127.0.0.1:1/detour';
    });

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^BAD {3}store mongodb:\/\/127\.0\.0\.1:1\/detour cannot be reached/m);
    expect(stdout).not.toContain('secret-word');
  });

  it('tells every problem of a bad configuration', async () => {
    const { exitCode, stderr } = await examine((config) => {
      config.sites[0].routers = ['nobody'];
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is no router nobody');
  });
});
