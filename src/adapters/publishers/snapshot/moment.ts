import type { EpochMs } from '../../../lib/time.ts';
import { fill, type Locale } from './locale.ts';

/** Writes a moment in full, with its zone: never a relative time, which would go stale on a waiting page. */
export type WriteMoment = (at: EpochMs) => string;

/** Makes the writer for one language and zone. Formatters are costly to make (about 0.3 ms), so it is made once. */
export function momentWriter(locale: Locale, timeZone: string): WriteMoment {
  const time = new Intl.DateTimeFormat(locale.format, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone,
  });
  const offset = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset', timeZone });
  const zone = locale.zones[timeZone];
  return (at) => {
    const name = offset.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value;
    const values = { time: time.format(at), offset: (name ?? 'GMT').replace('GMT', 'UTC') };
    return zone === undefined
      ? fill(locale.momentWithoutZone, values)
      : fill(locale.moment, { ...values, zone });
  };
}
