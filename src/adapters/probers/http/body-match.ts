import { RE2JS } from 're2js';
import type { ProbeSpec } from '../../../core/site.ts';

const compiled = new WeakMap<ProbeSpec, RE2JS>();

/**
 * True when the body contains the probe's RE2 pattern, read in the charset the answer names (UTF-8 if none it knows).
 * Linear in the body whatever the pattern. Throws when the pattern is not RE2.
 */
export function bodyMatches(spec: ProbeSpec, body: Buffer, contentType: string): boolean {
  const { body: pattern } = spec.expect;
  if (pattern === undefined) {
    return true;
  }
  let matcher = compiled.get(spec);
  if (matcher === undefined) {
    matcher = RE2JS.compile(pattern);
    compiled.set(spec, matcher);
  }
  return matcher.test(decode(body, contentType));
}

/** Many Korean sites still answer in EUC-KR, and their pattern is written in UTF-8 like the rest of the configuration. */
function decode(body: Buffer, contentType: string): string {
  const charset = /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType)?.[1];
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(body);
  } catch {
    return body.toString();
  }
}
