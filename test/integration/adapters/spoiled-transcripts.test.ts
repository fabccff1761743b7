import { describe, expect, it } from 'vitest';
import { playTranscripts } from '../../support/transcripts/play.ts';
import { transcriptSubjects } from '../../support/transcripts/subjects.ts';

/** Shares of the long run: a dialogue takes its time, an answer to a command does not. */
const shares = { commands: 2_000, dialogues: 80 };
const byCommands = new Set(['frr', 'linux', 'bird', 'nftables']);

const cases = transcriptSubjects.map((subject) => [subject.name, subject] as const);

describe('a router that answers with anything at all', () => {
  it.each(cases)('%s: holds up no driver and proves no route', async (name, subject) => {
    const count = byCommands.has(name) ? shares.commands : shares.dialogues;

    const fates = await playTranscripts(subject, {
      count,
      seed: 20_260_101,
      atOnce: 20,
      patienceMs: 30_000,
    });

    expect(fates.bad).toEqual([]);
    expect(fates.read).toBeGreaterThan(0);
    expect(fates.refused).toBeGreaterThan(0);
  });
});
