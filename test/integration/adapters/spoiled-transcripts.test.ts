import { afterAll, describe, expect, it } from 'vitest';
import { playTranscripts } from '../../support/transcripts/play.ts';
import {
  closeSpeakers,
  type TranscriptSubject,
  transcriptSubjects,
} from '../../support/transcripts/subjects.ts';

const casesOver = (
  ...over: readonly TranscriptSubject['over'][]
): readonly (readonly [string, TranscriptSubject])[] =>
  transcriptSubjects
    .filter((subject) => over.includes(subject.over))
    .map((subject) => [subject.name, subject] as const);

async function expectHarmless(subject: TranscriptSubject): Promise<void> {
  const { share: count } = subject.counts;

  const fates = await playTranscripts(subject, { count, seed: 20_260_101 });

  expect(fates.bad).toEqual([]);
  expect(fates.read).toBeGreaterThan(0);
  expect(fates.refused).toBeGreaterThan(0);
}

afterAll(closeSpeakers);

describe('a router that answers with anything at all', () => {
  // One after the other: in quick time there is nothing to wait for.
  it.each(casesOver('memory'))('%s: holds up no driver and proves no route', (_, subject) =>
    expectHarmless(subject),
  );
});

describe.concurrent('a router that answers with anything at all, over a real connection', () => {
  it.each(casesOver('ssh', 'grpc'))('%s: holds up no driver and proves no route', (_, subject) =>
    expectHarmless(subject),
  );
});
