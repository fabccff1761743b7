// A child process for the crash tests: commits one change and one audit entry at a time
// and prints the number of each entry once `commit` has returned. Refusals are printed too.
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { openSqliteJournal } from '../../../src/adapters/journal/sqlite/sqlite-journal.ts';
import { errorCode } from '../../../src/lib/errors.ts';
import { sampleEntry } from '../../fakes/sample-durable.ts';

const [, , file = '', padding = '0'] = process.argv;

/** Writes at once, so that a kill cannot take a number back that was already acknowledged. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function main(): Promise<void> {
  const journal = openSqliteJournal({ file });
  say('open');
  let last = journal.load().lastCommand;
  for (;;) {
    const next = last + 1;
    const entry = { ...sampleEntry(next), text: 'x'.repeat(Number(padding)) };
    try {
      journal.commit([{ kind: 'control', key: 'lastCommand', value: next }], [entry]);
      last = next;
      say(`kept ${next}`);
    } catch (error) {
      say(`refused ${next} ${errorCode(error)}`);
      await wait(20);
    }
  }
}

try {
  await main();
} catch (error) {
  say(`failed ${errorCode(error)} ${error instanceof Error ? error.message : ''}`);
  process.exitCode = 1;
}
