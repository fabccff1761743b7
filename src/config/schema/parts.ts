import { z } from 'zod';
import { formatDuration, parseDuration } from '../../lib/duration.ts';
import { parseAddress, parsePrefix } from '../../lib/ip.ts';
import type { ListenAddress, ReferenceSettings } from '../settings.ts';

/** The message of a schema that knows its own remedy: what is asked for, and what to write instead. */
export function says(what: string, remedy: string): string {
  return `${what}\n${remedy}`;
}

/** First line of the message by which a strict object names the keys it knows. */
export const knownKeysMark = 'known keys';

/** An object that refuses keys it does not know, and can say which ones it does. */
export function strict<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = says(knownKeysMark, Object.keys(shape).join(' '));
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined),
  });
}

/** Key of the JSON Schema that names the form of a text, for the documentation. */
export const formKey = 'x-form';

/** Text of a form that is read into something else; `read` answers undefined for what it cannot read. */
export function readText<T>(
  read: (text: string) => T | undefined,
  message: string,
  form: string,
): z.ZodType<T, string> {
  return z
    .string(message)
    .meta({ [formKey]: form })
    .transform((text, context): T => {
      const value = read(text);
      if (value === undefined) {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      return value;
    });
}

/** A duration in milliseconds, from `500ms`, `10s`, `5m`, `2h` or `3d`, within bounds. */
export function duration(leastMs: number, mostMs: number): z.ZodType<number, string> {
  const bounds = `${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
  return readText(
    (text) => {
      const ms = parseDuration(text);
      return ms === undefined || ms < leastMs || ms > mostMs ? undefined : ms;
    },
    says(`must be a duration of ${bounds}`, 'write a number with ms, s, m, h or d, such as 10s'),
    'duration',
  );
}

/** A whole number within bounds. */
export function count(least: number, most: number): z.ZodType<number, number> {
  const message = says(`must be a whole number from ${least} to ${most}`, 'correct the number');
  return z.int(message).min(least, message).max(most, message);
}

/** A share from 0 to 1. */
export function share(): z.ZodType<number, number> {
  const message = says('must be a share from 0 to 1', 'write 0.5 for one half');
  return z.number(message).min(0, message).max(1, message);
}

/** Text that is not empty. */
export function words(most = 500): z.ZodType<string, string> {
  const message = says(
    `must be text of 1 to ${most} characters`,
    'write the text, in quotes if need be',
  );
  return z.string(message).trim().min(1, message).max(most, message);
}

const nameForm = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The name of a site, router, vantage or token: what metrics, the marker and the ledger call it. */
export function name(): z.ZodType<string, string> {
  const message = says(
    'must be a name of at most 63 lower-case letters, digits and dashes',
    'rename it, such as home-01',
  );
  return z.string(message).regex(nameForm, message);
}

/** An IP address in its canonical text. */
export function address(): z.ZodType<string, string> {
  return readText(
    parseAddress,
    says('must be an IPv4 or IPv6 address', 'write one such as 192.0.2.10 or 2001:db8::10'),
    'address',
  );
}

/** An IP address of one family. */
export function addressOf(family: 'ipv4' | 'ipv6'): z.ZodType<string, string> {
  const isWanted = (text: string): boolean => text.includes(':') === (family === 'ipv6');
  return readText(
    (text) => {
      const canonical = parseAddress(text);
      return canonical !== undefined && isWanted(canonical) ? canonical : undefined;
    },
    says(
      `must be an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`,
      `write one such as ${family === 'ipv4' ? '192.0.2.10' : '2001:db8::10'}`,
    ),
    'address',
  );
}

/** A CIDR prefix without host bits. */
export function prefix(): z.ZodType<string, string> {
  return readText(
    parsePrefix,
    says(
      'must be a prefix with no bits set behind its length',
      'write one such as 192.0.2.0/24 or 2001:db8::/48',
    ),
    'prefix',
  );
}

/** Splits `host:port` or `[v6]:port`. The host is an address, as names may change behind our back. */
function readEndpoint(text: string, leastPort: number): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)|(localhost)):(\d{1,5})$/.exec(text);
  const host =
    match?.[3] === undefined ? parseAddress(match?.[1] ?? match?.[2] ?? '') : '127.0.0.1';
  const port = Number(match?.[4]);
  return host === undefined || !(port >= leastPort && port <= 65_535) ? undefined : { host, port };
}

/** Where to listen; port 0 takes a free one. */
export function listenAddress(): z.ZodType<ListenAddress, string> {
  return readText(
    (text) => readEndpoint(text, 0),
    says('must be an address and a port', 'write one such as 127.0.0.1:8600 or "[::]:80"'),
    'address:port',
  );
}

/** A target that must answer whenever our own uplink works. */
export function reference(): z.ZodType<ReferenceSettings, string> {
  return readText(
    (text) => {
      const endpoint = readEndpoint(text, 1);
      return endpoint === undefined ? undefined : { address: endpoint.host, port: endpoint.port };
    },
    says('must be an address and a port', 'write one such as 10.0.0.1:80'),
    'address:port',
  );
}

/** A hostname as DNS and browsers write it: lower case, IDNA, without a trailing dot. */
export function readHostname(text: string): string | undefined {
  const bare = text.trim().replace(/\.$/, '');
  if (bare === '' || /[/:@?#%\s*]/.test(bare)) {
    return undefined;
  }
  const host = URL.parse(`http://${bare}/`)?.hostname ?? '';
  const isName =
    host.length <= 253 &&
    /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(host);
  return isName && parseAddress(host) === undefined ? host : undefined;
}

/** A hostname of a site, lower-cased and in IDNA form. */
export function hostname(): z.ZodType<string, string> {
  return readText(
    readHostname,
    says(
      'must be a hostname',
      'write each name alone and in full, such as www.example.kr, without http://, a path or *',
    ),
    'hostname',
  );
}

/** Text by language, such as `{ ko: 홈페이지, en: Home }`. */
export function byLanguage(
  most: number,
): z.ZodType<Record<string, string>, Record<string, string>> {
  const key = says('must be a language such as ko or en', 'correct the language');
  return z.record(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, key), words(most));
}
