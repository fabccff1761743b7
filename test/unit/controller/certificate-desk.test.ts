import { describe, expect, it } from 'vitest';
import { storedOrders } from '../../../src/app/stored-values.ts';
import {
  CertificateDesk,
  type CertificateDeskOptions,
} from '../../../src/controller/certificate-desk.ts';
import type { Alert } from '../../../src/core/command.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { day, hour, minute } from '../../../src/lib/time.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import type { HostnameReadiness } from '../../../src/ports/site-readiness.ts';
import type { Challenge } from '../../../src/ports/snapshot.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';
import { diversionOf, inPhase, registeredSite, stateOf } from '../../fakes/site-state.ts';

/** An authority that asks once, and a notice plane that answers what was published. */
class Bench {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore(this.clock);
  readonly publisher = new FakeNoticePublisher();
  readonly metrics = openControlMetrics();
  readonly orders: string[] = [];
  readonly seen: Challenge[][] = [];
  readonly shelf: string[] = [];
  readonly audit: ControlEvent[] = [];
  readonly alerts: Alert[] = [];
  readonly certificates = new Map<string, HostnameReadiness>();
  isOurs = true;
  isRefusing = false;
  state = stateOf(registeredSite('shop'), registeredSite('home'));

  knows(hostname: string, certificate: HostnameReadiness['certificate'], leftMs?: number): void {
    const expiresAt = leftMs === undefined ? null : this.clock.now() + leftMs;
    this.certificates.set(hostname, { hostname, certificate, expiresAt });
  }

  desk(more: Partial<CertificateDeskOptions> = {}): CertificateDesk {
    return new CertificateDesk({
      authority: {
        issue: async (hostname, present) => {
          this.orders.push(hostname);
          await present({ token: 'asked', answer: 'asked.thumbprint' });
          this.seen.push([...this.publisher.challenges]);
          if (this.isRefusing) {
            throw new DetourError('Refused', { code: 'DETOUR_CERTIFICATE_FAILED' });
          }
          return { chain: 'chain', key: 'key' };
        },
      },
      shelf: {
        put: async (hostname) => {
          this.shelf.push(hostname);
        },
      },
      path: {
        isAnswered: async (_site, _hostname, { token }) =>
          this.isOurs && this.publisher.challenges.some((each) => each.token === token),
      },
      publisher: this.publisher,
      readiness: async () =>
        ['shop', 'home'].map((site) => {
          const known = this.certificates.get(`${site}.example.kr`);
          return {
            ...{ site, isReady: true, missingLanguages: [], reception: [] },
            hostnames: known === undefined ? [] : [known],
          };
        }),
      state: () => this.state,
      submit: (event) => this.audit.push(event),
      tell: (alert) => this.alerts.push(alert),
      store: this.store,
      parse: storedOrders,
      calendar: {
        every: () => ({ stop: () => undefined, nextAt: () => undefined }),
        problem: () => undefined,
      },
      clock: this.clock,
      metrics: this.metrics,
      log: silentLog,
      renewBeforeMs: 30 * day,
      ordersPerHour: 3,
      ...more,
    });
  }

  async count(result: string): Promise<number> {
    const { values } = await this.metrics.certificateOrders.get();
    return values.find(({ labels }) => labels.result === result)?.value ?? 0;
  }
}

describe('the desk that orders certificates', () => {
  it('orders for a diverted site, lets its challenge be answered, and takes it back after', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'missing');
    bench.knows('home.example.kr', 'missing');
    bench.state = inPhase(bench.state, 'shop', {
      name: 'diverted',
      diversion: diversionOf(['192.0.2.10']),
    });

    await bench.desk().renewDiverted();

    expect(bench.shelf).toEqual(['shop.example.kr']);
    expect(bench.seen[0]?.map(({ token }) => token)).toContain('asked');
    expect(bench.publisher.challenges.map(({ token }) => token)).not.toContain('asked');
    expect(bench.audit).toMatchObject([{ reason: 'certificate-issued', site: 'shop' }]);
    expect(await bench.count('issued')).toBe(1);
  });

  it('asks no authority while the challenges of a site do not reach us', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'expired', -day);
    bench.isOurs = false;

    await bench.desk().renewAll();

    expect(bench.orders).toEqual([]);
    expect(await bench.count('not-ours')).toBe(1);
  });

  it('renews what ends soon, and nothing that has time', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'valid', 29 * day);
    bench.knows('home.example.kr', 'valid', 31 * day);

    await bench.desk().renewAll();

    expect(bench.orders).toEqual(['shop.example.kr']);
  });

  it('waits longer after each failure, also over a restart, and tells people', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'missing');
    bench.isRefusing = true;

    await bench.desk().renewAll();
    bench.clock.advance(14 * minute);
    await bench.desk().renewAll();
    const early = bench.orders.length;
    bench.clock.advance(minute);
    await bench.desk().renewAll();
    bench.clock.advance(29 * minute);
    await bench.desk().renewAll();

    expect(early).toBe(1);
    expect(bench.orders).toHaveLength(2);
    expect(bench.alerts).toMatchObject([
      { key: 'certificate:shop.example.kr', isResolved: false },
      { key: 'certificate:shop.example.kr', isResolved: false },
    ]);
  });

  it('ends its alert when a certificate comes at last', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'missing');
    bench.isRefusing = true;
    await bench.desk().renewAll();
    bench.isRefusing = false;
    bench.clock.advance(15 * minute);

    await bench.desk().renewAll();

    expect(bench.alerts.at(-1)).toMatchObject({ isResolved: true, reason: 'certificate-issued' });
    expect((await bench.metrics.certificateFailures.get()).values).toEqual([]);
  });

  it('does not order again when a new certificate is not taken into use', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'missing');

    await bench.desk().renewAll();
    bench.clock.advance(2 * hour);
    await bench.desk().renewAll();

    expect(bench.orders).toEqual(['shop.example.kr']);
  });

  it('places no more orders within an hour than it may', async () => {
    const bench = new Bench();
    const sites = ['a', 'b', 'c', 'd', 'e'].map((name) => registeredSite(name));
    bench.state = stateOf(...sites);
    const all = sites.map(({ name, hostnames: [hostname = ''] }) => ({
      ...{ site: name, isReady: false, missingLanguages: [], reception: [] },
      hostnames: [{ hostname, certificate: 'missing', expiresAt: null } as const],
    }));
    const desk = bench.desk({ readiness: async () => all });

    await desk.renewAll();
    await desk.renewAll();

    expect(bench.orders).toHaveLength(3);
  });

  it('does not keep a controller from stopping while an authority is slow', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'missing');
    const placed = Promise.withResolvers<void>();
    const issue = (): Promise<never> => {
      placed.resolve();
      return new Promise<never>(() => undefined);
    };
    const desk = bench.desk({ authority: { issue } });
    const round = desk.renewAll();
    await placed.promise;

    await desk.stop();
    await round;

    expect([bench.shelf, bench.alerts]).toEqual([[], []]);
    expect(bench.publisher.challenges).toHaveLength(1);
  });

  it('leaves it to the leader', async () => {
    const bench = new Bench();
    bench.knows('shop.example.kr', 'missing');
    bench.state = { ...bench.state, isLeader: false };

    await bench.desk().renewAll();

    expect(bench.orders).toEqual([]);
  });
});
