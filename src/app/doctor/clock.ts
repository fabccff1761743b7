import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Settings } from '../../config/settings.ts';
import { isoTime } from '../../lib/iso-time.ts';
import { journalFile } from '../control/store.ts';
import { bad, type Finding, good, note } from './finding.ts';

/** A file system may keep time more coarsely, and another process may be writing now. */
const slackMs = 60_000;

const askMs = 2_000;

/** Whether the wall clock stands behind what was written before: then it has gone back. */
export function judgeClock(now: number, lastWrites: readonly number[]): Finding {
  const last = Math.max(0, ...lastWrites);
  return last > now + slackMs
    ? bad(
        `the clock says ${isoTime(now)}, but the journal was written at ${isoTime(last)}`,
        'set the clock and keep it by NTP: audit, ends of overrides and maintenance windows go by it',
      )
    : good(`the clock says ${isoTime(now)}`);
}

async function lastWrite(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return 0;
  }
}

async function checkSynchronised(): Promise<Finding> {
  const ask = promisify(execFile);
  try {
    const args = ['show', '--property=NTPSynchronized', '--value'];
    const { stdout } = await ask('timedatectl', args, { timeout: askMs });
    return stdout.trim() === 'yes'
      ? good('the clock is kept by NTP')
      : note('the clock is not kept by NTP - start chrony or systemd-timesyncd');
  } catch {
    return note('nobody here could say whether NTP keeps the clock - see to it that it does');
  }
}

/** The wall clock. Probes and leases do not go by it, but people, audit and calendars do. */
export async function checkClock(settings: Settings): Promise<readonly Finding[]> {
  const file = journalFile(settings);
  const writes = await Promise.all([file, `${file}-wal`, `${file}.checkpoint`].map(lastWrite));
  return [judgeClock(Date.now(), writes), await checkSynchronised()];
}
