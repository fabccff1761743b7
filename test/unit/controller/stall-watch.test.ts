import { describe, expect, it } from 'vitest';
import { StallWatch } from '../../../src/controller/stall-watch.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

function watching(): { clock: ManualClock; watch: StallWatch; late: number[] } {
  const clock = new ManualClock();
  const late: number[] = [];
  const watch = new StallWatch({ clock, onStall: (ms) => late.push(ms) });
  watch.start();
  return { clock, watch, late };
}

describe('the stall watch', () => {
  it('sees nothing while the loop keeps time', () => {
    const { clock, watch, late } = watching();

    clock.advance(60_000);

    expect(watch.wasStalledSince(0)).toBe(false);
    expect(late).toEqual([]);
  });

  it('notices every stall of 300 ms and more, once, and none under 250 ms', () => {
    for (let offset = 0; offset < 50; offset += 7) {
      const { clock, watch, late } = watching();
      clock.advance(offset);
      clock.stall(249);
      expect(late).toEqual([]);

      clock.advance(1_000);
      const before = clock.monotonicMs();
      clock.stall(301);

      expect(late).toHaveLength(1);
      expect(watch.wasStalledSince(before)).toBe(true);
      expect(watch.wasStalledSince(clock.monotonicMs())).toBe(false);
    }
  });

  it('knows of a stall before its own timer has had its turn', () => {
    const clock = new ManualClock();
    const answers: boolean[] = [];
    const watch = new StallWatch({ clock });
    // Set first, so that it fires first once both are overdue: a late answer handled before the watch.
    clock.setTimer(40, () => answers.push(watch.wasStalledSince(0)));
    watch.start();

    clock.stall(500);

    expect(answers).toEqual([true]);
  });

  it('forgets nothing that began before the stall, however long ago it was', () => {
    const { clock, watch } = watching();
    const before = clock.monotonicMs();
    clock.stall(400);
    const after = clock.monotonicMs();

    clock.advance(10_000);

    expect(watch.wasStalledSince(before)).toBe(true);
    expect(watch.wasStalledSince(after)).toBe(false);
  });

  it('takes no notice of a step of the wall clock', () => {
    const { clock, watch } = watching();

    clock.stepWall(24 * 3_600_000);
    clock.advance(1_000);

    expect(watch.wasStalledSince(0)).toBe(false);
  });

  it('sets no timer once stopped', () => {
    const { clock, watch } = watching();

    watch.stop();

    expect(clock.pending).toBe(0);
  });
});
