import { describe, expect, it } from 'vitest';
import { storedTranscripts } from '../../../src/app/stored-values.ts';
import {
  maxPerIncident,
  maxTranscriptLength,
  maxWaiting,
  type Transcript,
  Transcripts,
} from '../../../src/controller/transcripts.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';

const said = (at: number, text = 'end'): Transcript => ({
  at,
  router: 'edge-1',
  operation: 'apply',
  result: 'ok',
  text,
});

function openBench(shared = new SharedMemory()) {
  const clock = new ManualClock();
  const store = new MemoryStore(clock, shared);
  const metrics = openControlMetrics();
  const options = { store, clock, metrics, log: silentLog, parse: storedTranscripts };
  const open = (): Transcripts => new Transcripts(options);
  const givenUp = async (): Promise<number> =>
    (await metrics.unstored.get()).values.reduce((sum, { value }) => sum + value, 0);
  return { clock, shared, open, givenUp };
}

describe('the transcripts of an incident', () => {
  it('are told in order, by whichever controller wrote them', async () => {
    const { open } = openBench();
    const first = open();
    first.note(['i1'], said(1));
    await first.stop();
    const second = open();
    second.note(['i1', 'i2'], said(2));
    await second.stop();

    expect((await open().of('i1')).map(({ at }) => at)).toEqual([1, 2]);
    expect((await open().of('i2')).map(({ at }) => at)).toEqual([2]);
  });

  it('wait while the store is away, each for once', async () => {
    const { clock, open, shared } = openBench();
    const transcripts = open();
    shared.isUp = false;
    transcripts.note(['i1'], said(1));
    await new Promise(setImmediate);
    transcripts.note(['i1'], said(2));

    shared.isUp = true;
    clock.advance(5_000);
    await transcripts.stop();

    expect((await transcripts.of('i1')).map(({ at }) => at)).toEqual([1, 2]);
  });

  it('are kept from the beginning and the end when there are too many', async () => {
    const { open } = openBench();
    const transcripts = open();

    for (let at = 1; at <= 50; at += 1) {
      transcripts.note(['i1'], said(at));
    }
    await transcripts.stop();

    const kept = (await transcripts.of('i1')).map(({ at }) => at);
    expect(kept).toHaveLength(maxPerIncident);
    expect(kept.at(0)).toBe(1);
    expect(kept.at(-1)).toBe(50);
  });

  it('are bounded in length and in number while they wait', async () => {
    const { open, shared, givenUp } = openBench();
    const transcripts = open();
    shared.isUp = false;

    for (let incident = 0; incident <= maxWaiting; incident += 1) {
      transcripts.note([`i${incident}`], said(incident, 'x'.repeat(2 * maxTranscriptLength)));
    }
    await transcripts.stop();

    expect(await givenUp()).toBe(1);
    shared.isUp = true;
    expect(await transcripts.of('i0')).toEqual([]);
    expect((await transcripts.of('i1'))[0]?.text).toHaveLength(maxTranscriptLength);
  });
});
