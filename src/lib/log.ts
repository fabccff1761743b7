import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

/** Fields that every line has and a person at a terminal does not need, or that stand elsewhere in the line. */
const plainFields: ReadonlySet<string> = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'name',
  'msg',
]);

const levelWords: Readonly<Record<string, string>> = {
  20: 'DEBUG',
  30: 'INFO ',
  40: 'WARN ',
  50: 'ERROR',
};

function fieldText([field, value]: [string, unknown]): string {
  return `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

/** One line of the JSON log as a person reads it: time of day, level, sentence, fields. */
export function textLine(json: string): string {
  const parsed: unknown = JSON.parse(json);
  const fields = new Map(Object.entries(parsed ?? {}));
  const time = String(fields.get('time')).slice(11, 23);
  const level = levelWords[String(fields.get('level'))] ?? String(fields.get('level'));
  const rest = [...fields].filter(([field]) => !plainFields.has(field)).map(fieldText);
  return `${[time, level, fields.get('msg'), ...rest].join(' ')}\n`;
}

/** Opens the process log on stderr, secrets redacted by field name: one JSON object a line, or lines for a person to read. */
export function openLog(level: LogLevel, name: string, format: LogFormat = 'json'): Log {
  const json = pino.destination({ fd: 2, sync: true });
  const output =
    format === 'json' ? json : { write: (line: string): void => void json.write(textLine(line)) };
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
    output,
  );
}

/** A log that keeps nothing, for tests and tools. */
export const silentLog: Log = pino({ level: 'silent' });
