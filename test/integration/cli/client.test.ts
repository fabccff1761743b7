import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ApiOptions } from '../../../src/api/http/options.ts';
import type { Role } from '../../../src/api/http/roles.ts';
import { siteViewSchema } from '../../../src/api/sites/schema.ts';
import { displayWidth } from '../../../src/cli/table.ts';
import { type ApiBench, openApiBench, tokenOf } from '../../fakes/api-bench.ts';
import { sampleNodes } from '../../fakes/notice-nodes.ts';
import { type CliResult, runCli } from '../../fakes/run-cli.ts';

interface CliBench extends AsyncDisposable {
  readonly bench: ApiBench;
  readonly folder: string;
  readonly url: string;
  /** Runs detour with the token of a role. */
  detour(
    role: Role,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<CliResult>;
}

async function openCliBench(options: Partial<ApiOptions> = {}): Promise<CliBench> {
  const bench = await openApiBench(options);
  const folder = mkdtempSync(join(tmpdir(), 'detour-cli-'));
  const url = `http://127.0.0.1:${await bench.listen()}`;
  return {
    bench,
    folder,
    url,
    detour: async (role, args, env = {}) => {
      const file = join(folder, role);
      writeFileSync(file, `${tokenOf(role)}\n`);
      return await runCli(args, { DETOUR_URL: url, DETOUR_TOKEN_FILE: file, ...env });
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await bench[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('detour status', () => {
  it('shows every site in columns that Korean titles do not break', async () => {
    await using cli = await openCliBench();
    await cli.detour('operator', ['freeze', '--reason', 'switch replaced']);

    const { exitCode, stdout, stderr } = await cli.detour('viewer', ['status'], {
      LANG: 'ko_KR.UTF-8',
    });

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('4 sites (4 serving), 1 of 1 routers readable, 0 incidents open');
    expect(stdout).toContain('FROZEN by kim-operator: switch replaced');
    const rows = stdout.split('\n').filter((line) => /^(SITE|home|shared|shop)/.test(line));
    expect(rows).toHaveLength(5);
    expect(rows[1]).toContain('홈페이지 home01');
    const starts = rows.map((row) =>
      displayWidth(row.slice(0, /(PHASE|serving)/.exec(row)?.index)),
    );
    expect(new Set(starts).size).toBe(1);
  });

  it('shows every notice node, what it serves and what is wrong with it', async () => {
    await using cli = await openCliBench({ noticeNodes: () => sampleNodes });

    const { stdout } = await cli.detour('viewer', ['status']);

    expect(stdout).toMatch(/^NODE +STATE +SNAPSHOT +AGE +HEARD +SESSIONS +REMARK$/m);
    expect(stdout).toMatch(/^node-a +up +12 .* 7$/m);
    expect(stdout).toMatch(
      /^node-b .*refuses the newest snapshot: Snapshot 12 has a wrong signature; small pages; 2 sites not ready \(home01, shop\)$/m,
    );
    expect(stdout).toMatch(/^node-d +DOWN +- +- +- +- +does not follow/m);
  });

  it('prints JSON for scripts', async () => {
    await using cli = await openCliBench();

    const { stdout } = await cli.detour('viewer', ['status', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      status: { isReady: true },
      sites: [{ name: 'home01' }, {}, {}, {}],
    });
  });

  it('lets no site write to the terminal', async () => {
    await using cli = await openCliBench();
    await cli.detour('operator', ['hold', 'home01', '--reason', 'looking']);
    const { controller } = cli.bench.control;
    const { config } = controller.state();
    const site = config.sites['home01'];
    if (site !== undefined) {
      const title = { en: 'red \u001b[31m alert \u0007' };
      await controller.submit({
        type: 'config-applied',
        config: { ...config, sites: { ...config.sites, home01: { ...site, title } } },
      });
    }

    const { stdout } = await cli.detour('viewer', ['status']);

    expect(stdout).toContain('red ·[31m alert ·');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('detour routers', () => {
  it('shows each router, how long ago it was read and what is wrong with it', async () => {
    await using cli = await openCliBench();
    const message = '10.0.0.2 port 22 refused the login';
    const [router = ''] = Object.keys(cli.bench.control.controller.state().routers);
    await cli.bench.control.controller.submit({ type: 'router-unreadable', router, message });

    const all = await cli.detour('viewer', ['routers']);
    const status = await cli.detour('viewer', ['status']);

    expect(all.exitCode).toBe(0);
    expect(all.stdout).toMatch(/^ROUTER +STATE +READ +ROUTES +TROUBLE$/m);
    expect(all.stdout).toMatch(
      new RegExp(`^${router} +UNREADABLE +\\S+ +0 of 0 +${message}$`, 'm'),
    );
    expect(status.stdout).toContain(`\nROUTER ${router}: ${message}\n`);
  });

  it('reads one now and tells what it has and lacks', async () => {
    await using cli = await openCliBench();
    const [router = ''] = Object.keys(cli.bench.control.controller.state().routers);
    await cli.bench.control.probe('home01', 'fail', 3);

    const whole = await cli.detour('viewer', ['routers', router]);
    cli.bench.control.routes.set(router, []);
    const bare = await cli.detour('viewer', ['routers', router]);

    expect(whole.stdout).toContain(`${router} was read just now.\n  192.168.80.100/32 via `);
    expect(whole.stdout).toContain('It has the routes that it should have.');
    expect(bare.stdout).toMatch(/Still to be sent:\n {2}ip route 192\.168\.80\.100\/32 /);
  });

  it('has a refused login tried for who may give orders, not for who only looks', async () => {
    await using cli = await openCliBench();
    const { control } = cli.bench;
    const [router = ''] = Object.keys(control.controller.state().routers);
    control.isRouterUp = false;

    await cli.detour('viewer', ['routers', router]);
    const { exitCode, stdout } = await cli.detour('operator', ['routers', router]);

    expect(control.looks).toEqual(['asking', 'insisting']);
    expect([exitCode, stdout]).toEqual([
      1,
      `${router} could not be read: Could not connect to 10.0.0.2:22\n`,
    ]);
  });
});

describe('detour why', () => {
  it('tells the story of a diverted site', async () => {
    await using cli = await openCliBench();
    await cli.bench.control.probe('home01', 'fail', 3);

    const { exitCode, stdout } = await cli.detour('viewer', ['why', 'home01']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Visitors of home01 see its notice, because a rule fired \(cause server-failure\)\.$/m,
    );
    expect(stdout).toMatch(/^It is diverted since 2026-11-24 /m);
    expect(stdout).toContain('What would change it');
    expect(stdout).toContain('It is restored once every probe of home01 passes');
    expect(stdout).toMatch(/web +192\.168\.80\.100 +local/);
    expect(stdout).toContain('site-down: firing, when probes.web.verdict == "down"');
  });

  it('says that there is no such site', async () => {
    await using cli = await openCliBench();

    const { exitCode, stdout, stderr } = await cli.detour('viewer', ['why', 'nobody']);

    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'Not found: No site is named nobody. "detour status" or GET /api/v1/sites lists them. [not-found]\n',
    );
  });
});

describe('orders from a shell', () => {
  it('divert a site, name its neighbours first, and say how long it lasts', async () => {
    await using cli = await openCliBench();

    const { exitCode, stdout, stderr } = await cli.detour('operator', [
      'divert',
      'home02',
      '--reason',
      '점검 중',
      '--for',
      '30m',
    ]);

    expect(exitCode).toBe(0);
    expect(stderr).toBe('This takes along shared: it shares 192.168.80.200.\n');
    expect(stdout).toMatch(/^Ordered: divert home02, until 2026-11-24 00:30:\d\d/);
    expect(stdout).toContain('home02 is diverting (publishing)');
    const { override } = cli.bench.control.controller.state().sites.get('home02') ?? {};
    expect(override).toMatchObject({ reason: '점검 중', owner: 'kim-operator', action: 'divert' });
  });

  it('restore, hold and release it', async () => {
    await using cli = await openCliBench();
    const phase = (): string | undefined =>
      cli.bench.control.controller.state().sites.get('home01')?.phase.name;

    const held = await cli.detour('operator', ['hold', 'home01', '--reason', 'looking']);
    expect([held.exitCode, phase()]).toEqual([0, 'held']);
    const restored = await cli.detour('operator', [
      'restore',
      'home01',
      '--reason',
      'it is fine',
      '--json',
    ]);
    expect(siteViewSchema.parse(JSON.parse(restored.stdout)).override?.action).toBe('restore');
    const released = await cli.detour('operator', ['release', 'home01']);
    const again = await cli.detour('operator', ['release', 'home01']);

    expect(released.stdout).toContain('Released: automation decides about home01 again.');
    expect(again.stdout).toContain('There was no order about home01');
    expect([released.exitCode, again.exitCode, phase()]).toEqual([0, 0, 'serving']);
  });

  it('approve what waits, and say so when nothing does', async () => {
    await using cli = await openCliBench();

    const early = await cli.detour('operator', ['approve', 'home02', '--reason', 'seen']);
    await cli.bench.control.probe('shared', 'fail', 3);
    await cli.bench.control.probe('home02', 'fail', 3);
    const status = await cli.detour('viewer', ['status']);
    const approved = await cli.detour('operator', ['approve', 'home02', '--reason', 'seen']);

    expect(early.exitCode).toBe(1);
    expect(early.stderr).toContain('does not wait for approval');
    expect(status.stdout).toContain('held back: mode confirm: waits for a person to approve');
    expect(approved.stdout).toContain('Approved.');
  });

  it('freeze and thaw', async () => {
    await using cli = await openCliBench();

    const frozen = await cli.detour('operator', ['freeze', '--reason', 'switch']);
    const isFrozen = cli.bench.control.controller.state().freeze !== undefined;
    const thawed = await cli.detour('operator', ['thaw']);

    expect([frozen.exitCode, isFrozen]).toEqual([0, true]);
    expect(thawed.stdout).toBe('Thawed: automation may act again.\n');
    expect(cli.bench.control.controller.state().freeze).toBeUndefined();
  });

  it('list brakes and release one', async () => {
    await using cli = await openCliBench();
    for (const site of ['home01', 'home02', 'shop', 'shared']) {
      await cli.bench.control.probe(site, 'fail', 3);
    }

    const list = await cli.detour('viewer', ['brake', 'list']);
    const refused = await cli.detour('operator', [
      'brake',
      'release',
      'mass-failure',
      '--reason',
      'x',
    ]);
    const released = await cli.detour('approver', [
      'brake',
      'release',
      'mass-failure',
      '--reason',
      'power',
    ]);

    expect(list.stdout).toMatch(/^mass-failure +active /m);
    expect(refused.stderr).toContain(
      'This needs the role approver; the token kim-operator has the role operator.',
    );
    expect(released.stdout).toMatch(/^Released mass-failure for \d sites until /);
  });

  it('are refused with every reason', async () => {
    await using cli = await openCliBench();

    const long = await cli.detour('operator', ['hold', 'home01', '--reason', 'x', '--for', '5d']);
    const empty = await cli.detour('operator', ['hold', 'home01', '--reason', '  ']);

    expect([long.exitCode, empty.exitCode]).toEqual([1, 1]);
    expect(long.stderr).toContain('at most 3d');
    expect(empty.stderr).toContain('/body/reason: say why');
  });
});

describe('detour audit verify', () => {
  it('says that the chain holds, and exits 1 when it does not', async () => {
    await using cli = await openCliBench();

    await cli.detour('operator', ['freeze', '--reason', 'so that there is an entry']);
    const whole = await cli.detour('viewer', ['audit', 'verify']);
    cli.bench.control.journal.broken = { seq: 7, problem: 'its hash does not fit its text' };
    cli.bench.control.clock.advance(10_000);
    const broken = await cli.detour('viewer', ['audit', 'verify']);

    expect(whole.exitCode).toBe(0);
    expect(whole.stdout).toMatch(/^The audit is intact\.\nNewest entry: \d+ [0-9a-f]{64}\n$/);
    expect(broken.exitCode).toBe(1);
    expect(broken.stdout).toBe('The audit is BROKEN at entry 7: its hash does not fit its text\n');
  });
});

describe('what can be wrong on the way', () => {
  it('is told in words that name the remedy', async () => {
    await using cli = await openCliBench();
    writeFileSync(join(cli.folder, 'two'), 'one two\n');
    const closed = 'http://127.0.0.1:9';
    const none = await runCli(['status'], { DETOUR_URL: cli.url });
    const missing = await runCli(['status'], {
      DETOUR_URL: cli.url,
      DETOUR_TOKEN_FILE: '/nowhere/token',
    });
    const two = await runCli(['status'], {
      DETOUR_URL: cli.url,
      DETOUR_TOKEN_FILE: join(cli.folder, 'two'),
    });
    const refused = await cli.detour('viewer', ['status', '--url', closed]);
    const unknown = await cli.detour('viewer', ['status'], {
      DETOUR_URL: 'http://no-such-host.invalid',
    });
    writeFileSync(join(cli.folder, 'wrong'), 'not-a-known-token');
    const wrong = await runCli(['status'], {
      DETOUR_URL: cli.url,
      DETOUR_TOKEN_FILE: join(cli.folder, 'wrong'),
    });

    for (const result of [none, missing, two, refused, unknown, wrong]) {
      expect([result.exitCode, result.stdout]).toEqual([1, '']);
      expect(result.stderr.split('\n')).toHaveLength(2);
    }
    expect(none.stderr).toContain('DETOUR_TOKEN_FILE');
    expect(missing.stderr).toContain('Could not read the token file /nowhere/token');
    expect(two.stderr).toContain('must hold one token');
    expect(refused.stderr).toContain(
      `Could not reach the controller at ${closed}: nothing listens there`,
    );
    expect(unknown.stderr).toMatch(/its name (is not known|could not be resolved)/);
    expect(wrong.stderr).toContain('This token is not among the configured ones');
    expect(wrong.stderr).not.toContain('not-a-known-token');
  });

  it('is told when something else than Detour answers', async () => {
    const stranger = createServer((_request, response) => response.end('<h1>It works!</h1>'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = stranger.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await using cli = await openCliBench();

    const result = await cli.detour('viewer', ['status'], {
      DETOUR_URL: `http://127.0.0.1:${port}`,
    });
    stranger.close();

    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('does not know');
  });

  it('lets a flag beat its variable', async () => {
    await using cli = await openCliBench();

    const result = await cli.detour('viewer', ['status', `--url=${cli.url}`], {
      DETOUR_URL: 'http://127.0.0.1:9',
    });

    expect(result.exitCode).toBe(0);
  });
});
