/** Fills the table of sources from a million addresses, each refused once, and prints the bytes that it keeps. */
import { RateLimit } from '../../../src/notice/rate-limit.ts';
import { type Source, SourceTable } from '../../../src/notice/source-table.ts';

const addresses = 1_000_000;
const [, , family] = process.argv;

function addressOf(n: number): string {
  const [high, middle, low] = [n >> 16, (n >> 8) & 255, n & 255];
  return family === 'ipv6'
    ? `2001:db8:${(n >> 8).toString(16)}:${low.toString(16)}ff::7`
    : `10.${high}.${middle}.${low}`;
}

function usedBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const table = new SourceTable();
// The code itself takes room when it first runs.
table.find(addressOf(0)).rate.take(1, 0);
new RateLimit().take(1, 0);
const before = usedBytes();
for (let n = 0; n < addresses; n += 1) {
  for (
    let each: Source | undefined = table.find(addressOf(n));
    each !== undefined;
    each = each.wider
  ) {
    each.rate.take(50, n);
    each.conduct = { sinceMs: n + 0.5, refusals: 1, offences: 0, answers: 0 };
  }
}
process.stdout.write(JSON.stringify({ size: table.size, bytes: usedBytes() - before }));
