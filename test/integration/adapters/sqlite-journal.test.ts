import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteJournal } from '../../../src/adapters/journal/sqlite/sqlite-journal.ts';
import { bytesOf } from '../../../src/adapters/sqlite/row-values.ts';
import { errorCode } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { minute } from '../../../src/lib/time.ts';
import type { Journal } from '../../../src/ports/journal.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { sampleDurableSite, sampleEntry } from '../../fakes/sample-durable.ts';
import { ChildLines } from '../support/child-lines.ts';

const writer = join(import.meta.dirname, '../support/journal-writer.ts');

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-journal-'));
  file = join(folder, 'data', 'detour.db');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Changes the database behind the journal's back. */
function edit(sql: string, ...values: readonly (string | number | Uint8Array)[]): void {
  using database = new DatabaseSync(file);
  database.prepare(sql).run(...values);
}

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

function fill(journal: Journal, entries: number): void {
  for (let number = 1; number <= entries; number += 1) {
    journal.commit([{ kind: 'control', key: 'lastCommand', value: number }], [sampleEntry(number)]);
  }
}

/** Numbers below a bound, the same in every run. */
function pseudoRandom(start: number): (below: number) => number {
  let seed = start;
  return (below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
}

interface ByteChange {
  readonly seq: number;
  readonly column: string;
  readonly random: (below: number) => number;
}

/** Changes one byte of a row; what it returns puts the byte back. */
function changeByte(database: DatabaseSync, { seq, column, random }: ByteChange): () => void {
  const row = database
    .prepare(`SELECT CAST(${column} AS BLOB) AS whole FROM audit WHERE seq = ?`)
    .get(seq);
  const value = column === 'entry' ? 'CAST(? AS TEXT)' : '?';
  const write = database.prepare(`UPDATE audit SET ${column} = ${value} WHERE seq = ?`);
  const whole = bytesOf(row ?? {}, 'whole');
  const changed = Uint8Array.from(whole);
  const offset = random(changed.length);
  changed[offset] = (changed[offset] ?? 0) ^ (1 + random(255));
  write.run(changed, seq);
  return () => write.run(whole, seq);
}

describe('the SQLite journal on its disk', () => {
  it('is readable by its owner alone', () => {
    using journal = openSqliteJournal({ file });
    fill(journal, 1);

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  });

  it('names the row that is damaged instead of starting with half a memory', () => {
    {
      using journal = openSqliteJournal({ file });
      journal.commit([{ kind: 'site', key: 'shop', value: sampleDurableSite }], []);
    }
    edit(`UPDATE durable SET value = replace(value, '"proven"', '"proved"')`);

    using damaged = openSqliteJournal({ file });
    const error = caught(() => damaged.load());

    expect(errorCode(error)).toBe('DETOUR_JOURNAL_FAILED');
    expect(String(error)).toMatch(/row site "shop" .* is damaged: reason/);
  });

  it.each([
    ['a torn value', `UPDATE durable SET value = substr(value, 1, 9)`],
    ['an unknown kind', `UPDATE durable SET kind = 'sight'`],
    ['an unknown control row', `UPDATE durable SET kind = 'control', key = 'mood'`],
    ['a field too many', `UPDATE durable SET value = json_set(value, '$.extra', 1)`],
  ])('refuses %s', (_, sql) => {
    {
      using journal = openSqliteJournal({ file });
      journal.commit([{ kind: 'site', key: 'shop', value: sampleDurableSite }], []);
    }
    edit(sql);
    using damaged = openSqliteJournal({ file });

    expect(errorCode(caught(() => damaged.load()))).toBe('DETOUR_JOURNAL_FAILED');
  });

  it('refuses a file that is no database, and one that a newer Detour wrote', () => {
    {
      using _ = openSqliteJournal({ file });
    }
    edit('UPDATE parts SET version = 99');
    expect(String(caught(() => openSqliteJournal({ file })))).toContain('Could not open');

    writeFileSync(file, 'not a database, but long enough to be looked at '.repeat(100));
    expect(errorCode(caught(() => openSqliteJournal({ file })))).toBe('DETOUR_JOURNAL_FAILED');
  });

  it('keeps nothing of what does not fit on the disk any more, and goes on when there is room', () => {
    {
      using journal = openSqliteJournal({ file, maxBytes: 100_000 });
      const text = 'x'.repeat(3_000);
      let kept = 0;
      const error = caught(() => {
        for (;;) {
          journal.commit(
            [{ kind: 'control', key: 'lastCommand', value: kept + 1 }],
            [{ ...sampleEntry(kept + 1), text }],
          );
          kept += 1;
        }
      });

      expect(error).toMatchObject({ code: 'DETOUR_JOURNAL_FAILED', retryable: true });
      expect(kept).toBeGreaterThan(10);
      expect(journal.load().lastCommand).toBe(kept);
      expect(journal.audit({ limit: 1 })[0]?.seq).toBe(kept);
      expect(journal.verifyAudit()).toBeUndefined();
    }
    using roomy = openSqliteJournal({ file });
    const before = roomy.load().lastCommand;

    expect(roomy.commit([], [sampleEntry(0)])[0]?.seq).toBe(before + 1);
    expect(roomy.verifyAudit()).toBeUndefined();
  });
});

describe('the audit in the SQLite journal', () => {
  it('shows every one of 1,000 single bytes changed in its rows', () => {
    using journal = openSqliteJournal({ file });
    fill(journal, 50);
    using database = new DatabaseSync(file);
    // The generated column would refuse an entry that is no JSON; someone with the bytes at hand is not stopped by it.
    database.exec('DROP INDEX audit_by_site; ALTER TABLE audit DROP COLUMN site');
    const random = pseudoRandom(42);
    const missed: string[] = [];

    for (let round = 0; round < 1_000; round += 1) {
      const seq = 1 + random(50);
      const column = ['entry', 'entry', 'previous_hash', 'hash'][random(4)] ?? 'entry';
      const restore = changeByte(database, { seq, column, random });
      if (journal.verifyAudit() === undefined) {
        missed.push(`${column} of ${seq}`);
      }
      restore();
    }

    expect(missed).toEqual([]);
    expect(journal.verifyAudit()).toBeUndefined();
  });

  it.each([
    ['taken out', 'DELETE FROM audit WHERE seq = 7', 8],
    [
      'put in again at the end',
      'INSERT INTO audit SELECT 21, entry, previous_hash, hash FROM audit WHERE seq = 3',
      21,
    ],
    ['numbered anew', 'UPDATE audit SET seq = 99 WHERE seq = 20', 99],
    ['cut off at the end while it runs', 'DELETE FROM audit WHERE seq = 20', 20],
  ])('shows an entry that was %s', (_, sql, seq) => {
    using journal = openSqliteJournal({ file });
    fill(journal, 20);

    edit(sql);

    expect(journal.verifyAudit()?.seq).toBe(seq);
  });

  it('shows a file damaged under it instead of failing', () => {
    using journal = openSqliteJournal({ file });
    fill(journal, 20);

    edit('UPDATE audit SET entry = ? WHERE seq = 5', '{"site":7}');

    expect(journal.verifyAudit()).toMatchObject({ seq: 5 });
  });
});

describe('the checkpoint of the audit', () => {
  const { privateKey } = generateKeyPairSync('ed25519');

  function openSigned(clock = new ManualClock(), key = privateKey): Journal {
    const checkpoint = { file: `${file}.checkpoint`, privateKey: key, clock, log: silentLog };
    return openSqliteJournal({ file, checkpoint });
  }

  const signedSeq = (): unknown => JSON.parse(readFileSync(`${file}.checkpoint`, 'utf8')).seq;

  it('is signed every 100 entries, after a minute, and at the end', () => {
    const clock = new ManualClock();
    {
      using journal = openSigned(clock);
      fill(journal, 105);
      expect(signedSeq()).toBe(100);

      clock.advance(minute);
      expect(signedSeq()).toBe(105);
      expect(clock.pending).toBe(0);

      journal.commit([], [sampleEntry(106)]);
    }
    expect(signedSeq()).toBe(106);
    expect(clock.pending).toBe(0);
  });

  it('shows an end that was cut off while Detour was stopped, and goes on showing it', () => {
    {
      using journal = openSigned();
      fill(journal, 30);
    }
    edit('DELETE FROM audit WHERE seq > 20');

    for (const round of [1, 2]) {
      using journal = openSigned();
      journal.commit([], [sampleEntry(round)]);

      expect(journal.verifyAudit()).toEqual({
        seq: 21 + round,
        problem: 'the end is cut off: 30 entries were written',
      });
    }
  });

  it('shows an end that was written anew', () => {
    {
      using journal = openSigned();
      fill(journal, 30);
    }
    edit('DELETE FROM audit WHERE seq > 20');
    {
      using unsigned = openSqliteJournal({ file });
      fill(unsigned, 15);
    }
    using journal = openSigned();

    expect(journal.verifyAudit()?.seq).toBe(30);
  });

  it('is itself proof against change', () => {
    {
      using journal = openSigned();
      fill(journal, 30);
    }
    const text = readFileSync(`${file}.checkpoint`, 'utf8');
    writeFileSync(`${file}.checkpoint`, text.replace('"seq":30', '"seq":20'));

    using journal = openSigned();
    fill(journal, 200);

    expect(journal.verifyAudit()?.problem).toContain('was changed');
    expect(signedSeq()).toBe(20);
  });

  it('is not taken from another key', () => {
    {
      using journal = openSigned(new ManualClock(), generateKeyPairSync('ed25519').privateKey);
      fill(journal, 3);
    }
    using journal = openSigned();

    expect(journal.verifyAudit()?.problem).toContain('another key');
  });

  it('never stops a commit when it cannot be written', () => {
    const clock = new ManualClock();
    const checkpoint = {
      file: join(folder, 'nowhere', 'checkpoint'),
      privateKey,
      clock,
      log: silentLog,
    };
    using journal = openSqliteJournal({ file, checkpoint });

    fill(journal, 250);

    expect(journal.load().lastCommand).toBe(250);
  });
});

describe('the owner of a journal', () => {
  it('is one process only, and is named to the next', async () => {
    await using holder = new ChildLines(process.execPath, [writer, file]);
    await holder.until((lines) => lines.includes('open'));

    const error = caught(() => openSqliteJournal({ file }));

    expect(errorCode(error)).toBe('DETOUR_JOURNAL_LOCKED');
    expect(String(error)).toContain(`process ${holder.pid} on `);
  });

  it('is one controller only within a process, too', () => {
    using _ = openSqliteJournal({ file });

    expect(errorCode(caught(() => openSqliteJournal({ file })))).toBe('DETOUR_JOURNAL_LOCKED');
  });

  it('lets the journal go when it closes, and when it is killed', async () => {
    const holder = new ChildLines(process.execPath, [writer, file]);
    await holder.until((lines) => lines.includes('open'));
    await holder.end('SIGKILL');

    for (const _ of [1, 2]) {
      using journal = openSqliteJournal({ file });
      expect(journal.verifyAudit()).toBeUndefined();
    }
  });
});

describe('a controller killed with -9 while it writes its journal', () => {
  it('has every acknowledged intent afterwards, 20 times of 20', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 20; round += 1) {
      const child = new ChildLines(process.execPath, [writer, file]);
      const enough = acknowledged + 1 + ((round * 37) % 90);
      await child.until((lines) => lines.includes(`kept ${enough}`));
      await child.end('SIGKILL');
      acknowledged = Number(/^kept (\d+)$/.exec(child.lines.at(-1) ?? '')?.[1]);

      using journal = openSqliteJournal({ file });
      const kept = journal.load().lastCommand;

      expect(kept).toBeGreaterThanOrEqual(acknowledged);
      expect(kept).toBeLessThanOrEqual(acknowledged + 1);
      expect(journal.audit({ limit: 1 })[0]?.seq).toBe(kept);
      expect(journal.verifyAudit()).toBeUndefined();
      acknowledged = kept;
    }
  });
});

describe('a disk that refuses to be written', () => {
  it('costs no more than the commits it refused, and the same process goes on when it takes writes again', async () => {
    // The limit on file size makes write(2) fail with EFBIG, which SQLite sees as an I/O error; no root needed.
    const script = `trap '' XFSZ; ulimit -S -f 200; exec "$0" "$@"`;
    await using child = new ChildLines('bash', [
      '-c',
      script,
      process.execPath,
      writer,
      file,
      '3000',
    ]);
    await child.until((lines) => lines.some((line) => line.startsWith('refused')));
    const refused = child.lines.find((line) => line.startsWith('refused'));

    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
    const place = child.lines.length;
    await child.until((lines) => lines.slice(place).some((line) => line.startsWith('kept')));
    await child.end('SIGKILL');

    using journal = openSqliteJournal({ file });
    const kept = child.lines.filter((line) => line.startsWith('kept'));
    expect(refused).toContain('DETOUR_JOURNAL_FAILED');
    expect(kept).toEqual(kept.map((_, index) => `kept ${index + 1}`));
    expect(journal.load().lastCommand).toBeGreaterThanOrEqual(kept.length);
    expect(journal.verifyAudit()).toBeUndefined();
  });
});
