import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../fakes/run-cli.ts';

/** The commands of the contract. */
const commands = [
  'serve',
  'controller',
  'notice',
  'demo',
  'check-config',
  'rules',
  'plan',
  'doctor',
  'status',
  'why',
  'divert',
  'restore',
  'hold',
  'release',
  'approve',
  'freeze',
  'thaw',
  'audit',
  'token',
];

describe('the command line', () => {
  it('names every command of the contract in its help', async () => {
    const { exitCode, stdout } = await runCli(['--help']);

    expect(exitCode).toBe(0);
    for (const command of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
  });

  it.each(commands)('has help for %s', async (command) => {
    const { exitCode, stdout } = await runCli([command, '--help']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: detour ${command}`);
  });

  it('says its version and that of Node', async () => {
    const { exitCode, stdout } = await runCli(['--version']);

    expect(exitCode).toBe(0);
    expect(stdout).toBe(`detour 0.1.0 (node ${process.versions.node})\n`);
  });

  it.each([
    [[], 'Usage: detour'],
    [['divrt', 'home01'], '(Did you mean divert?)'],
    [['divert'], "required option '--reason <text>'"],
    [['divert', '--reason', 'x'], "missing required argument 'site'"],
    [['why', 'a', 'b'], 'too many arguments'],
    [['status', '--jsn'], '(Did you mean --json?)'],
    [['serve', '--log.level=loud'], 'must be one of debug, info, warn, error'],
    [['serve', '--log.format=xml'], 'must be one of json, text'],
    [['serve', '--web.listen-address=8600'], 'host:port such as 127.0.0.1:8600'],
    [['status', '--url=ftp://x'], '--url (or DETOUR_URL) must be a URL'],
    [['hold', 'home01', '--reason', 'x', '--for', 'ever'], '--for must be a duration'],
    [['token', 'create', '--name', 'kim', '--role', 'boss'], '--role must be one of viewer'],
    [['token', 'create', '--name', 'a b', '--role', 'viewer'], '--name must be'],
    [['brake'], 'Usage: detour brake'],
  ])('answers %j with exit code 2 and a hint', async (args, hint) => {
    const { exitCode, stdout, stderr } = await runCli(args);

    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(hint);
  });

  it('names the variable that is wrong', async () => {
    const { exitCode, stderr } = await runCli(['serve'], { DETOUR_LOG_LEVEL: 'loud' });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('DETOUR_LOG_LEVEL');
  });

  it('makes tokens that are shown once, with the line that lets them in', async () => {
    const first = await runCli(['token', 'create', '--name', 'kim', '--role', 'operator']);
    const second = await runCli([
      'token',
      'create',
      '--name',
      'kim',
      '--role',
      'operator',
      '--json',
    ]);

    const token = first.stdout.trim();
    const sha256 = createHash('sha256').update(token).digest('hex');
    expect(first.exitCode).toBe(0);
    expect(token).toMatch(/^detour_[A-Za-z0-9_-]{43}$/);
    expect(first.stderr).toContain(`  - { name: kim, role: operator, sha256: ${sha256} }`);
    expect(first.stderr).not.toContain(token);
    expect(JSON.parse(second.stdout)).toMatchObject({ name: 'kim', role: 'operator' });
    expect(JSON.parse(second.stdout).token).not.toBe(token);
  });
});
