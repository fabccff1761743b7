import { defineConfig } from 'vitest/config';

/** Each project is a kind of evidence: see CONTRIBUTING.md for what belongs where. */
const project = (name: string, extra: object = {}): object => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      // A story may play days: how long that takes says nothing about the core.
      project('scenario', { testTimeout: 60_000 }),
      project('contract', { testTimeout: 30_000 }),
      project('integration', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('peers', { testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false }),
      project('lab', { testTimeout: 300_000, hookTimeout: 120_000, fileParallelism: false }),
    ],
  },
});
