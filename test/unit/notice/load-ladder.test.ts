import { describe, expect, it } from 'vitest';
import {
  type LadderState,
  type LoadSample,
  ladderAtRest,
  nextLadder,
} from '../../../src/notice/load-ladder.ts';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';

const thresholds = defaultNoticeLimits.ladder;
const calm: LoadSample = { busyShare: 0.2, delayMs: 1, turnedAway: 0, admittedPerSecond: 100 };
const busy: LoadSample = { busyShare: 0.95, delayMs: 20, turnedAway: 0, admittedPerSecond: 5_000 };
const late: LoadSample = { busyShare: 1, delayMs: 150, turnedAway: 0, admittedPerSecond: 6_000 };

/** Feeds samples every half second, as the process does; gives the state after each. */
function climb(samples: readonly LoadSample[], from: LadderState = ladderAtRest): LadderState[] {
  const states: LadderState[] = [];
  let state = from;
  for (const [index, sample] of samples.entries()) {
    state = nextLadder(state, sample, index * 500, thresholds);
    states.push(state);
  }
  return states;
}

const times = (count: number, sample: LoadSample): readonly LoadSample[] =>
  Array.from({ length: count }, () => sample);
const stepsOf = (states: readonly LadderState[]): readonly string[] =>
  states.map(({ step }) => step);

describe('the load ladder', () => {
  it('gives full pages while there is room', () => {
    expect(new Set(stepsOf(climb(times(20, calm))))).toEqual(new Set(['full']));
  });

  it('gives small pages once the process was busy for a second', () => {
    expect(stepsOf(climb(times(4, busy)))).toEqual(['full', 'full', 'small', 'small']);
  });

  it('is not moved by one slow moment', () => {
    expect(stepsOf(climb([late, late, calm, late, late, calm]))).not.toContain('small');
  });

  it('never closes connections of a process that is busy but answers in time', () => {
    expect(stepsOf(climb(times(100, busy)))).not.toContain('close');
  });

  it('admits a third less than was too much, then less and less while answers stay late', () => {
    const states = climb(times(20, late)).filter(({ step }) => step === 'close');
    const rates = states.map(({ newPerSecond }) => newPerSecond ?? 0);

    expect(rates[0]).toBeCloseTo(4_200);
    expect(rates.toSorted((a, b) => b - a)).toEqual(rates);
    expect(rates.at(-1)).toBeLessThan(2_000);
  });

  it('never admits so few that the proof of a diversion could not get in', () => {
    const none = { ...late, admittedPerSecond: 0 };

    expect(climb(times(40, none)).at(-1)?.newPerSecond).toBe(100);
  });

  it('takes people turned away at the door for lateness, though nobody who is answered is late', () => {
    const turning = { ...busy, turnedAway: 200 };

    expect(stepsOf(climb(times(6, turning)))).toContain('close');
  });

  it('closes nobody while it is late because others keep the processor', () => {
    const starved = { ...late, busyShare: 0.3 };

    expect(new Set(stepsOf(climb(times(40, starved))))).toEqual(new Set(['full']));
  });

  it('goes up to small and full pages once fewer come than may', () => {
    const closed = climb(times(6, late)).at(-1) ?? ladderAtRest;

    const steps = stepsOf(climb(times(30, calm), closed));

    expect(steps.indexOf('small')).toBe(2);
    expect(steps.indexOf('full')).toBe(13);
  });

  it('serves a lasting overload at nine tenths and more of what the process can take', () => {
    const capacity = 6_000;
    let state = climb(times(6, late)).at(-1) ?? ladderAtRest;
    let served = 0;
    const samples = 120;
    for (let n = 0; n < samples; n += 1) {
      // Three times as many come as can be served; what is let in beyond the capacity waits.
      const admitted = Math.min(capacity, state.newPerSecond ?? 3 * capacity);
      const delayMs = (state.newPerSecond ?? 3 * capacity) > capacity ? 150 : 20;
      served += admitted;
      const sample = { busyShare: 1, delayMs, turnedAway: 0, admittedPerSecond: admitted };
      state = nextLadder(state, sample, 3_000 + n * 500, thresholds);
    }

    expect(served / samples / capacity).toBeGreaterThan(0.9);
  });

  it('lets more in at once while the loop has rest, and step by step when it has none', () => {
    const closed = climb(times(6, late)).at(-1) ?? ladderAtRest;
    const from = closed.newPerSecond ?? Number.NaN;
    const ratesWith = (busyShare: number): readonly number[] =>
      climb(times(2, { ...busy, busyShare }), closed).map(
        ({ newPerSecond }) => (newPerSecond ?? Number.NaN) / from,
      );

    const [resting, working] = [ratesWith(0.6), ratesWith(1)];

    expect(resting[1]).toBeCloseTo(1.25 * 1.25);
    expect(working[1]).toBeCloseTo(1.05 * 1.05);
  });

  it('waits five calm seconds before full pages come back', () => {
    const small = climb(times(3, busy)).at(-1) ?? ladderAtRest;

    const states = stepsOf(climb([...times(8, calm), busy, ...times(12, calm)], small));

    expect(states.lastIndexOf('small')).toBe(18);
    expect(states.at(-1)).toBe('full');
  });
});
