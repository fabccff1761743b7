import { describe, expect, it } from 'vitest';
import { parseReading } from '../../../../src/adapters/routers/frr/parse.ts';

/** The answer of an FRR 8.4 with one route of ours, its way described by the given next hops. */
function answer(nexthops: readonly object[]): string {
  const entry = { protocol: 'static', selected: true, installed: true, tag: 6310, nexthops };
  const table = JSON.stringify({ '203.0.113.5/32': [entry] }, undefined, 2);
  return [
    'zebra staticd',
    table,
    '{}',
    'Building configuration...',
    '',
    'Current configuration:',
    '!',
    'ip route 203.0.113.5/32 10.9.9.9 tag 6310 2',
    '!',
    'end',
  ].join('\n');
}

const neighbour = { fib: true, ip: '10.0.0.2', interfaceName: 'd0', active: true };
const far = { ip: '10.9.9.9', active: true, recursive: true };

function isInstalled(nexthops: readonly object[]): boolean | undefined {
  const parsed = parseReading(answer(nexthops), 6310);
  return 'reading' in parsed ? parsed.reading.owned[0]?.isInstalled : undefined;
}

describe('the reading of an FRR', () => {
  it('takes a route for installed whose next hop is a neighbour in the kernel', () => {
    expect(isInstalled([{ ...neighbour, ip: '10.9.9.9' }])).toBe(true);
  });

  it('takes one for installed whose next hop is reached by way of a neighbour in the kernel', () => {
    expect(isInstalled([far, { ...neighbour, resolver: true }])).toBe(true);
  });

  it.each([
    ['a next hop that leads nowhere', [{ ip: '10.9.9.9', active: false, recursive: true }]],
    ['a next hop whose way is not in the kernel', [far, { ...neighbour, fib: false }]],
    ['a neighbour that is not in the kernel', [{ ip: '10.9.9.9', active: true }]],
  ])('does not take %s for installed', (_, nexthops) => {
    expect(isInstalled(nexthops)).toBe(false);
  });
});
