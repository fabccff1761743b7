import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import { openNoticeMetrics, requestSecondsName } from '../metrics/notice-metrics.ts';
import type { HostHelper, HostStatus } from '../ports/host-helper.ts';
import type { NoticeStatus } from '../ports/notice-control.ts';
import type { SiteReadiness } from '../ports/site-readiness.ts';
import { type Snapshot, snapshotLayout } from '../ports/snapshot.ts';
import { AbuseReporter } from './abuse-reporter.ts';
import { Admission } from './admission.ts';
import { type LoadSample, ladderSteps, nextLadder } from './load-ladder.ts';
import { NoticeBook } from './notice-book.ts';
import { type ListenAddress, NoticeServer } from './notice-server.ts';
import { readinessOf } from './readiness.ts';
import type { SessionTimeouts } from './session-desk.ts';
import { shareOfLimits } from './share-of-limits.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import type { Source } from './source.ts';
import { Tally } from './tally.ts';
import { CertificateFolder } from './tls/certificate-folder.ts';
import { type CertificatePair, pairProblems } from './tls/certificate-pair.ts';
import { Identities, type UnknownNames } from './tls/identities.ts';
import type { PemPair } from './tls/neutral-certificate.ts';
import type { TicketKeys } from './tls/ticket-keys.ts';

/** Where a notice plane listens. */
export interface Listening {
  readonly http: readonly ListenAddress[];
  readonly https: readonly ListenAddress[];
}

export interface NoticeServiceOptions {
  /** The hand-over folder. */
  readonly handover: string;
  readonly version: string;
  readonly log: Log;
  /** The label of this process in the metrics. */
  readonly name: string;
  readonly workers: number;
  readonly acmeFolder?: string;
  readonly timeouts?: SessionTimeouts;
  /** Prefixes of proxies whose word about their clients is taken. */
  readonly trustedProxies?: readonly string[];
  /** Blocks sources that go on abusing; without it they are only refused. */
  readonly host?: HostHelper;
  /** Folder of the certificates. */
  readonly certificates?: string;
  readonly unknownNames: UnknownNames;
  /** The certificate for names that are nobody's here. */
  readonly neutral: PemPair;
  readonly ticketKeys: TicketKeys;
  readonly handshakeMs?: number;
}

/** How often the process looks at its own load: twice within the time that load must last. */
const sampleMs = 500;
const delayResolutionMs = 10;
/** The metrics speak of the last 10 s. */
const keptSamples = (10 * second) / sampleMs;

interface Sample {
  readonly p50: number;
  readonly p99: number;
  /** The longest that a connection waited to be accepted. */
  readonly acceptMs: number;
  readonly busyShare: number;
}

/** The notice plane of one process: snapshot in, answers out. */
export class NoticeService implements AsyncDisposable {
  readonly #options: NoticeServiceOptions;
  readonly #admission: Admission;
  readonly #metrics = openNoticeMetrics();
  readonly #tally: Tally;
  readonly #server: NoticeServer;
  readonly #reader: SnapshotReader;
  readonly #delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  readonly #folder: CertificateFolder | undefined;
  readonly #identities: Identities;
  #listening: Listening = { http: [], https: [] };
  #isListening = false;
  readonly #recent: Sample[] = [];
  #utilization = performance.eventLoopUtilization();
  #timer: NodeJS.Timeout | undefined;
  #admitted = 0;
  #climbedMs = performance.now();
  #lastFailureMs = Number.NEGATIVE_INFINITY;

  constructor(options: NoticeServiceOptions) {
    const { handover, log, workers, acmeFolder, timeouts, trustedProxies, handshakeMs } = options;
    this.#options = options;
    const onAbuse = this.#abuseHandler();
    this.#admission = new Admission({
      workers,
      ...(onAbuse === undefined ? {} : { onAbuse }),
      ...(trustedProxies === undefined ? {} : { trustedProxies }),
    });
    this.#tally = new Tally(this.#metrics, (error) => this.#onFailure(error));
    this.#folder =
      options.certificates === undefined
        ? undefined
        : new CertificateFolder(options.certificates, log);
    this.#identities = new Identities({
      ...options,
      certificates: this.#folder,
      onFailure: (error): void => this.#onFailure(error),
    });
    this.#server = new NoticeServer({
      admission: this.#admission,
      tally: this.#tally,
      identities: this.#identities,
      ...(handshakeMs === undefined ? {} : { handshakeMs }),
      ...(timeouts === undefined ? {} : { timeouts }),
      ...(acmeFolder === undefined ? {} : { acmeFolder }),
    });
    this.#reader = new SnapshotReader({
      folder: handover,
      log,
      onSnapshot: (snapshot): void => this.#onSnapshot(snapshot),
    });
    this.#useBook(this.#server.book);
  }

  /** Reads the snapshot, then listens. Resolves with the real addresses; rejects with DETOUR_LISTEN_FAILED. */
  async start({ http, https }: Listening): Promise<Listening> {
    await this.#reader.start();
    this.#folder?.start();
    this.#delay.enable();
    this.#timer = setInterval(() => this.#sample(), sampleMs);
    const isShared = this.#options.workers > 1;
    const open = async (
      addresses: readonly ListenAddress[],
      isTls: boolean,
    ): Promise<readonly ListenAddress[]> => {
      const found: ListenAddress[] = [];
      for (const address of addresses) {
        found.push(await this.#server.listen(address, { isShared, isTls }));
      }
      return found;
    };
    this.#listening = { http: await open(http, false), https: await open(https, true) };
    this.#isListening = true;
    void this.#reader.readRest();
    return this.#listening;
  }

  /** Makes session tickets with the first of these keys from now on, and accepts those of all. */
  useTicketKeys(keys: TicketKeys): void {
    this.#identities.ticketKeys = keys;
  }

  /** Reads the snapshot now; resolves when it is served, or refused. */
  async refresh(): Promise<void> {
    await this.#reader.check(true);
  }

  status(): NoticeStatus {
    const { book, ladder } = this.#server;
    const { generation, writtenAt } = book;
    const { problem } = this.#reader;
    return {
      pid: process.pid,
      version: this.#options.version,
      snapshotLayout,
      workers: 1,
      listening: this.#listening.http,
      listeningHttps: this.#listening.https,
      snapshot:
        generation === undefined || writtenAt === undefined ? null : { generation, writtenAt },
      problem: problem === undefined ? null : problem.message,
      sessions: {
        total: this.#admission.sessions,
        sites: Object.fromEntries(
          [...this.#admission.sites].map(({ label, sessions }) => [label, sessions]),
        ),
      },
      passed: this.#server.passDesk.passed,
      ladder: ladder.step,
      limits: book.limits,
      host: null,
    };
  }

  /** Resolves when every site's pages are known to hold: to speak of all of them before would read all in one go. */
  async whenRead(): Promise<void> {
    await this.#reader.readRest();
  }

  /** What visitors of each site would get if it were diverted now. The host's helper knows which addresses it would take. */
  readiness(host: HostStatus | null): readonly SiteReadiness[] {
    const folder = this.#folder;
    const isTls = this.#listening.https.length > 0;
    const find = isTls
      ? (name: string): CertificatePair | undefined => folder?.find(name)
      : undefined;
    return readinessOf(this.#server.book, { find, host, now: Date.now() });
  }

  /** Sets the figures of certificates; for the one process that speaks for all, as every worker has the same. */
  measureReadiness(host: HostStatus | null): void {
    const { siteReady, certificateExpiry, certificateProblems } = this.#metrics;
    siteReady.reset();
    certificateExpiry.reset();
    for (const { site, isReady, hostnames } of this.readiness(host)) {
      siteReady.set({ site }, isReady ? 1 : 0);
      const ends = hostnames.flatMap(({ expiresAt }) => expiresAt ?? []);
      if (ends.length > 0) {
        certificateExpiry.set({ site }, (Math.min(...ends) - Date.now()) / second);
      }
    }
    for (const problem of pairProblems) {
      const count = this.#folder?.problems.filter((each) => each.problem === problem).length ?? 0;
      certificateProblems.set({ problem }, count);
    }
  }

  /** Every metric as plain objects, up to date, ready to be merged with other workers'. The host is one worker's to tell of. */
  async metrics(host: HostStatus | null = null): Promise<readonly object[]> {
    const metrics = this.#metrics;
    const { book, ladder } = this.#server;
    const { name, version } = this.#options;
    this.#tally.collect(this.#admission);
    this.#server.passDesk.collect(metrics);
    metrics.blockedSources.set(host?.blockedSources ?? 0);
    metrics.ladder.set(ladderSteps.indexOf(ladder.step));
    metrics.snapshotGeneration.set(book.generation ?? 0);
    metrics.snapshotAge.set(
      book.writtenAt === undefined ? 0 : (Date.now() - book.writtenAt) / second,
    );
    for (const [limit, value] of Object.entries(book.limits)) {
      if (typeof value === 'number') {
        metrics.limits.set({ limit }, value);
      }
    }
    const worst = (pick: (sample: Sample) => number): number =>
      Math.max(0, ...this.#recent.map(pick));
    metrics.acceptWait.set(worst(({ acceptMs }) => acceptMs) / second);
    metrics.eventLoopDelay.set({ process: name, percentile: 50 }, worst(({ p50 }) => p50) / second);
    metrics.eventLoopDelay.set({ process: name, percentile: 99 }, worst(({ p99 }) => p99) / second);
    metrics.eventLoopUtilization.set(
      { process: name },
      this.#recent.reduce((sum, { busyShare }) => sum + busyShare, 0) / (this.#recent.length || 1),
    );
    metrics.residentMemory.set({ process: name }, process.memoryUsage.rss());
    metrics.buildInfo.set({ version, node: process.versions.node, process: name }, 1);
    const requestSeconds = this.#tally.requestSeconds.values(requestSecondsName);
    const list = await metrics.registry.getMetricsAsJSON();
    return list.map((metric) =>
      metric.name === requestSecondsName ? { ...metric, values: requestSeconds } : metric,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader[Symbol.dispose]();
    this.#folder?.[Symbol.dispose]();
    await this.#server.stop();
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  #onSnapshot(snapshot: Snapshot): void {
    this.#useBook(new NoticeBook(snapshot, this.#server.book));
    // Not before visitors can come: a site that is asked for is read at once, and the others can wait.
    if (this.#isListening) {
      void this.#reader.readRest();
    }
  }

  #useBook(book: NoticeBook): void {
    // What a site that goes has answered is still owed to the metrics.
    this.#tally.collect(this.#admission);
    this.#admission.setLimits(book.limits);
    this.#admission.keepSites(book.sites);
    this.#server.doorkeeper.maxWaitMs = book.limits.ladder.delayMs;
    this.#server.book = book;
    this.#server.passDesk.useBook(book, shareOfLimits(book.limits, this.#options.workers));
  }

  #sample(): void {
    const utilization = performance.eventLoopUtilization();
    const busyShare = performance.eventLoopUtilization(utilization, this.#utilization).utilization;
    this.#utilization = utilization;
    const toMs = 1e-6;
    const delays = {
      p50: Math.max(0, this.#delay.percentile(50) * toMs - delayResolutionMs),
      p99: Math.max(0, this.#delay.percentile(99) * toMs - delayResolutionMs),
    };
    this.#delay.reset();
    const { longestMs: acceptMs, turnedAway } = this.#server.doorkeeper.report();
    this.#climb({ busyShare, delayMs: Math.max(delays.p99, acceptMs), turnedAway });
    this.#recent.push({ ...delays, acceptMs, busyShare });
    if (this.#recent.length > keptSamples) {
      this.#recent.shift();
    }
  }

  #abuseHandler(): ((source: Source) => void) | undefined {
    const { host: helper, log } = this.#options;
    if (helper === undefined) {
      return;
    }
    const reporter = new AbuseReporter({
      helper,
      log,
      blockMs: (): number => this.#server.book.limits.blocking.blockMs,
      onResult: (result): void => this.#metrics.blocks.inc({ result }),
      now: (): number => performance.now(),
    });
    return ({ key }): void => reporter.report(key);
  }

  /** Takes one measurement to the ladder, and what the ladder says to admission. */
  #climb(load: Omit<LoadSample, 'admittedPerSecond'>): void {
    const nowMs = performance.now();
    const windowMs = nowMs - this.#climbedMs;
    const { admitted } = this.#admission;
    const admittedPerSecond = ((admitted - this.#admitted) * second) / windowMs;
    this.#admitted = admitted;
    this.#climbedMs = nowMs;
    const before = this.#server.ladder;
    const sample = { ...load, admittedPerSecond };
    const after = nextLadder(before, sample, nowMs, this.#server.book.limits.ladder);
    this.#server.ladder = after;
    this.#server.doorkeeper.isCalm = after.step === 'full';
    this.#admission.setOverload(after.newPerSecond);
    if (after.step !== before.step) {
      const { step, newPerSecond } = after;
      this.#options.log.warn(
        { step, before: before.step, ...sample, newPerSecond },
        'Load ladder moved',
      );
    }
  }

  /** Our own faults are logged, once a second at most: a visitor must not be able to fill a disk. */
  #onFailure(err: unknown): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastFailureMs >= second) {
      this.#lastFailureMs = nowMs;
      this.#options.log.error({ err }, 'A session failed');
    }
  }
}
