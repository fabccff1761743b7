import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Opens the process log: one JSON object a line on stderr, secrets redacted by field name. */
export function openLog(level: LogLevel, name: string): Log {
  return pino(
    {
      name,
      level,
      redact: {
        paths: [
          'password',
          'privateKey',
          'token',
          'authorization',
          '*.password',
          '*.privateKey',
          '*.token',
        ],
        remove: true,
      },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** A log that keeps nothing, for tests and tools. */
export const silentLog: Log = pino({ level: 'silent' });
