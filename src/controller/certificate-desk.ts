import { randomBytes } from 'node:crypto';
import type { Alert } from '../core/command.ts';
import type { ControlEvent } from '../core/event.ts';
import type { Site } from '../core/site.ts';
import type { State } from '../core/state.ts';
import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { type EpochMs, second } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Calendar, CalendarJob } from '../ports/calendar.ts';
import type {
  CertificateAuthority,
  CertificateShelf,
  ChallengePath,
} from '../ports/certificate-authority.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { NoticePublisher } from '../ports/notice-publisher.ts';
import type { HostnameReadiness, SiteReadiness } from '../ports/site-readiness.ts';
import type { Challenge } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import {
  mayOrder,
  noOrders,
  type OrderMemory,
  withIssue,
  withOrder,
} from './certificate-orders.ts';
import { pause } from './deadline.ts';

export interface CertificateDeskOptions {
  readonly authority: CertificateAuthority;
  readonly shelf: CertificateShelf;
  readonly path: ChallengePath;
  readonly publisher: Pick<NoticePublisher, 'setChallenges'>;
  readonly readiness: (signal: AbortSignal) => Promise<readonly SiteReadiness[]>;
  readonly state: () => State;
  readonly submit: (event: ControlEvent) => void;
  readonly tell: (alert: Alert) => void;
  readonly store: Pick<Store, 'get' | 'put'>;
  readonly parse: (value: unknown) => OrderMemory | undefined;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly metrics: Pick<ControlMetrics, 'certificateOrders' | 'certificateFailures'>;
  readonly log: Log;
  /** A certificate is renewed when it has less than this left. */
  readonly renewBeforeMs: number;
  readonly ordersPerHour: number;
}

/** A diverted site is looked at this often: its port 80 is ours only while it lasts. */
const lookEveryMs = 10 * second;

/** Twice a day, as authorities ask for, and not on the hour, when everybody comes. */
const renewalTimes = '17 3,15 * * *';

/** Looks at whether a challenge has reached every notice process, and the pause between two. */
const presentLooks = 20;
const presentPauseMs = 500;

const memoryId = 'orders';

const isRightNow: ReadonlySet<HostnameReadiness['certificate']> = new Set(['valid', 'expiring']);

/** True when visitors would be, or soon will be, shown a certificate that browsers do not take. */
function isDue(
  { certificate, expiresAt }: HostnameReadiness,
  renewBeforeMs: number,
  now: EpochMs,
): boolean {
  if (certificate === 'not-served' || certificate === 'not-yet-valid') {
    return false;
  }
  return !isRightNow.has(certificate) || (expiresAt ?? 0) - now < renewBeforeMs;
}

/** An authority may take minutes; a controller that stops does not wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Error('the controller stops'));
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const token = (): string => randomBytes(32).toString('base64url');

/**
 * Orders certificates for registered hostnames: for diverted sites within seconds, for all of them twice a day.
 * The authority is spoken to only for a hostname whose challenges we are seen to answer, so that a site whose port 80
 * is its origin's costs no failed order; and never more often than the memory of orders allows.
 */
export class CertificateDesk {
  readonly #options: CertificateDeskOptions;
  /** Shows that we answer for a hostname, without any order. */
  readonly #presence: Challenge = { token: token(), answer: token() };
  readonly #abort = new AbortController();
  #isPresent = false;
  #memory: OrderMemory = noOrders;
  #work: Promise<void> = Promise.resolve();
  #isBusy = false;
  #timer: Timer | undefined;
  #job: CalendarJob | undefined;

  constructor(options: CertificateDeskOptions) {
    this.#options = options;
  }

  start(): void {
    const { calendar } = this.#options;
    this.#job = calendar.every(renewalTimes, 'UTC', () => void this.renewAll());
    this.#watch();
  }

  /** Begins nothing more; resolves when what is under way has ended or was given up. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#job?.stop();
    this.#abort.abort();
    await this.#work;
  }

  /** Orders what is due for sites that are diverted. */
  async renewDiverted(): Promise<void> {
    const { state } = this.#options;
    const { sites, config } = state();
    await this.#renew(
      Object.values(config.sites).filter(({ name }) => sites.get(name)?.phase.name === 'diverted'),
    );
  }

  /** Orders what is due for every site. */
  async renewAll(): Promise<void> {
    await this.#renew(Object.values(this.#options.state().config.sites));
  }

  #watch(): void {
    this.#timer = this.#options.clock.setTimer(lookEveryMs, () => {
      void this.renewDiverted();
      this.#watch();
    });
  }

  /** One round at a time: a look that comes meanwhile finds the same again later. Never rejects. */
  async #renew(sites: readonly Site[]): Promise<void> {
    if (this.#isBusy || sites.length === 0 || !this.#options.state().isLeader) {
      return;
    }
    this.#isBusy = true;
    this.#work = this.#round(sites).catch((error: unknown) => {
      this.#options.log.warn({ err: errorChain(error) }, 'Certificates could not be looked after');
    });
    await this.#work;
    this.#isBusy = false;
  }

  async #round(sites: readonly Site[]): Promise<void> {
    const { readiness, renewBeforeMs, clock } = this.#options;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(5 * second)]);
    const known = new Map((await readiness(signal)).map((each) => [each.site, each.hostnames]));
    await this.#remember();
    for (const site of sites) {
      const due = (known.get(site.name) ?? []).filter((each) =>
        isDue(each, renewBeforeMs, clock.now()),
      );
      for (const { hostname } of due) {
        await this.#order(site, hostname);
      }
    }
  }

  async #order(site: Site, hostname: string): Promise<void> {
    const { clock, ordersPerHour: perHour, path, metrics } = this.#options;
    const { signal } = this.#abort;
    if (signal.aborted || !mayOrder(this.#memory, hostname, { now: clock.now(), perHour })) {
      return;
    }
    if (!this.#isPresent) {
      await this.#options.publisher.setChallenges([this.#presence]);
      this.#isPresent = true;
    }
    if (!(await path.isAnswered(site, hostname, this.#presence, signal))) {
      metrics.certificateOrders.inc({ result: 'not-ours' });
      return;
    }
    await this.#keep(withOrder(this.#memory, hostname, clock.now()));
    try {
      await this.#issue(site, hostname);
      await this.#succeeded(site, hostname);
    } catch (error) {
      // An order that was given up by our own stop tells nothing of the authority.
      if (!signal.aborted) {
        await this.#failed(site, hostname, error);
      }
    }
  }

  async #issue(site: Site, hostname: string): Promise<void> {
    const { authority, shelf, publisher } = this.#options;
    try {
      const order = authority.issue(hostname, (challenge) =>
        this.#present(site, hostname, challenge),
      );
      const issued = await unlessAborted(order, this.#abort.signal);
      await shelf.put(hostname, issued);
    } finally {
      await publisher.setChallenges([this.#presence]);
    }
  }

  /** Resolves when the challenge is answered at the site's addresses; rejects when it is not in time. */
  async #present(site: Site, hostname: string, challenge: Challenge): Promise<void> {
    const { publisher, path, clock } = this.#options;
    const { signal } = this.#abort;
    await publisher.setChallenges([this.#presence, challenge]);
    for (let look = 0; look < presentLooks && !signal.aborted; look += 1) {
      if (await path.isAnswered(site, hostname, challenge, signal)) {
        return;
      }
      await pause(clock, presentPauseMs);
    }
    throw new Error(`the challenge for ${hostname} was not seen at ${site.addresses.join(', ')}`);
  }

  async #succeeded({ name: site }: Site, hostname: string): Promise<void> {
    const { metrics, submit, tell, clock, log } = this.#options;
    const wasFailing = (this.#memory.failed[hostname]?.failures ?? 0) > 1;
    await this.#keep(withIssue(this.#memory, hostname, clock.now()));
    metrics.certificateOrders.inc({ result: 'issued' });
    metrics.certificateFailures.remove({ hostname });
    const detail = `a new certificate for ${hostname} is in use`;
    log.info({ site, hostname }, 'Certificate issued');
    submit({ type: 'noted', reason: 'certificate-issued', owner: 'detour', site, detail });
    if (wasFailing) {
      const text = `There is a new certificate for ${hostname}`;
      const about = { key: `certificate:${hostname}`, severity: 'warning', site, text } as const;
      tell({ ...about, reason: 'certificate-issued', at: clock.now(), isResolved: true });
    }
  }

  async #failed({ name: site }: Site, hostname: string, error: unknown): Promise<void> {
    const { metrics, submit, tell, clock, log } = this.#options;
    metrics.certificateOrders.inc({ result: 'failed' });
    const failures = this.#memory.failed[hostname]?.failures ?? 0;
    metrics.certificateFailures.set({ hostname }, failures);
    const err = errorChain(error);
    log.error({ site, hostname, err }, 'Certificate not issued');
    submit({ type: 'noted', reason: 'certificate-failed', owner: 'detour', site, detail: err });
    tell({
      ...{
        key: `certificate:${hostname}`,
        severity: 'warning',
        reason: 'certificate-failed',
        site,
      },
      ...{ text: err, at: clock.now(), isResolved: false },
    });
  }

  /** What the store knows counts, as another controller may have ordered meanwhile. Without it we go by our own memory. */
  async #remember(): Promise<void> {
    const { store, parse, metrics, log } = this.#options;
    try {
      const stored = await store.get('certificate', memoryId);
      this.#memory = parse(stored?.value) ?? this.#memory;
    } catch (error) {
      log.warn({ err: errorChain(error) }, 'Earlier orders of certificates could not be read');
    }
    for (const [hostname, { failures }] of Object.entries(this.#memory.failed)) {
      metrics.certificateFailures.set({ hostname }, failures);
    }
  }

  async #keep(memory: OrderMemory): Promise<void> {
    this.#memory = memory;
    try {
      await this.#options.store.put('certificate', memoryId, memory);
    } catch (error) {
      const { log } = this.#options;
      log.warn({ err: errorChain(error) }, 'An order of a certificate could not be stored');
    }
  }
}
