import { openSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { clockContract } from './clock.contract.ts';

clockContract('the system clock', () => {
  const clock = openSystemClock();
  return {
    clock,
    pass: (ms) =>
      new Promise((resolve) => {
        clock.setTimer(ms, resolve);
      }),
  };
});

clockContract('the manual clock', () => {
  const clock = new ManualClock();
  return { clock, pass: (ms) => clock.advanceAsync(ms) };
});
