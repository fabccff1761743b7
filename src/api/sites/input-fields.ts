import { RE2JS } from 're2js';
import { z } from 'zod';
import { parseDuration } from '../../lib/duration.ts';
import { parseAddress } from '../../lib/ip.ts';

/** A host name (RFC 1123), without a trailing dot. */
const hostnameForm =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** A host name in lower case; international names in their xn-- form. */
export const hostnameField = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(hostnameForm, 'must be a host name such as www.example.kr (xn-- for others than ASCII)');

/** An IP address; the answer shows it in its canonical form. */
export const addressField = z
  .string()
  .max(45)
  .refine((text) => parseAddress(text) !== undefined, 'must be an IPv4 or IPv6 address')
  .overwrite((text) => parseAddress(text) ?? text);

/** A duration such as `10s`, at least and at most so many milliseconds. */
export function durationField(min: number, max: number): z.ZodType<string, string> {
  return z
    .string()
    .max(20)
    .refine((text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= min && ms <= max;
    }, `must be a duration such as 10s, from ${min} ms to ${max} ms`);
}

/** HTTP status ranges that pass: a number, or a range such as `200-399`. */
export const statusRangesField = z
  .array(
    z.union([
      z.int().min(100).max(599),
      z.string().regex(/^[1-5]\d\d-[1-5]\d\d$/, 'must be a status or a range such as 200-399'),
    ]),
  )
  .min(1)
  .max(20);

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

/** A pattern that can be matched in linear time, whatever the body. */
export const patternField = z
  .string()
  .min(1)
  .max(500)
  .refine(isRe2, 'must be an RE2 pattern: no look-around and no back references');

/** Short words by language. */
export const titleField = z
  .record(
    z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language such as ko or en'),
    z.string().trim().min(1).max(200),
  )
  .refine((titles) => Object.keys(titles).length <= 20, 'must be in at most 20 languages');

/** Free words that rules may ask for. */
export const labelsField = z
  .record(
    z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/, 'must be a letter and then letters, digits and _'),
    z.string().max(200),
  )
  .refine((labels) => Object.keys(labels).length <= 32, 'must be at most 32 labels');
