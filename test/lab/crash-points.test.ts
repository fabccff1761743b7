import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CrashDriver,
  CrashLab,
  caseName,
  complaint,
  crashCases,
  crashDrivers,
} from './support/crash-case.ts';
import type { CrashPlan } from './support/crash-plan.ts';

/** A tenth of all steps, among them those whose middle is the most dangerous; `npm run test:long -- crash-points` plays all. */
const samples: Readonly<Record<CrashDriver, readonly CrashPlan[]>> = {
  frr: [
    { way: 'divert', point: 'intent', moment: 'during' },
    { way: 'divert', point: 'notice', moment: 'before' },
    { way: 'divert', point: 'write', moment: 'during' },
    { way: 'restore', point: 'wal', moment: 'during' },
    { way: 'restore', point: 'read-back', moment: 'before' },
  ],
  linux: [
    { way: 'divert', point: 'lock', moment: 'before' },
    { way: 'divert', point: 'confirm', moment: 'during' },
    { way: 'divert', point: 'outcome', moment: 'before' },
    { way: 'restore', point: 'write', moment: 'during' },
    { way: 'restore', point: 'confirm', moment: 'before' },
  ],
  gobgp: [
    { way: 'divert', point: 'write', moment: 'during' },
    { way: 'divert', point: 'read-back', moment: 'before' },
    { way: 'restore', point: 'write', moment: 'before' },
    { way: 'restore', point: 'write', moment: 'during' },
  ],
};

describe.each(crashDrivers)('kill -9 of the controller on %s', (driver) => {
  let lab: CrashLab;

  beforeAll(async () => {
    lab = await CrashLab.open(driver);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  it.each(samples[driver].map((plan) => ({ name: caseName(plan), plan })))(
    '$name: ends at exactly the desired routes',
    async ({ plan }) => {
      const result = await lab.play(plan);

      expect(complaint(result)).toBeUndefined();
    },
  );

  it('has a place in the list for each of its samples', () => {
    expect(crashCases(driver)).toEqual(expect.arrayContaining([...samples[driver]]));
  });
});
