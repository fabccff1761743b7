import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mustRun } from '../support/command.ts';
import { Daemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { home01, home02, Lab, labAddresses, twoSites } from './support/lab.ts';
import {
  addNamespace,
  inside,
  newLabName,
  removeLab,
  sweepDeadLabs,
} from './support/namespaces.ts';
import { sshFromController, startStandInNotice } from './support/stand-in.ts';

/** Long enough for the slowest change of one route that was ever measured here (a restore by iBGP, 1.2 s), and then some. */
const changeLimitMs = 3_000;
const diversion = `ip route ${home01.address}/32 ${labAddresses.notice} tag 6310`;
const diversionV6 = 'ipv6 route fd10:80::100/128 fd10:4::10 tag 6310';
const atHome01 = { address: home01.address, headers: { host: home01.hostname } };
const atHome02 = { address: home02.address, headers: { host: home02.hostname } };

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

describe.each(['ospf', 'bgp'] as const)('a static route that %s carries', (protocol) => {
  let lab: Lab;

  beforeAll(async () => {
    const startedAt = performance.now();
    lab = await Lab.open({ protocol, sites: twoSites });
    say(`${protocol}: lab up in ${Math.round(performance.now() - startedAt)} ms`);
    await lab.acceptAtNotice([home01.address, 'fd10:80::100']);
    await startStandInNotice(lab);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    expect(await lab.switch.staticLines()).toEqual([]);
  });

  it('serves the visitor both sites from their own servers', async () => {
    for (const site of twoSites) {
      const answer = await lab.client.request({
        address: site.address,
        path: '/a/page',
        headers: { host: site.hostname },
      });

      expect(answer).toMatchObject({
        status: 200,
        body: `${site.name} GET ${site.hostname}/a/page\n`,
      });
    }
  });

  it('takes the visitor to the notice host and back, and leaves the other site alone', async () => {
    using first = lab.client.watch(atHome01);
    using second = lab.client.watch(atHome02);
    await first.first('home01', 0, 1_000);

    const divertedAt = Date.now();
    await sshFromController(lab, ['configure terminal', diversion]);
    const noticed = await first.first('notice', divertedAt, changeLimitMs);

    const restoredAt = Date.now();
    await sshFromController(lab, ['configure terminal', `no ${diversion}`]);
    const restored = await first.first('home01', restoredAt, changeLimitMs);

    say(
      `${protocol}: diverted in ${noticed - divertedAt} ms, restored in ${restored - restoredAt} ms`,
    );
    expect(second.seenSince(0)).toEqual(['home02']);
  });

  it('takes the visitor to the notice host by IPv6 too', async () => {
    using watch = lab.client.watch({ address: 'fd10:80::100' });
    await watch.first('home01', 0, 1_000);

    const divertedAt = Date.now();
    await sshFromController(lab, ['configure terminal', diversionV6]);
    await watch.first('notice', divertedAt, changeLimitMs);

    const restoredAt = Date.now();
    await sshFromController(lab, ['configure terminal', `no ${diversionV6}`]);
    await watch.first('home01', restoredAt, changeLimitMs);
  });

  it('serves the visitor at once after the routers handed a packet to each other', async () => {
    const links = await mustRun(
      lab.at('switch', ['ip', '-6', '-br', 'address', 'show', 'backbone']),
    );
    const [linkLocal = ''] = /fe80:[^/]+/.exec(links) ?? [];
    const circle = `fd10:80::100/128 via ${linkLocal} dev switch`.split(' ');
    const visit = { address: 'fd10:80::100' };
    await mustRun(lab.at('backbone', ['ip', '-6', 'route', 'add', ...circle]));
    // Long enough for the second SYN: during the first the kernel of the client hears nothing of redirects.
    const lost = await Promise.allSettled(
      Array.from({ length: 5 }, () => lab.client.request({ ...visit, timeoutMs: 1_500 })),
    );
    await mustRun(lab.at('backbone', ['ip', '-6', 'route', 'del', ...circle]));

    const served = await lab.client.request({ ...visit, timeoutMs: 1_000 });

    expect(lost.map(({ status }) => status)).not.toContain('fulfilled');
    expect(served.headers['x-lab']).toBe('home01');
  });

  it('reaches the true origin by its other address while the site is diverted', async () => {
    await lab.switch.configure(diversion);
    using watch = lab.client.watch(atHome01);
    await watch.first('notice', 0, changeLimitMs);

    const byAddress = await lab.operator.request(atHome01);
    const byOrigin = await lab.operator.request({ ...atHome01, address: home01.originAddress });

    expect(byAddress.headers['x-lab']).toBe('notice');
    expect(byOrigin.headers['x-lab']).toBe('home01');
    await lab.switch.configure(`no ${diversion}`);
    await watch.first('home01', 0, changeLimitMs);
  });

  it('refuses the visitor when the web server dies and serves again when it is back', async () => {
    using watch = lab.client.watch(atHome02);
    await watch.first('home02', 0, 1_000);

    const killedAt = Date.now();
    await lab.killOrigin(home02);
    await watch.first('ECONNREFUSED', killedAt, 1_000);
    const startedAt = Date.now();
    await lab.startOrigin(home02);
    await watch.first('home02', startedAt, 1_000);
  });

  it('hides the sites from the controller, and only from it, when its way to them is cut', async () => {
    await lab.cutControllerFromSites();

    const cut = lab.operator.request({ ...atHome01, timeoutMs: 500 });

    await expect(cut).rejects.toThrow('ETIMEDOUT');
    expect(await sshFromController(lab, ['show version'])).toContain('FRRouting');
    expect((await lab.client.request(atHome01)).headers['x-lab']).toBe('home01');
    await lab.healControllerToSites();
    expect((await lab.operator.request(atHome01)).headers['x-lab']).toBe('home01');
  });

  it('spreads a route of a Linux login as well', async () => {
    using watch = lab.client.watch(atHome01);
    await watch.first('home01', 0, 1_000);
    const route = `${home01.address}/32 via ${labAddresses.notice} proto 99`;

    const divertedAt = Date.now();
    await sshFromController(lab, [`sudo ip route replace ${route}`], 'ops');
    await watch.first('notice', divertedAt, changeLimitMs);
    const restoredAt = Date.now();
    await sshFromController(lab, [`sudo ip route del ${route}`], 'ops');
    await watch.first('home01', restoredAt, changeLimitMs);
  });
});

describe('the lab itself', () => {
  it('leaves nothing behind', async () => {
    const lab = await Lab.open({ protocol: 'ospf', sites: [home01] });
    const pids = (await mustRun(['ip', 'netns', 'pids', lab.namespace('switch')]))
      .trim()
      .split('\n');
    expect(pids.length).toBeGreaterThan(3);

    await lab[Symbol.asyncDispose]();

    expect(await mustRun(['ip', 'netns', 'list'])).not.toContain(lab.name);
    for (const pid of pids) {
      expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    }
  });

  it('takes away what a test run that was killed left behind, and nothing of a live one', async () => {
    const deadPid = (await mustRun(['sh', '-c', 'echo $$'])).trim();
    const dead = `detour-lab-${deadPid}-00ff`;
    const live = newLabName();
    await addNamespace(`${dead}-switch`, { forwards: true });
    await addNamespace(`${live}-switch`, { forwards: true });
    const leftover = new Daemon('leftover', inside(`${dead}-switch`, ['sleep', '60']));

    const swept = await sweepDeadLabs();

    expect(swept).toContain(dead);
    await until('the leftover process to be gone', () => leftover.hasEnded);
    const left = await mustRun(['ip', 'netns', 'list']);
    expect(left).not.toContain(dead);
    expect(left).toContain(live);
    await removeLab(live);
  });
});
