import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import { type FakeSite, fakeBodies } from '../fakes/snapshot.ts';
import { until } from '../support/until.ts';
import { HostLab, hostLab } from './support/host-lab.ts';

const manyAddresses = 1_000;
/** One body for all keeps the snapshot small; the marker tells the sites apart. */
const editions = [{ bodies: fakeBodies('a notice') }];

/** Sites with an IPv4 and an IPv6 address each. */
function manySites(generation: number): readonly FakeSite[] {
  return Array.from({ length: manyAddresses }, (_, n) => ({
    name: `site${n}`,
    addresses: [`203.0.${113 + (n >> 8)}.${n & 255}`, `2001:db8:80::${(n + 1).toString(16)}`],
    generation,
    editions,
  }));
}

const home: FakeSite = {
  name: 'home01',
  addresses: ['203.0.113.10', '2001:db8:80::10'],
  editions,
};

describe('a notice host', () => {
  let lab: HostLab;

  beforeEach(async () => {
    lab = await HostLab.open();
  });

  afterEach(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** Who answers for an address: a site's name, or the system's word for nobody. */
  async function whoAnswers(address: string, timeoutMs = 2_000): Promise<string> {
    const answer = await lab.client.request({ address, timeoutMs }).catch((error: Error) => error);
    return answer instanceof Error
      ? answer.message
      : (/site=([^;]+)/.exec(answer.headers['detour-notice'] ?? '')?.[1] ?? '?');
  }

  it('is planned, prepared, checked and taken back, without touching what is not ours', async () => {
    const foreign =
      'add table inet other\nadd chain inet other input { type filter hook input priority 0; }\nadd rule inet other input tcp dport 22 accept\n';
    await lab.must('notice', ['nft', '-f', '-'], foreign);
    await lab.must('notice', ['ip', 'route', 'add', 'local', '198.51.100.1/32', 'dev', 'lo']);
    const everything = async (): Promise<string> =>
      (await lab.must('notice', ['nft', 'list', 'ruleset'])) +
      (await lab.must('notice', ['ip', 'route', 'show', 'table', 'all'])) +
      (await lab.must('notice', ['ip', '-6', 'route', 'show', 'table', 'all']));
    const before = await everything();
    await lab.publish({
      sites: [home, { name: 'standby', addresses: ['203.0.113.11'], generation: 0, editions }],
    });

    const plan = await lab.host('plan');
    expect(plan.stdout).toContain("nft -f - <<'END'");
    expect(plan.stdout).toContain(
      'route add local 203.0.113.10/32 dev lo proto 202 table local\nroute add local 2001:db8:80::10/128 dev lo proto 202 table local',
    );
    expect(plan.stdout).not.toContain('203.0.113.11');
    expect(await everything()).toBe(before);

    const bad = await lab.host('check');
    expect(bad.exitCode).toBe(1);
    expect(bad.stdout).toContain('BAD   203.0.113.10 is diverted but not taken by this host');

    expect(await lab.host('apply')).toMatchObject({ exitCode: 0 });
    const prepared = await everything();
    expect(await lab.host('apply')).toMatchObject({ exitCode: 0, stdout: 'nothing to do\n' });
    expect(await everything()).toBe(prepared);
    expect(await lab.host('plan')).toMatchObject({ stdout: '# nothing to do\n' });
    expect(await lab.host('check')).toMatchObject({ exitCode: 0 });

    await lab.must('notice', ['nft', 'flush', 'chain', 'inet', 'detour', 'forward']);
    await lab.must('notice', ['ip', 'route', 'del', 'local', '203.0.113.10/32', 'dev', 'lo']);
    expect((await lab.host('check')).stdout).toBe(
      'BAD   chain forward of table inet detour was changed\nBAD   203.0.113.10 is diverted but not taken by this host\n',
    );

    expect(await lab.host('apply')).toMatchObject({ exitCode: 0 });
    expect(await lab.host('remove')).toMatchObject({ exitCode: 0 });
    expect(await lab.host('remove')).toMatchObject({ exitCode: 0 });
    expect(await everything()).toBe(before);
  });

  it('takes a thousand addresses of each family at once, and lets them go with the snapshot', async () => {
    // One client plays two thousand visitors, all at once: how long they wait is not what is tried here.
    await lab.publish({
      sites: manySites(1),
      limits: {
        sourceSessions: 5_000,
        sourceNewPerSecond: 5_000,
        ladder: { ...defaultNoticeLimits.ladder, delayMs: 10_000 },
      },
    });
    await lab.startHelper();
    await lab.startNotice();
    const sites = manySites(1);
    await lab.route(sites.flatMap(({ addresses }) => addresses ?? []));

    const seen = await Promise.all(
      sites.map(async ({ name, addresses = [] }) => {
        const who = await Promise.all(addresses.map((address) => whoAnswers(address, 20_000)));
        return who.every((each) => each === name);
      }),
    );

    expect(seen.filter(Boolean)).toHaveLength(manyAddresses);
    expect(await lab.helper.status(AbortSignal.timeout(5_000))).toMatchObject({
      takenAddresses: 2 * manyAddresses,
      problems: [],
    });

    await lab.publish({ sites: manySites(0) });
    expect(await lab.helper.follow(AbortSignal.timeout(5_000))).toMatchObject({
      takenAddresses: 0,
    });
    const left = await lab.must('notice', [
      'ip',
      'route',
      'show',
      'table',
      'local',
      'proto',
      '202',
    ]);
    expect(left).toBe('');
  });

  it('answers only where the notice listens, refuses QUIC at once, and keeps no record of visitors', async () => {
    await lab.publish({ sites: [home] });
    await lab.startHelper();
    await lab.startNotice();
    await lab.route(home.addresses ?? []);
    await lab.must('notice', ['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    // Something tracks connections on this host, as on most.
    await lab.must(
      'notice',
      ['nft', '-f', '-'],
      'add table inet other\nadd chain inet other input { type filter hook input priority 10; }\nadd rule inet other input ct state invalid drop\n',
    );
    const tracked = async (): Promise<number> =>
      Number(await lab.must('notice', ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']));
    await lab.client.request({ address: hostLab.notice.ipv4 });
    const before = await tracked();

    for (const address of home.addresses ?? []) {
      for (let n = 0; n < 50; n += 1) {
        expect(await whoAnswers(address)).toBe('home01');
      }
      expect(await lab.client.request({ address, port: 22, timeoutMs: 300 }).catch(String)).toMatch(
        /ETIMEDOUT/,
      );
      const quic = await lab.must('client', [
        process.execPath,
        new URL('./support/knock-udp.ts', import.meta.url).pathname,
        address,
        '443',
      ]);
      expect(quic).toBe('ECONNREFUSED');
    }

    expect(before).toBeGreaterThan(0);
    expect(await tracked()).toBeLessThanOrEqual(before);
  });

  it('never answers ARP for a diverted address: on a shared network it is still the site’s', async () => {
    await lab.publish({ sites: [{ ...home, addresses: ['10.77.0.100'] }] });
    await lab.startHelper();
    await lab.startNotice();

    expect(await whoAnswers('10.77.0.100', 4_000)).toMatch(/EHOSTUNREACH|ETIMEDOUT/);
    await lab.route(['10.77.0.100']);
    expect(await whoAnswers('10.77.0.100')).toBe('home01');
  });

  it('does not send round a packet for an address that it no longer takes', async () => {
    await lab.publish({ sites: [home] });
    await lab.startHelper();
    await lab.route(home.addresses ?? []);
    await lab.must('notice', ['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    await lab.must('notice', ['ip', 'route', 'add', 'default', 'via', hostLab.client.ipv4]);
    await lab.must('notice', ['ip', 'route', 'del', 'local', '203.0.113.10/32', 'dev', 'lo']);

    await lab.client.request({ address: '203.0.113.10', timeoutMs: 300 }).catch(() => undefined);

    const chain = await lab.must('notice', ['nft', 'list', 'chain', 'inet', 'detour', 'forward']);
    expect(chain).toMatch(/ip daddr @diverted4 counter packets [1-9]\d* bytes/);
  });

  it('drops an abusing source in the kernel until its time is over, and no other', async () => {
    await lab.publish({
      sites: [home],
      limits: {
        sourceNewPerSecond: 1,
        blocking: { refusals: 20, withinMs: 60_000, blockMs: 4_000 },
      },
    });
    await lab.startHelper();
    await lab.startNotice();
    await lab.route(home.addresses ?? []);
    // A second visitor behind the same wire.
    await lab.must('client', ['ip', 'address', 'add', '10.77.0.3/24', 'dev', 'eth0']);
    const flood = [
      ...[process.execPath, new URL('./support/flood.ts', import.meta.url).pathname],
      ...['203.0.113.10', '60'],
    ];

    await lab.must('client', flood);
    const isBlocked = async (): Promise<boolean> =>
      (await lab.helper.blocked(AbortSignal.timeout(5_000))).some(
        ({ source }) => source === hostLab.client.ipv4,
      );
    await until('the client to be blocked', isBlocked, { everyMs: 20 });
    expect(await whoAnswers('203.0.113.10', 500)).toBe('ETIMEDOUT');
    expect(await lab.must('client', [...flood.slice(0, 2), '203.0.113.10', '1', '10.77.0.3'])).toBe(
      '1 answered',
    );
    const early = await lab.must('notice', ['nft', 'list', 'chain', 'inet', 'detour', 'early']);
    expect(early).toMatch(/ip saddr @blocked4 counter packets [1-9]/);

    await until('the block to end', async () => !(await isBlocked()), { everyMs: 100 });
    expect(await whoAnswers('203.0.113.10')).toBe('home01');
  });

  it('drops whom the signed snapshot says is blocked, and nobody once it no longer says so', async () => {
    const whoIsBlocked = async (): Promise<readonly string[]> =>
      (await lab.helper.blocked(AbortSignal.timeout(5_000))).map(({ source }) => source);
    const block = { source: hostLab.client.ipv4, until: Date.now() + 300_000 };
    await lab.publish({ sites: [home], blocked: [block] });
    await lab.startHelper();
    await lab.startNotice();
    await lab.route(home.addresses ?? []);
    await until('the client to be blocked', async () => (await whoIsBlocked()).length === 1);

    expect(await whoIsBlocked()).toEqual([block.source]);
    expect(await whoAnswers('203.0.113.10', 500)).toBe('ETIMEDOUT');

    await lab.publish({ sites: [home] });
    await until('the client to be let in', async () => (await whoIsBlocked()).length === 0);
    expect(await whoAnswers('203.0.113.10')).toBe('home01');
  });

  it('lets a person lift a block before its time', async () => {
    await lab.publish({ sites: [home] });
    await lab.startHelper();
    await lab.startNotice();
    await lab.route(home.addresses ?? []);
    // The client's other IPv6 network: the one on the wire is the host's own, too, and is never blocked.
    await lab.must('client', ['ip', 'address', 'add', 'fd78::2/64', 'dev', 'eth0', 'nodad']);
    await lab.must('notice', ['ip', 'route', 'add', 'fd78::/64', 'via', hostLab.client.ipv6]);
    const script = new URL('./support/flood.ts', import.meta.url).pathname;
    const asked = async (address: string, from: string): Promise<string> =>
      await lab.must('client', [process.execPath, script, address, '1', from]);
    const both = async (): Promise<readonly string[]> => [
      await asked('203.0.113.10', hostLab.client.ipv4),
      await asked('2001:db8:80::10', 'fd78::2'),
    ];
    const signal = AbortSignal.timeout(20_000);
    expect(await both()).toEqual(['1 answered', '1 answered']);

    await lab.helper.block(hostLab.client.ipv4, 600, signal);
    await lab.helper.block('fd78::/64', 600, signal);
    expect(await both()).toEqual(['0 answered', '0 answered']);

    expect(await lab.helper.lift(hostLab.client.ipv4, signal)).toBe(true);
    expect(await lab.helper.lift('fd78::/64', signal)).toBe(true);
    expect(await both()).toEqual(['1 answered', '1 answered']);
    await expect(lab.helper.block('fd77::/64', 60, signal)).rejects.toThrow('never blocked');
    await expect(lab.helper.block(hostLab.notice.ipv4, 60, signal)).rejects.toThrow(
      'never blocked',
    );
  });

  it('does it all with the one capability and no other right', async () => {
    await lab.publish({ sites: [home] });
    await lab.must('notice', ['chmod', '-R', 'a+rwX', lab.folder]);
    const helper = await lab.startHelper({ asUser: true });
    await lab.startNotice();
    await lab.route(home.addresses ?? []);

    expect(await whoAnswers('203.0.113.10')).toBe('home01');
    await lab.helper.block('198.51.100.9', 60, AbortSignal.timeout(5_000));
    const status = await lab.must('notice', ['cat', `/proc/${helper.pid}/status`]);
    expect(status).toMatch(/Uid:\t65534/);
    // Bit 12 is CAP_NET_ADMIN.
    expect(status).toMatch(/CapEff:\t0000000000001000/);
    expect(status).toMatch(/CapBnd:\t0000000000001000/);
  });

  it('leaves everything in place when the helper dies, and mends what was changed meanwhile', async () => {
    await lab.publish({ sites: [home] });
    const helper = await lab.startHelper();
    await lab.startNotice();
    await lab.route(home.addresses ?? []);

    await helper.kill();
    expect(await whoAnswers('203.0.113.10')).toBe('home01');

    await lab.must('notice', ['ip', 'route', 'del', 'local', '203.0.113.10/32', 'dev', 'lo']);
    await lab.must('notice', ['nft', 'delete', 'table', 'arp', 'detour']);
    await lab.startHelper();
    expect(await whoAnswers('203.0.113.10')).toBe('home01');
    expect(await lab.host('check')).toMatchObject({ exitCode: 0 });
  });

  it('names an address that it must not take, and takes the others', async () => {
    await lab.publish({
      sites: [home, { name: 'wrong', addresses: [hostLab.notice.ipv4], editions }],
    });
    await lab.startHelper();

    expect(await lab.helper.status(AbortSignal.timeout(5_000))).toMatchObject({
      problems: [`not taken: ${hostLab.notice.ipv4}: an interface of this host has it`],
    });
    expect((await lab.host('check')).stdout).toContain('an interface of this host has it');
  });
});
