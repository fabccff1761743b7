import type { SiteView } from '../api/sites/schema.ts';
import { formatDuration } from '../lib/duration.ts';
import { day, hour, minute } from '../lib/time.ts';

/** How long ago a moment is, in one or two units: `3m20s`, `2h5m`, `4d1h`. */
export function age(since: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(since));
  let unit = 1_000;
  if (ms >= day) {
    unit = hour;
  } else if (ms >= hour) {
    unit = minute;
  }
  return formatDuration(Math.floor(ms / unit) * unit);
}

/** A moment in the terminal's own time zone, to the second. */
export function localTime(at: string): string {
  const date = new Date(at);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const days = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  return `${days} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')}`;
}

/** A text in the terminal's language, or in whatever language there is. */
export function inLanguage(texts: Readonly<Record<string, string>>, language: string): string {
  return texts[language] ?? texts['en'] ?? Object.values(texts)[0] ?? '';
}

/** What is remarkable about a site, in few words: orders first. */
export function remark(site: SiteView): string {
  const words = [
    site.override === null ? '' : `${site.override.action} ordered by ${site.override.owner}`,
    site.question === null ? '' : `asks: ${site.question.detail}`,
    site.heldBack === null ? '' : `held back: ${site.heldBack.detail}`,
    site.maintenance === null ? '' : `maintenance: ${site.maintenance.reason}`,
    site.cause === null ? '' : `cause ${site.cause}`,
  ];
  return words.filter((word) => word !== '').join('; ');
}
