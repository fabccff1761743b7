import { describe, expect, it } from 'vitest';
import { CommandRunner } from '../../../src/controller/command-runner.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';
import { sampleSite } from '../../fakes/sample-site.ts';

const wave = 100;

const never = (): Promise<never> => new Promise(() => undefined);

/** A notice plane that never shows anything. */
class SilentPublisher extends FakeNoticePublisher {
  override publish = never;
}

describe('the command runner, while a wave of notices is published', () => {
  it('gives each notice the time that those before it need, and then says that it is not live', async () => {
    const clock = new ManualClock();
    const failed: string[] = [];
    const runner = new CommandRunner({
      blockSource: () => undefined,
      clock,
      routers: new Map(),
      publisher: new SilentPublisher(),
      dataPath: { look: never },
      alert: () => undefined,
      site: () => undefined,
      probeNow: () => undefined,
      recordIncident: () => undefined,
      submit: (event: ControlEvent) => {
        if (event.type === 'command-finished' && event.outcome.result !== 'ok') {
          failed.push(`${event.id} ${event.outcome.code}`);
        }
      },
      metrics: openControlMetrics(),
      log: silentLog,
    });
    for (let number = 1; number <= wave; number += 1) {
      runner.run({
        type: 'publish-notice',
        id: `c${number}`,
        order: { site: `s${number}`, generation: 1, cause: 'x', since: 0, incident: 'i1' },
      });
    }

    await clock.advanceAsync(15_000);
    const early = [...failed];
    await clock.advanceAsync(10_000);

    expect(early).toEqual(['c1 DETOUR_NOTICE_NOT_LIVE']);
    expect(failed).toHaveLength(wave);
  });
});

const nothing = (): void => undefined;

describe('a notice on a shared address', () => {
  it('counts as failed while a healthy neighbour is not passed through', async () => {
    const clock = new ManualClock();
    const publisher = new FakeNoticePublisher();
    await publisher.register([sampleSite('shop'), sampleSite('bank')], {});
    publisher.unpassed.add('bank');
    const ends: string[] = [];
    const runner = new CommandRunner({
      ...{ clock, publisher, routers: new Map(), dataPath: { look: never } },
      ...{ alert: nothing, blockSource: nothing, probeNow: nothing, recordIncident: nothing },
      site: () => undefined,
      submit: (event: ControlEvent) => {
        if (event.type === 'command-finished') {
          ends.push(`${event.id} ${event.outcome.result}`);
        }
      },
      metrics: openControlMetrics(),
      log: silentLog,
    });
    const order = { site: 'shop', generation: 1, cause: 'x', since: 0, incident: 'i1' };

    runner.run({ type: 'publish-notice', id: 'alone', order });
    await clock.advanceAsync(100);
    runner.run({ type: 'publish-notice', id: 'beside', order, passing: ['bank'] });
    await clock.advanceAsync(100);

    expect(ends).toEqual(['alone ok', 'beside failed']);
  });
});
