import { Resolver } from 'node:dns/promises';
import { parseAddress } from '../../lib/ip.ts';
import { second } from '../../lib/time.ts';

/** Finds the addresses of a host name; none when it has none. Rejects only when the name service itself fails. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** A person waits for the answer of a registration. */
const patienceMs = 3 * second;

/** Codes of c-ares that mean "there is no such record", not "nobody answered". */
const emptyCodes = new Set(['ENOTFOUND', 'ENODATA']);

function isEmpty(error: unknown): boolean {
  return error instanceof Error && 'code' in error && emptyCodes.has(String(error.code));
}

/** Asks DNS for the A and AAAA records of a host name. */
export async function resolveByDns(hostname: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: patienceMs, tries: 1 });
  const answers = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ]);
  const failed = answers.find((answer) => answer.status === 'rejected' && !isEmpty(answer.reason));
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length === 0 && failed?.status === 'rejected') {
    throw failed.reason;
  }
  return found.flatMap((text) => parseAddress(text) ?? []);
}
