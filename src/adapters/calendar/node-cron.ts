import cron from 'node-cron';
import type { EpochMs } from '../../lib/time.ts';
import type { Calendar, CalendarJob } from '../../ports/calendar.ts';

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function every(expression: string, timeZone: string, job: () => void): CalendarJob {
  const task = cron.schedule(expression, job, { timezone: timeZone, noOverlap: true });
  return {
    stop(): void {
      void task.destroy();
    },
    nextAt: (): EpochMs | undefined => task.getNextRun()?.getTime(),
  };
}

function problem(expression: string, timeZone: string): string | undefined {
  if (!isTimeZone(timeZone)) {
    return `"${timeZone}" is not a time zone; write an IANA name such as Asia/Seoul`;
  }
  return cron.validate(expression)
    ? undefined
    : `"${expression}" is not a cron expression; "0 3 * * 0" is every Sunday at 03:00`;
}

/** The calendar of node-cron. Daylight saving is its affair: a local time that a change skips or doubles runs once. */
export const nodeCronCalendar: Calendar = { every, problem };
