import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { writeSampleFiles } from '../../src/quickstart/sample-config.ts';
import { raiseSampleNetwork, type SampleNetwork } from '../../src/quickstart/sample-network.ts';
import { mustRun, run } from '../support/command.ts';
import { Daemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';

const deploy = path.join(import.meta.dirname, '../../deploy');
const program = path.join(import.meta.dirname, '../../bin/detour.js');
const units = ['controller', 'notice', 'host'] as const;
const unitFile = (unit: string): string => `${deploy}/systemd/detour-${unit}.service`;

describe('the systemd units', () => {
  it.each(units)('detour-%s is exposed to at most 2.0 of 10', async (unit) => {
    const { exitCode, stdout } = await run([
      ...['systemd-analyze', 'security', '--offline=true', '--threshold=20'],
      unitFile(unit),
    ]);

    expect(stdout).toMatch(/Overall exposure level for detour-\w+\.service: [01]\.\d/);
    expect(exitCode).toBe(0);
  });

  it('are understood whole by systemd', async () => {
    const { stderr } = await run(['systemd-analyze', 'verify', '--man=no', ...units.map(unitFile)]);
    // What is not installed on this machine is no fault of a unit.
    const complaints = stderr.split('\n').filter((line) => line.includes('/deploy/systemd/'));

    expect(complaints).toEqual([]);
  });

  it('leave the timers of a machine that is its own router alone, and give it no more than its routes', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-units-'));
    const unit = `${folder}/detour-controller.service`;
    const dropIn = `${unit}.d/router.conf`;
    const complaints = async (): Promise<readonly string[]> => {
      const { stderr } = await run(['systemd-analyze', 'verify', '--man=no', unit]);
      return stderr.split('\n').filter((line) => line.includes(folder));
    };
    await mkdir(`${unit}.d`);
    await cp(unitFile('controller'), unit);
    await cp(`${deploy}/systemd/detour-controller-router.conf`, dropIn);
    const text = await readFile(dropIn, 'utf8');

    const found = await complaints();
    await writeFile(dropIn, text.replace('KillMode=process', 'KillMode=nobody'));
    const foundBroken = await complaints();
    await rm(folder, { recursive: true });

    expect(found).toEqual([]);
    expect(foundBroken.join()).toContain('kill mode');
    expect(text.match(/CAP_\w+/g)).toEqual(['CAP_NET_ADMIN', 'CAP_NET_ADMIN']);
  });

  it('name users, folders and groups that sysusers and tmpfiles make', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'detour-root-'));
    await mkdir(`${root}/etc`);

    await mustRun(['systemd-sysusers', `--root=${root}`, `${deploy}/systemd/detour.sysusers.conf`]);
    await mustRun([
      ...['systemd-tmpfiles', '--create', `--root=${root}`],
      `${deploy}/systemd/detour.tmpfiles.conf`,
    ]);
    const users = await readFile(`${root}/etc/passwd`, 'utf8');
    const groups = await readFile(`${root}/etc/group`, 'utf8');
    const made = await readdir(`${root}/var/lib`);
    await rm(root, { recursive: true });

    for (const unit of units) {
      const text = await readFile(unitFile(unit), 'utf8');
      const user = /^User=(\S+)$/m.exec(text)?.[1];
      const names = [...text.matchAll(/^(?:Group|SupplementaryGroups)=(\S+)$/gm)];
      expect(users).toMatch(new RegExp(`^${user}:`, 'm'));
      for (const [, group] of names) {
        expect(groups).toMatch(new RegExp(`^${group}:`, 'm'));
      }
    }
    expect(made).toContain('detour-handover');
  });
});

describe('the two planes as two users, as the units run them', () => {
  // Any numbers that nobody else has will do; the kernel does not ask for names.
  const controllerUser = 64_101;
  const noticeUser = 64_102;
  let folder: string;
  let network: SampleNetwork;
  let controller: Daemon;
  let notice: Daemon;

  const as = (user: number, groups: readonly number[], ...argv: readonly string[]): string[] => [
    ...['setpriv', `--reuid=${user}`, `--regid=${user}`, `--groups=${groups.join(',')}`],
    ...['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'],
    ...argv,
  ];
  const detour = (plane: string, file: string): string[] => [
    ...['sh', '-c', 'umask "$0"; exec "$@"', plane === 'notice' ? '0007' : '0027'],
    ...[process.execPath, program, plane, `--config.file=${file}`, '--log.format=json'],
  ];

  const admin = (): string | undefined =>
    /API, page and metrics: (\S+)/.exec(controller.output)?.[1];

  /** What systemd-tmpfiles would make, in a folder of our own. */
  async function prepare(): Promise<string> {
    const handover = path.join(folder, 'handover');
    await mkdir(handover);
    await chown(handover, controllerUser, noticeUser);
    await chmod(handover, 0o2770);
    await mkdir(path.join(folder, 'etc'));
    const { configFile } = writeSampleFiles(path.join(folder, 'etc'), network, '127.0.0.1:0');
    const config = parse(await readFile(configFile, 'utf8'));
    const { http } = config.notice;
    config.notice.handover = handover;
    config.dataFolder = path.join(folder, 'state');
    config.store = `sqlite:${folder}/state/detour.db`;
    await writeFile(configFile, stringify(config));
    await mkdir(config.dataFolder, { mode: 0o700 });
    for (const secret of ['notice-switch.key', 'tokens.yaml']) {
      await chown(path.join(folder, 'etc', secret), controllerUser, controllerUser);
    }
    await chown(config.dataFolder, controllerUser, controllerUser);
    await writeFile(
      path.join(folder, 'etc/notice.yaml'),
      stringify({ notice: { http, workers: 1, handover }, dataFolder: handover }),
    );
    await chmod(folder, 0o755);
    return configFile;
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-users-'));
    network = await raiseSampleNetwork();
    const configFile = await prepare();
    notice = new Daemon(
      'notice',
      as(noticeUser, [noticeUser], ...detour('notice', path.join(folder, 'etc/notice.yaml'))),
    );
    controller = new Daemon(
      'controller',
      as(controllerUser, [controllerUser, noticeUser], ...detour('controller', configFile)),
    );
    await until(
      'the controller to be ready',
      async () => {
        const url = admin();
        return url !== undefined && (await fetch(`${url}/-/ready`)).status === 200;
      },
      { timeoutMs: 30_000 },
    ).catch((error: unknown) => {
      throw new Error(`${controller.output.slice(-2_000)} ${notice.output.slice(-2_000)}`, {
        cause: error,
      });
    });
  });

  afterAll(async () => {
    await controller?.stop();
    await notice?.stop();
    await network?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('divert an outage and show its notice', async () => {
    await network.sites[0]?.breakDown();

    const answer = await until(
      'the notice of home01',
      async () => {
        const seen = await fetch(`http://127.0.80.100:${network.port}/`, {
          headers: { 'accept-language': 'en' },
          signal: AbortSignal.timeout(2_000),
        });
        return seen.headers.has('detour-notice') ? seen : undefined;
      },
      { timeoutMs: 30_000 },
    );

    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('Home 01');
  });

  it('keep every secret of the controller from the notice plane', async () => {
    const secrets = [
      ...['notice-switch.key', 'tokens.yaml'].map((name) => path.join(folder, 'etc', name)),
      ...(await readdir(path.join(folder, 'state'))).map((name) =>
        path.join(folder, 'state', name),
      ),
    ];
    const readable = await Promise.all(
      secrets.map(async (file) => {
        const reading = await run(as(noticeUser, [noticeUser], 'test', '-r', file));
        return reading.exitCode === 0 ? [file] : [];
      }),
    );
    const environment = await readFile(`/proc/${notice.pid}/environ`, 'utf8');
    const opened = await Promise.all(
      (await readdir(`/proc/${notice.pid}/fd`)).map((fd) =>
        run(['readlink', `/proc/${notice.pid}/fd/${fd}`]),
      ),
    );

    expect(secrets.length).toBeGreaterThan(3);
    expect(readable.flat()).toEqual([]);
    expect(environment).not.toMatch(/TOKEN|PASSWORD|PRIVATE/);
    expect(opened.filter(({ stdout }) => /\/(state|etc)\//.test(stdout))).toEqual([]);
  });
});
