import { expect } from 'vitest';

/** Every header an answer of the notice plane may carry; anything else could outlive the outage in a browser. */
const allowedHeaders: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'content-encoding',
  'content-language',
  'content-length',
  'content-security-policy',
  'content-type',
  'date',
  'detour-notice',
  'retry-after',
  'vary',
  'x-content-type-options',
  'x-robots-tag',
]);

const allowedStatuses: ReadonlySet<number> = new Set([400, 414, 421, 431, 502, 503]);

export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

function readHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    expect(allowedHeaders, `header ${line}`).toContain(key);
    expect(headers, `header ${key} comes once`).not.toHaveProperty(key);
    headers[key] = value;
  }
  return headers;
}

/**
 * Reads the head of an answer of the notice plane, up to its empty line, and holds it against what such answers may
 * have: the one check behind every client of the tests. `may` allows one status more.
 */
export function allowedHead(head: string, may = 0): AnswerHead {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]+$/.exec(statusLine)?.[1]);
  expect(status === may || allowedStatuses.has(status), statusLine).toBe(true);
  return { status, headers: readHeaders(lines) };
}
