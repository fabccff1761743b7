import { describe, expect, it } from 'vitest';
import { CommandRunner } from '../../../src/controller/command-runner.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';

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
