import { describe, expect, it } from 'vitest';
import {
  IncidentRecorder,
  maxWaiting,
  retryEveryMs,
} from '../../../src/controller/incident-recorder.ts';
import type { Incident } from '../../../src/core/incident.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';

const incident = (id: string, cause = 'server-failure'): Incident => ({
  id,
  sites: ['home01'],
  cause,
  severity: 'critical',
  openedAt: 0,
  timeline: [],
});

interface Bench {
  readonly clock: ManualClock;
  readonly shared: SharedMemory;
  readonly store: MemoryStore;
  readonly recorder: IncidentRecorder;
  readonly givenUp: () => Promise<number>;
}

function openBench(): Bench {
  const clock = new ManualClock();
  const shared = new SharedMemory();
  const store = new MemoryStore(clock, shared);
  const metrics = openControlMetrics();
  const recorder = new IncidentRecorder({ store, clock, metrics, log: silentLog });
  const givenUp = async (): Promise<number> => {
    const { values } = await metrics.unstored.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  };
  return { clock, shared, store, recorder, givenUp };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the incident recorder', () => {
  it('keeps what the store could not take, and writes the newest form when it is back', async () => {
    const { clock, shared, store, recorder } = openBench();
    shared.isUp = false;
    recorder.record(incident('i1'));
    recorder.record(incident('i2'));
    await settle();
    recorder.record(incident('i1', 'overload'));
    expect(recorder.waiting).toBe(2);

    shared.isUp = true;
    clock.advance(retryEveryMs);
    await settle();

    expect(recorder.waiting).toBe(0);
    expect((await store.get('incident', 'i1'))?.value).toMatchObject({ cause: 'overload' });
    expect((await store.get('incident', 'i2'))?.value).toMatchObject({ id: 'i2' });
  });

  it('gives up the oldest when too many wait, and counts each', async () => {
    const { shared, recorder, givenUp } = openBench();
    shared.isUp = false;

    for (let number = 0; number < maxWaiting + 3; number += 1) {
      recorder.record(incident(`i${number}`));
    }
    await settle();

    expect(recorder.waiting).toBe(maxWaiting);
    expect(await givenUp()).toBe(3);
  });

  it('writes what waits once more before the end', async () => {
    const { shared, store, recorder } = openBench();
    shared.isUp = false;
    recorder.record(incident('i1'));
    await settle();
    shared.isUp = true;

    await recorder.stop();

    expect((await store.get('incident', 'i1'))?.value).toMatchObject({ id: 'i1' });
  });
});
