import type { EpochMs } from '../lib/time.ts';

/** A job that recurs by the calendar. */
export interface CalendarJob {
  stop(): void;
  nextAt(): EpochMs | undefined;
}

/** Calendar work only: maintenance windows, retention. Probe timing has a clock of its own. */
export interface Calendar {
  /** Runs a job at the times of a cron expression (five or six fields) in an IANA time zone. */
  every(cron: string, timeZone: string, job: () => void): CalendarJob;
  /** What is wrong with an expression or a time zone, or undefined. */
  problem(cron: string, timeZone: string): string | undefined;
}
