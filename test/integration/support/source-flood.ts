/** Fills the table of sources from a million addresses, each refused once, and prints the bytes that it keeps. */
import type { Source } from '../../../src/notice/source.ts';
import { SourceTable } from '../../../src/notice/source-table.ts';

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
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// The code itself takes room when it first runs.
new SourceTable(10).find(addressOf(0)).takeRate(1, 0);
const before = usedBytes();
const table = new SourceTable();
for (let n = 0; n < addresses; n += 1) {
  for (
    let each: Source | undefined = table.find(addressOf(n));
    each !== undefined;
    each = each.wider
  ) {
    each.takeRate(50, n);
    each.conduct = { sinceMs: n + 0.5, refusals: 1, offences: 0, answers: 0 };
  }
}
process.stdout.write(JSON.stringify({ size: table.size, bytes: usedBytes() - before }));
