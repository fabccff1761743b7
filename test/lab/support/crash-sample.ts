import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  byTurns,
  type CrashDriver,
  CrashLab,
  caseName,
  complaint,
  crashCases,
} from './crash-case.ts';
import type { CrashPlan } from './crash-plan.ts';

/** A tenth of all steps, among them those whose middle is the most dangerous; `npm run test:long -- crash-points` plays all. */
const samples: Readonly<Record<CrashDriver, readonly CrashPlan[]>> = {
  frr: [
    { way: 'divert', point: 'intent', moment: 'during' },
    { way: 'divert', point: 'notice', moment: 'before' },
    { way: 'divert', point: 'write', moment: 'during' },
    { way: 'restore', point: 'login', moment: 'during' },
    { way: 'restore', point: 'wal', moment: 'during' },
    { way: 'restore', point: 'read-back', moment: 'before' },
  ],
  linux: [
    { way: 'divert', point: 'lock', moment: 'before' },
    { way: 'divert', point: 'confirm', moment: 'during' },
    { way: 'divert', point: 'outcome', moment: 'before' },
    { way: 'restore', point: 'connect', moment: 'before' },
    { way: 'restore', point: 'write', moment: 'during' },
    { way: 'restore', point: 'confirm', moment: 'before' },
  ],
  gobgp: [
    { way: 'divert', point: 'connect', moment: 'during' },
    { way: 'divert', point: 'write', moment: 'during' },
    { way: 'divert', point: 'read-back', moment: 'before' },
    { way: 'restore', point: 'write', moment: 'before' },
    { way: 'restore', point: 'write', moment: 'during' },
  ],
};

/** Tests of the sample of one driver, one death after the other in one lab. A file for each, so that labs stand side by side. */
export function testDeaths(driver: CrashDriver): void {
  describe(`kill -9 of the controller on ${driver}`, () => {
    const plans = byTurns(samples[driver]);
    let lab: CrashLab;

    beforeAll(async () => {
      lab = await CrashLab.open(driver);
    });

    afterAll(() => lab?.[Symbol.asyncDispose]());

    it.each(plans.map((plan, index) => ({ name: caseName(plan), plan, next: plans[index + 1] })))(
      '$name: ends at exactly the desired routes',
      async ({ plan, next }) => {
        const result = await lab.play(plan, next);

        expect(complaint(result)).toBeUndefined();
      },
    );

    it('plays a tenth of the list', () => {
      const all = crashCases(driver);

      expect(all).toEqual(expect.arrayContaining([...plans]));
      expect(plans.length / all.length).toBeGreaterThanOrEqual(0.1);
    });
  });
}
