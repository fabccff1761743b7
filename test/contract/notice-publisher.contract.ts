import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NoticeOrder } from '../../src/core/command.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';
import { probeSpec } from '../fakes/probe-target.ts';
import { sampleSite } from '../fakes/sample-site.ts';

/** A publisher under test, with a view of what the notice plane would show. */
export interface PublisherBench {
  readonly publisher: NoticePublisher;
  /** Generation of the notice that stands for a site; 0 for standby, undefined for a site nobody knows. */
  standing(site: string): Promise<number | undefined>;
  /** Takes the notice plane away, or brings it back. */
  setPlane(isUp: boolean): void;
  /** Breaks the way to the origins of sites that are passed through, or mends it. */
  setPassing(isPassing: boolean): void;
  close(): Promise<void>;
}

const orderOf = (generation: number, more: Partial<NoticeOrder> = {}): NoticeOrder => ({
  site: 'home01',
  generation,
  cause: 'server-failure',
  since: Date.parse('2026-11-24T04:50:00Z'),
  incident: `incident-${generation}`,
  ...more,
});

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

/** What every NoticePublisher promises. */
export function noticePublisherContract(open: () => Promise<PublisherBench>): void {
  describe('a notice publisher', () => {
    let bench: PublisherBench;

    beforeEach(async () => {
      bench = await open();
      const web = probeSpec({ type: 'http', url: 'http://home02.example.kr/' });
      const other = sampleSite('home02', { probes: [web] });
      await bench.publisher.register([sampleSite('home01'), other], {});
    });

    afterEach(async () => {
      await bench.publisher[Symbol.asyncDispose]();
      await bench.close();
    });

    it('makes every registered site known with a standby notice', async () => {
      expect(await bench.standing('home01')).toBe(0);
      expect(await bench.standing('home02')).toBe(0);
      expect(await bench.standing('home03')).toBeUndefined();
    });

    it('shows a notice once it is published, and only for its own site', async () => {
      await bench.publisher.publish(orderOf(4), soon());

      expect(await bench.standing('home01')).toBe(4);
      expect(await bench.standing('home02')).toBe(0);
    });

    it('publishes the same notice again without harm', async () => {
      await bench.publisher.publish(orderOf(4), soon());
      await bench.publisher.publish(orderOf(4), soon());

      expect(await bench.standing('home01')).toBe(4);
    });

    it('does not let an older notice replace a newer one', async () => {
      await bench.publisher.publish(orderOf(5), soon());

      await expect(bench.publisher.publish(orderOf(4), soon())).rejects.toMatchObject({
        code: 'DETOUR_NOTICE_PUBLISH_FAILED',
      });
      expect(await bench.standing('home01')).toBe(5);
    });

    it('waits until a healthy neighbour is passed through, and names the one that is not', async () => {
      await bench.publisher.awaitPassed(['home02'], soon());
      bench.setPassing(false);

      await expect(bench.publisher.awaitPassed(['home02'], soon())).rejects.toMatchObject({
        code: 'DETOUR_NOTICE_NOT_LIVE',
        message: expect.stringContaining('home02'),
      });
    });

    it('goes back to standby when the notice is withdrawn', async () => {
      await bench.publisher.publish(orderOf(4), soon());

      await bench.publisher.withdraw('home01', 4);

      expect(await bench.standing('home01')).toBe(0);
    });

    it('ignores the withdrawal of a notice that a newer one has replaced', async () => {
      await bench.publisher.publish(orderOf(4), soon());
      await bench.publisher.publish(orderOf(5), soon());

      await bench.publisher.withdraw('home01', 4);

      expect(await bench.standing('home01')).toBe(5);
    });

    it('withdraws what does not stand without complaint', async () => {
      await bench.publisher.withdraw('home01', 9);
      await bench.publisher.withdraw('nobody', 9);

      expect(await bench.standing('home01')).toBe(0);
    });

    it('refuses to publish for a site that is not registered', async () => {
      await expect(
        bench.publisher.publish(orderOf(4, { site: 'stranger' }), soon()),
      ).rejects.toMatchObject({ code: 'DETOUR_NOTICE_PUBLISH_FAILED' });
    });

    it('says that a notice is not live when the notice plane does not answer in time', async () => {
      bench.setPlane(false);

      await expect(
        bench.publisher.publish(orderOf(4), AbortSignal.timeout(100)),
      ).rejects.toMatchObject({ code: 'DETOUR_NOTICE_NOT_LIVE', retryable: true });
    });

    it('succeeds when it is asked again after the notice plane came back', async () => {
      bench.setPlane(false);
      await bench.publisher.publish(orderOf(4), AbortSignal.timeout(100)).catch(() => undefined);
      bench.setPlane(true);

      await bench.publisher.publish(orderOf(4), soon());

      expect(await bench.standing('home01')).toBe(4);
    });

    it('keeps a notice standing while the sites are registered again', async () => {
      await bench.publisher.publish(orderOf(4), soon());

      await bench.publisher.register([sampleSite('home01')], {});

      expect(await bench.standing('home01')).toBe(4);
      expect(await bench.standing('home02')).toBeUndefined();
    });

    it('takes new limits and the small page at any time', async () => {
      await bench.publisher.setLimits({ ...defaultNoticeLimits, sessions: 7 });
      await bench.publisher.setSmallPage('home01', true);
      await bench.publisher.setSmallPage('nobody', true);

      expect(await bench.standing('home01')).toBe(0);
    });

    it('previews a notice in each format without publishing it', async () => {
      const html = await bench.publisher.preview(orderOf(4), { language: 'ko', format: 'html' });
      const json = await bench.publisher.preview(orderOf(4), { language: 'en', format: 'json' });

      expect(html).toMatchObject({ status: 503, contentType: 'text/html; charset=utf-8' });
      expect(html.body).toContain('홈페이지 home01');
      expect(json.contentType).toBe('application/problem+json');
      expect(JSON.parse(json.body)).toMatchObject({ site: 'home01' });
      expect(await bench.standing('home01')).toBe(0);
    });

    it('refuses to preview a site that is not registered', async () => {
      await expect(
        bench.publisher.preview(orderOf(4, { site: 'stranger' }), {
          language: 'ko',
          format: 'html',
        }),
      ).rejects.toMatchObject({ code: 'DETOUR_NOTICE_PUBLISH_FAILED' });
    });
  });
}
