import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { compileCache } from './test/support/compile-cache.ts';
import { LongestFirst } from './test/support/longest-first.ts';

/** Most of a file's time is waiting for timers and peers, so there may be more files at work than cores. */
const workersPerCore = 1.5;

/** Each project is a kind of evidence: see CONTRIBUTING.md for what belongs where. */
const project = (name: string, extra: object = {}): object => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

/** What measures the machine or the clock in these files would measure their neighbours too, so they have none. */
const alone = {
  integration: [
    'test/integration/adapters/http-prober.test.ts',
    'test/integration/adapters/tcp-prober.test.ts',
    'test/integration/notice/https.test.ts',
    'test/integration/notice/overload.test.ts',
    'test/integration/notice/slow-clients.test.ts',
    'test/integration/notice/snapshots.test.ts',
    'test/integration/notice/source-memory.test.ts',
  ],
  peers: [
    'test/peers/capacity-load.test.ts',
    'test/peers/hostile-clients.test.ts',
    'test/peers/published-load.test.ts',
  ],
  // Here every request of a visitor must be answered within 300 ms.
  lab: ['test/lab/pass-through.test.ts', 'test/lab/story.test.ts', 'test/lab/topology.test.ts'],
} as const;

const withAlone = (name: keyof typeof alone, extra: object): readonly object[] => [
  project(name, { ...extra, exclude: [...alone[name]] }),
  project(`${name}-alone`, { ...extra, include: [...alone[name]], fileParallelism: false }),
];

export default defineConfig({
  test: {
    maxWorkers: Math.ceil(availableParallelism() * workersPerCore),
    sequence: { sequencer: LongestFirst },
    env: { NODE_COMPILE_CACHE: compileCache },
    projects: [
      project('unit'),
      // A story may play days: how long that takes says nothing about the core.
      project('scenario', { testTimeout: 60_000 }),
      project('contract', { testTimeout: 30_000 }),
      ...withAlone('integration', { testTimeout: 60_000, hookTimeout: 60_000 }),
      ...withAlone('peers', { testTimeout: 120_000, hookTimeout: 120_000 }),
      ...withAlone('lab', { testTimeout: 300_000, hookTimeout: 120_000 }),
    ],
  },
});
