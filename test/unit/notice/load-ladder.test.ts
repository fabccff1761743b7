import { describe, expect, it } from 'vitest';
import {
  defaultLadderThresholds,
  type LadderState,
  type LoadSample,
  ladderAtRest,
  nextLadder,
} from '../../../src/notice/load-ladder.ts';

const calm: LoadSample = { busyShare: 0.2, delayMs: 1 };
const busy: LoadSample = { busyShare: 0.95, delayMs: 20 };
const late: LoadSample = { busyShare: 1, delayMs: 150 };

/** Feeds samples every half second, as the process does; gives the state after each. */
function climb(samples: readonly LoadSample[], from: LadderState = ladderAtRest): LadderState[] {
  const states: LadderState[] = [];
  let state = from;
  for (const [index, sample] of samples.entries()) {
    state = nextLadder(state, sample, index * 500, defaultLadderThresholds);
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

  it('closes a growing share of new connections while answers stay late', () => {
    const states = climb(times(20, late));

    expect(states.at(-1)?.step).toBe('close');
    expect(states.at(-1)?.closeShare).toBe(0.95);
    expect(states.find(({ step }) => step === 'close')?.closeShare).toBe(0.5);
  });

  it('lets connections in again bit by bit, then goes up to small and full pages', () => {
    const closed = climb(times(6, late)).at(-1) ?? ladderAtRest;

    const states = climb(times(60, calm), closed);
    const shares = states
      .filter(({ step }) => step === 'close')
      .map(({ closeShare }) => closeShare);

    expect([...shares].sort((a, b) => b - a)).toEqual(shares);
    expect(new Set(stepsOf(states))).toEqual(new Set(['close', 'small', 'full']));
    expect(states.at(-1)?.step).toBe('full');
  });

  it('waits five calm seconds before full pages come back', () => {
    const small = climb(times(3, busy)).at(-1) ?? ladderAtRest;

    const states = stepsOf(climb([...times(8, calm), busy, ...times(12, calm)], small));

    expect(states.lastIndexOf('small')).toBe(18);
    expect(states.at(-1)).toBe('full');
  });
});
