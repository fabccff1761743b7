import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { NodeFeed } from '../../src/adapters/publishers/node-feed.ts';
import {
  type NoticeListener,
  openNoticeLiveness,
} from '../../src/adapters/publishers/notice-liveness.ts';
import { openPassageCheck } from '../../src/adapters/publishers/passage-check.ts';
import { openSnapshotPublisher } from '../../src/adapters/publishers/snapshot/publisher.ts';
import {
  openSigningKey,
  type SigningKey,
} from '../../src/adapters/publishers/snapshot/signing-key.ts';
import type { NoticeOrder } from '../../src/core/command.ts';
import { silentLog } from '../../src/lib/log.ts';
import { day, hour } from '../../src/lib/time.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import type { SnapshotSource } from '../../src/notice/feed-client.ts';
import { type RunningNotice, startNotice } from '../../src/notice/notice-process.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';
import { answering, httpAnswer, serveTcp } from '../fakes/loopback-server.ts';
import { probeSpec } from '../fakes/probe-target.ts';
import { readSnapshot } from '../fakes/publisher-bench.ts';
import { registeredSite } from '../fakes/site-state.ts';
import { fakeSnapshot, handOver, makeKeys, signedText, writeWhole } from '../fakes/snapshot.ts';
import { until } from '../support/until.ts';

const tls = (name: string): string => path.join(import.meta.dirname, '../fixtures/tls', name);
const names = ['node-a', 'node-z'] as const;
type NodeName = (typeof names)[number];

function order(generation: number): NoticeOrder {
  return {
    site: 'home01',
    generation,
    cause: 'server-failure',
    since: Date.now(),
    incident: `i${generation}-home01`,
  };
}

/** A controller's publisher and feed, and two notice nodes on hosts of their own: folders that share nothing. */
class Stage implements AsyncDisposable {
  readonly root: string;
  readonly metrics = openControlMetrics();
  readonly nodes = new Map<NodeName, RunningNotice>();
  readonly listeners = new Map<NodeName, NoticeListener>();
  required: 'all' | 'any' = 'all';
  readonly key: SigningKey;
  publisher: NoticePublisher | undefined;
  feed: NodeFeed | undefined;
  port = 0;
  /** Of several controllers; else the one of this stage. */
  urls: readonly string[] | undefined;
  isLeading = true;
  hasStanding = false;

  private constructor(root: string, key: SigningKey) {
    this.root = root;
    this.key = key;
  }

  static async raise(sharedKey?: SigningKey): Promise<Stage> {
    const root = await mkdtemp(path.join(tmpdir(), 'detour-nodes-'));
    const stage = new Stage(root, sharedKey ?? (await openSigningKey(path.join(root, 'keys'))));
    await stage.openPublisher();
    await stage.openFeed();
    return stage;
  }

  get handover(): string {
    return path.join(this.root, 'handover');
  }

  folderOf(name: NodeName): string {
    return path.join(this.root, name);
  }

  async openPublisher(): Promise<void> {
    this.publisher = await openSnapshotPublisher({
      folder: this.handover,
      key: this.key,
      limits: defaultNoticeLimits,
      defaultLanguage: 'en',
      now: Date.now,
      log: silentLog,
      poke: () => Promise.resolve(),
      passageProblem: openPassageCheck({
        listeners: () => ({ http: [...this.listeners.values()], https: [] }),
        required: () => this.required,
      }),
      isLive: openNoticeLiveness({
        listeners: () => [...this.listeners.values()],
        publicKey: this.key.publicKey,
        required: () => this.required,
      }),
    });
    await this.publisher.register([registeredSite('home01')], {});
  }

  async openFeed(): Promise<void> {
    this.feed = new NodeFeed({
      folder: this.handover,
      listen: { host: '127.0.0.1', port: this.port },
      tls: {
        certFile: tls('nodes-controller.crt'),
        keyFile: tls('nodes-controller.key'),
        caFile: tls('nodes-ca.crt'),
      },
      nodes: names,
      publicPem: this.key.publicPem,
      isLeading: () => this.isLeading,
      hasStanding: () => this.hasStanding,
      clock: openSystemClock(),
      metrics: this.metrics,
      log: silentLog,
    });
    this.port = await this.feed.start();
  }

  async startNode(name: NodeName): Promise<void> {
    await mkdir(this.folderOf(name), { recursive: true });
    const source: SnapshotSource = {
      urls: this.urls ?? [`https://127.0.0.1:${this.port}`],
      caFile: tls('nodes-ca.crt'),
      certFile: tls(`${name}.crt`),
      keyFile: tls(`${name}.key`),
    };
    const node = await startNotice({
      http: [{ host: '127.0.0.1', port: this.listeners.get(name)?.port ?? 0 }],
      workers: 1,
      handover: this.folderOf(name),
      version: 'test',
      log: silentLog,
      source,
    });
    this.nodes.set(name, node);
    const [address] = node.addresses;
    if (address !== undefined) {
      this.listeners.set(name, address);
    }
  }

  async publish(generation: number): Promise<void> {
    await this.publisher?.publish(order(generation), AbortSignal.timeout(5_000));
  }

  /** What a visitor of home01 gets from a node. */
  async visit(name: NodeName): Promise<string> {
    const port = this.listeners.get(name)?.port;
    // fetch would not let us name the host.
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const { get } = await import('node:http');
    get(
      { host: '127.0.0.1', port, agent: false, headers: { host: 'home01.example.kr' } },
      (answer) => {
        answer.resume();
        resolve(String(answer.headers['detour-notice']));
      },
    ).on('error', reject);
    return await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.stop()));
    await this.feed?.[Symbol.asyncDispose]();
    await this.publisher?.[Symbol.asyncDispose]();
    await rm(this.root, { recursive: true, force: true });
  }
}

describe('notice nodes on other hosts', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.raise();
    await stage.startNode('node-a');
    await stage.startNode('node-z');
  });

  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('all answer with a notice before it counts as published, and say which they serve', async () => {
    await stage.publish(1);
    await stage.publish(2);

    expect(await stage.visit('node-a')).toContain('home01');
    expect(await stage.visit('node-a')).toBe(await stage.visit('node-z'));
    const { generation } = JSON.parse(
      JSON.parse(await readFile(path.join(stage.handover, 'snapshot.json'), 'utf8')).snapshot,
    );
    await until('the reports of both', () =>
      stage.feed?.nodes().every(({ isUp, isCurrent, report }) => {
        return isUp && isCurrent && report?.generation === generation;
      }),
    );
    const [node] = stage.feed?.nodes() ?? [];
    expect(Date.now() - (node?.report?.writtenAt ?? 0)).toBeLessThan(60_000);
    expect(node?.report?.readiness).toEqual({
      ...{ sites: 1, notReady: 0, named: [], certificateEndsAt: null },
    });
    expect(await stage.metrics.registry.metrics()).toContain(
      'detour_notice_node_up{node="node-a"} 1',
    );
  });

  it('pass visitors of a healthy neighbour through to its own origin, and each is asked before a route moves', async () => {
    let taken = 0;
    const origin = await serveTcp((socket) => {
      taken += 1;
      answering(httpAnswer(200, 'the bank itself'))(socket);
    });
    const passThrough = { address: '127.0.0.1', http: origin.port, https: 1, proxyProtocol: false };
    const bank = registeredSite('bank', { probes: [probeSpec()] });
    await stage.publisher?.register(
      [registeredSite('home01'), { ...bank, origin: { passThrough } }],
      {},
    );

    await stage.publisher?.awaitPassed(['bank'], AbortSignal.timeout(10_000));
    const asked = taken;
    await origin[Symbol.asyncDispose]();

    expect(asked).toBeGreaterThanOrEqual(2);
    await expect(
      stage.publisher?.awaitPassed(['bank'], AbortSignal.timeout(10_000)),
    ).rejects.toMatchObject({
      code: 'DETOUR_NOTICE_NOT_LIVE',
      message: expect.stringMatching(
        /bank, which is well, .*over HTTP, .*does not reach the origin/,
      ),
    });
  });

  it('serve on with the controller gone, begin again from their own disk, and follow it when it is back', async () => {
    await stage.publish(1);
    const before = await stage.visit('node-a');
    await stage.feed?.[Symbol.asyncDispose]();

    expect(await stage.visit('node-a')).toBe(before);
    await stage.nodes.get('node-a')?.stop();
    await stage.startNode('node-a');
    expect(await stage.visit('node-a')).toBe(before);
    await stage.openFeed();
    await stage.publish(2);
    expect(await stage.visit('node-a')).not.toBe(before);
  });

  it('follow the controller that leads, and wait there for the notices that it took over', async () => {
    await using second = await Stage.raise(stage.key);
    second.isLeading = false;
    stage.urls = [second, stage].map(({ port }) => `https://127.0.0.1:${port}`);
    await stage.nodes.get('node-a')?.stop();
    await stage.startNode('node-a');
    await stage.publish(1);
    const before = await stage.visit('node-a');

    stage.isLeading = false;
    second.hasStanding = true;
    second.isLeading = true;
    const listener = stage.listeners.get('node-a');
    if (listener !== undefined) {
      second.listeners.set('node-a', listener);
    }
    const following = (): boolean => second.feed?.nodes()[0]?.isUp === true;
    await until('node-a to ask the second controller', following);
    expect(await stage.visit('node-a')).toBe(before);
    await second.publish(1);
    expect(await stage.visit('node-a')).toBe(before);
    await second.publish(2);

    expect(await stage.visit('node-a')).not.toBe(before);
    expect(second.feed?.nodes()[0]?.isUp).toBe(true);
  });

  it.each([
    ['more than a day old', -25 * hour],
    ['from a clock that has been set back since', 25 * hour],
  ])('serve from a copy that is %s, with everything else dead', async (_, offsetMs) => {
    await stage.feed?.[Symbol.asyncDispose]();
    await stage.nodes.get('node-a')?.stop();
    const keys = makeKeys();
    const writtenAt = Date.now() + offsetMs;
    const sites = [{ name: 'home01', generation: 7 }];
    await handOver(stage.folderOf('node-a'), fakeSnapshot({ writtenAt, sites, keys }), keys);

    await stage.startNode('node-a');

    expect(await stage.visit('node-a')).toContain('site=home01; generation=7');
  });

  it('tell when they cannot keep a snapshot, serve the last one, and take the newest once they can', async () => {
    await stage.publish(1);
    const before = await stage.visit('node-a');
    // In the way of the draft, as a full disk would be.
    const obstacle = path.join(stage.folderOf('node-a'), 'snapshot.json.tmp');
    await mkdir(obstacle);

    const publishing = stage.publish(2);
    const report = await until('the complaint of node-a', () => {
      const node = stage.feed?.nodes().find(({ name }) => name === 'node-a');
      return node?.report?.problem === null ? undefined : node?.report;
    });
    expect(report.problem).toContain('Could not keep');
    expect(await stage.visit('node-a')).toBe(before);
    await rm(obstacle, { recursive: true });

    await publishing;
    expect(await stage.visit('node-a')).not.toBe(before);
  });

  it('take a newer snapshot of a controller whose clock was set back', async () => {
    await stage.publish(1);
    const before = await stage.visit('node-a');
    const kept = path.join(stage.handover, 'snapshot.json');
    const { generation, ...rest } = JSON.parse(JSON.parse(await readFile(kept, 'utf8')).snapshot);
    const parts = (await readSnapshot(stage.handover)).sites;
    const sites = parts.map((site) => ({ ...site, isSmallOnly: true }));
    const late = { ...rest, format: 1, generation: generation + 1, sites };

    await writeWhole(kept, signedText({ ...late, writtenAt: Date.now() - day }, stage.key));

    await until('both to have it', () =>
      stage.feed?.nodes().every(({ report }) => report?.generation === generation + 1),
    );
    expect(await stage.visit('node-a')).toBe(before);
  });

  it('refuse a snapshot of another key and keep their last good one, on disk too', async () => {
    await stage.publish(1);
    const kept = path.join(stage.folderOf('node-a'), 'snapshot.json');
    const before = await readFile(kept, 'utf8');
    const foreign = await Stage.raise();
    await writeWhole(
      path.join(stage.handover, 'snapshot.json'),
      await readFile(path.join(foreign.handover, 'snapshot.json'), 'utf8'),
    );
    await foreign[Symbol.asyncDispose]();

    const report = await until('the complaint of node-a', () => {
      const node = stage.feed?.nodes().find(({ name }) => name === 'node-a');
      return node?.report?.problem === null ? undefined : node?.report;
    });

    expect(report.problem).toContain('signature');
    expect(stage.feed?.nodes().some(({ isCurrent }) => isCurrent)).toBe(false);
    expect(await readFile(kept, 'utf8')).toBe(before);
    expect(await stage.visit('node-a')).toContain('home01');
  });

  it('refuse an older snapshot of our own key', async () => {
    const first = await readFile(path.join(stage.handover, 'snapshot.json'), 'utf8');
    await stage.publish(1);
    const served = await stage.visit('node-a');

    await writeWhole(path.join(stage.handover, 'snapshot.json'), first);
    const report = await until('the complaint of node-a', () => {
      const node = stage.feed?.nodes().find(({ name }) => name === 'node-a');
      return node?.report?.problem === null ? undefined : node?.report;
    });

    expect(report.problem).toContain('older than the one that is kept');
    expect(await stage.visit('node-a')).toBe(served);
  });

  it('hold a notice back, by name, while one of them is dead, unless one is enough', async () => {
    await stage.publish(1);
    const dead = stage.listeners.get('node-z');
    await stage.nodes.get('node-z')?.stop();

    const held = stage.publisher?.publish(order(2), AbortSignal.timeout(1_000));
    await expect(held).rejects.toMatchObject({
      code: 'DETOUR_NOTICE_NOT_LIVE',
      cause: { message: `No notice answers at 127.0.0.1:${dead?.port}` },
    });
    stage.required = 'any';
    await stage.publish(2);

    await until(
      'node-z to count as gone',
      () => stage.feed?.nodes().find(({ name }) => name === 'node-z')?.isUp === false,
    );
    expect(stage.feed?.nodes().find(({ name }) => name === 'node-a')?.isUp).toBe(true);
  });

  it.each([
    ['no certificate', {}, 'refused'],
    [
      'a certificate of another authority',
      { cert: 'node-other.crt', key: 'node-other.key' },
      'refused',
    ],
    [
      'the right authority and a name that is not listed',
      { cert: 'nodes-controller.crt', key: 'nodes-controller.key' },
      403,
    ],
    [
      'the right name, but TLS 1.2',
      { cert: 'node-a.crt', key: 'node-a.key', maxVersion: 'TLSv1.2' as const },
      'refused',
    ],
  ])(
    'give nothing to one with %s',
    async (_, {
      cert,
      key,
      ...rest
    }: { cert?: string; key?: string; maxVersion?: 'TLSv1.2' }, expected) => {
      const files = {
        ...(cert === undefined ? {} : { cert: await readFile(tls(cert)) }),
        ...(key === undefined ? {} : { key: await readFile(tls(key)) }),
      };
      const answer = await new Promise<number | string>((resolve) => {
        request(
          {
            ...{ host: '127.0.0.1', port: stage.port, path: '/snapshot', agent: false },
            ...{ rejectUnauthorized: false, ...files, ...rest },
          },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        )
          .on('error', () => resolve('refused'))
          .end();
      });

      expect(answer).toBe(expected);
    },
  );
});
