import { loadavg } from 'node:os';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import { fakeBodies } from '../../test/fakes/snapshot.ts';
import { HostLab, hostLab } from '../../test/lab/support/host-lab.ts';
import { median } from '../support/cpu.ts';

const site = {
  name: 'home01',
  addresses: ['203.0.113.10'],
  editions: [{ bodies: fakeBodies('a notice', 12_000) }],
};

/** One client plays a crowd here. */
const limits = {
  ...defaultNoticeLimits,
  sessions: 50_000,
  newPerSecond: 1_000_000,
  siteNewPerSecond: 1_000_000,
  sourceSessions: 50_000,
  sourceNewPerSecond: 1_000_000,
  blocking: { ...defaultNoticeLimits.blocking, refusals: 0 },
};

const rounds = 5;
const seconds = 3;

/** The published way: rewrite the destination to the notice server's own address. */
const dnat = [
  'add table ip published',
  'add chain ip published pre { type nat hook prerouting priority dstnat; }',
  `add rule ip published pre ip daddr 203.0.113.10 tcp dport 80 dnat to ${hostLab.notice.ipv4}:80`,
  '',
].join('\n');

interface Figures {
  readonly perSecond: number;
  /** Entries of the connection table when the crowd is gone. */
  readonly tracked: number;
}

async function measure(lab: HostLab): Promise<Figures> {
  const output = await lab.must('client', [
    ...['taskset', '-c', '1', 'wrk', '-t1', '-c64', `-d${seconds}s`],
    ...['-H', 'Connection: close', '-H', 'Host: home01.example.kr', 'http://203.0.113.10/'],
  ]);
  const tracked = await lab.must('notice', ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]),
    tracked: Number(tracked),
  };
}

/** Our way: a local route, and no connection tracking for the notice's ports. */
async function ours(lab: HostLab): Promise<Figures> {
  await lab.host('apply');
  const figures = await measure(lab);
  await lab.host('remove');
  return figures;
}

async function published(lab: HostLab): Promise<Figures> {
  await lab.must('notice', ['nft', '-f', '-'], dnat);
  const figures = await measure(lab);
  await lab.must('notice', ['nft', 'delete', 'table', 'ip', 'published']);
  return figures;
}

/** Foreign addresses taken by a local route and by the published DNAT, in turn, in network namespaces (root). */
export async function run(): Promise<void> {
  await using lab = await HostLab.open();
  await lab.publish({ sites: [site], limits });
  await lab.startNotice();
  await lab.route(site.addresses);
  const figures: { readonly ours: Figures[]; readonly published: Figures[] } = {
    ours: [],
    published: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    const before = Number(
      await lab.must('notice', ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']),
    );
    const local = await ours(lab);
    // What an earlier round left in the table is not this one's.
    figures.ours.push({ ...local, tracked: Math.max(0, local.tracked - before) });
    figures.published.push(await published(lab));
  }
  const middle = (of: readonly Figures[], pick: (one: Figures) => number): number =>
    median(of.map(pick));
  const result = {
    localRoutePerSecond: middle(figures.ours, ({ perSecond }) => perSecond),
    dnatPerSecond: middle(figures.published, ({ perSecond }) => perSecond),
    ratio: median(
      figures.ours.map((one, n) => one.perSecond / (figures.published[n]?.perSecond ?? Number.NaN)),
    ),
    localRouteTracked: middle(figures.ours, ({ tracked }) => tracked),
    dnatTracked: middle(figures.published, ({ tracked }) => tracked),
    loadAverage: loadavg()[0],
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
