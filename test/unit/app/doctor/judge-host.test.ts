import { describe, expect, it } from 'vitest';
import { judgeClock } from '../../../../src/app/doctor/clock.ts';
import { hardLimit, judgeFileLimit } from '../../../../src/app/doctor/file-limits.ts';
import { judgeFreeSpace } from '../../../../src/app/doctor/folders.ts';
import { judgeKernel } from '../../../../src/app/doctor/kernel.ts';
import { judgeNode } from '../../../../src/app/doctor/node-version.ts';
import { judgeOwnTimers, serviceOf } from '../../../../src/app/doctor/own-timers.ts';
import { judgeRedirects } from '../../../../src/app/doctor/redirects.ts';

const calmKernel = {
  forwarding: 0,
  reversePathFilter: 2,
  trackedConnections: undefined,
  backlog: 4_096,
};

describe('the doctor', () => {
  it.each([
    ['20.19.0', 'BAD'],
    ['24.11.9', 'BAD'],
    ['24.12.0', 'good'],
    ['25.0.0', 'good'],
  ])('takes Node.js %s for %s', (version, verdict) => {
    expect(judgeNode(version).verdict).toBe(verdict);
  });

  it.each([
    [50, 'BAD'],
    [500, 'note'],
    [5_000, 'good'],
  ])('takes %d MiB of free disk for %s', (mebibytes, verdict) => {
    expect(judgeFreeSpace('/data', mebibytes * 1024 * 1024).verdict).toBe(verdict);
  });

  it('reads the limit to which a process may raise its open files', () => {
    const limits =
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max processes             63434                63434                processes \n' +
      'Max open files            1024                 524288               files     \n';

    expect(hardLimit(limits)).toBe(524_288);
    expect(hardLimit(limits.replace('524288   ', 'unlimited'))).toBe(Number.POSITIVE_INFINITY);
    expect(hardLimit('')).toBeUndefined();
  });

  it('asks for as many open files as there may be sessions, and some more', () => {
    expect(judgeFileLimit(21_000, 20_000).verdict).toBe('good');
    expect(judgeFileLimit(20_000, 20_000)).toEqual({
      verdict: 'BAD',
      text: '20000 open files for a process are too few for limits.sessions: 20000 - set LimitNOFILE=21000 or more in the unit of the service (ulimit -Hn elsewhere), or lower limits.sessions',
    });
  });

  it('counts a second one for each session that may be passed through to an origin', () => {
    const tight = judgeFileLimit(21_000, 20_000, 4_000);

    expect(judgeFileLimit(25_000, 20_000, 4_000).verdict).toBe('good');
    expect(tight.verdict).toBe('BAD');
    expect(tight.text).toContain('limits.passedSessions: 4000 - set LimitNOFILE=25000');
  });

  it('sees a clock that has gone back behind the last write of the journal', () => {
    const now = Date.UTC(2026, 0, 13, 9);

    expect(judgeClock(now, [now - 5_000, 0]).verdict).toBe('good');
    expect(judgeClock(now, [now + 30_000]).verdict).toBe('good');
    expect(judgeClock(now, [0, now + 3_600_000]).verdict).toBe('BAD');
  });

  it('hints at kernel settings that hurt on a notice host, each by its name', () => {
    const harsh = {
      forwarding: 1,
      reversePathFilter: 1,
      trackedConnections: 262_144,
      backlog: 128,
    };

    const found = judgeKernel(harsh, 10_000).map(({ verdict, text }) => `${verdict} ${text}`);

    expect(found).toHaveLength(4);
    expect(found[0]).toMatch(/^note net\.ipv4\.ip_forward is 1: /);
    expect(found[1]).toMatch(/^note net\.ipv4\.conf\.all\.rp_filter is 1: /);
    expect(found[2]).toContain('about 2184 new connections per second for long');
    expect(found[3]).toMatch(/^note net\.core\.somaxconn is 128: /);
  });

  it('has nothing to say about a calm kernel, nor about a table that lasts', () => {
    expect(judgeKernel(calmKernel, 10_000)).toMatchObject([{ verdict: 'good' }]);
    expect(judgeKernel({ ...calmKernel, trackedConnections: 2_000_000 }, 10_000)).toMatchObject([
      { verdict: 'good' },
    ]);
  });

  it('warns of redirects only on a network on which a notice server stands', () => {
    const lan = { name: 'eth0', cidrs: ['10.10.4.20/24'], followsRedirects: true };
    const hops = ['10.10.4.10'];

    expect(judgeRedirects([lan], hops)[0]?.text).toContain('net.ipv4.conf.eth0.accept_redirects');
    expect(judgeRedirects([{ ...lan, followsRedirects: false }], hops)[0]?.verdict).toBe('good');
    expect(judgeRedirects([lan], ['192.0.2.10'])).toEqual([]);
  });

  it.each([
    ['0::/system.slice/detour-controller.service\n', 'detour-controller.service'],
    ['0::/system.slice/system-detour.slice/detour@seoul.service\n', 'detour@seoul.service'],
    ['0::/user.slice/user-0.slice/session-4.scope\n', undefined],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-term.scope\n', undefined],
    ['0::/\n', undefined],
    ['', undefined],
  ])('finds the service of systemd in the control group %j: %s', (cgroup, unit) => {
    expect(serviceOf(cgroup)).toBe(unit);
  });

  it.each([
    ['control-group', 'BAD'],
    ['mixed', 'BAD'],
    ['process', 'good'],
    ['none', 'good'],
  ])('takes KillMode=%s of a service with timers of its own for %s', (killMode, verdict) => {
    const found = judgeOwnTimers(['edge'], { name: 'detour-controller.service', killMode });

    expect(found.verdict).toBe(verdict);
    expect(found.text).toContain(`KillMode=${killMode}`);
  });

  it('says what nobody here can tell of timers that must outlive the controller', () => {
    expect(judgeOwnTimers(['edge', 'core'], undefined)).toMatchObject({ verdict: 'note' });
  });
});
