import { describe, expect, it } from 'vitest';
import { BlockedSources } from '../../../src/host/blocked-sources.ts';
import { maxBlockedSources } from '../../../src/host/ruleset.ts';
import { PrefixSet } from '../../../src/lib/prefix-set.ts';
import { FakeHostTools } from '../../fakes/host-tools.ts';

function bench(neverBlocked: readonly string[] = []): {
  readonly tools: FakeHostTools;
  readonly blocked: BlockedSources;
} {
  const tools = new FakeHostTools();
  return { tools, blocked: new BlockedSources(tools, new PrefixSet(neverBlocked)) };
}

const address = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

describe('blocked sources', () => {
  it('are listed with what is left of their time, and can be lifted', async () => {
    const { blocked } = bench();
    await blocked.block('198.51.100.9', 600);
    await blocked.block('2001:db8:0:0::/64', 60);

    expect(await blocked.list()).toEqual([
      { source: '198.51.100.9', expiresInSeconds: 600 },
      { source: '2001:db8::/64', expiresInSeconds: 60 },
    ]);
    expect(await blocked.lift('2001:db8::/64')).toBe(true);
    expect(await blocked.lift('2001:db8::/64')).toBe(false);
    expect(await blocked.list()).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'everybody'],
    ['an IPv4 prefix', '198.51.100.0/24'],
    ['an IPv6 address', '2001:db8::1'],
    ['a wider IPv6 prefix', '2001:db8::/48'],
    ['a /64 with host bits', '2001:db8::1/64'],
    ['words for nft', '198.51.100.9 } ; flush ruleset'],
    ['an address with leading zeros', '010.0.0.1'],
  ])('are never %s', async (_, source) => {
    const { blocked, tools } = bench();

    await expect(blocked.block(source, 60)).rejects.toThrow('no IPv4 address and no IPv6 /64');
    expect(await blocked.lift(source)).toBe(false);
    expect(tools.inputs).toEqual([]);
  });

  it('are never addresses that Detour depends on, nor a /64 around one', async () => {
    const { blocked, tools } = bench(['192.0.2.0/24', '2001:db8:1:2::53/128', '2001:db8:9::/48']);

    for (const source of ['192.0.2.77', '2001:db8:1:2::/64', '2001:db8:9:1::/64']) {
      await expect(blocked.block(source, 60)).rejects.toThrow('is never blocked');
    }
    await blocked.block('2001:db8:1:3::/64', 60);
    await blocked.block('198.51.100.9', 60);
    expect(tools.inputs).toHaveLength(2);
  });

  it('become one call of nft when many come at once', async () => {
    const { blocked, tools } = bench();
    await Promise.all(Array.from({ length: 500 }, (_, n) => blocked.block(address(n), 60)));

    expect(tools.inputs.length).toBeLessThanOrEqual(2);
    expect(await blocked.list()).toHaveLength(500);
  });

  it('are at most as many as there is room for, and the rest is told so', async () => {
    const { blocked, tools } = bench();
    for (let n = 0; n < maxBlockedSources - 1; n += 1) {
      tools.sets.get('blocked4')?.set(address(n), 60);
    }

    const [first, second] = await Promise.allSettled([
      blocked.block('198.51.100.1', 60),
      blocked.block('198.51.100.2', 60),
    ]);

    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { message: expect.stringContaining('the most') } });
  });

  it('tell everybody who asked when nft fails, and go on afterwards', async () => {
    const { blocked, tools } = bench();
    tools.failure = 'Operation not permitted';
    const asked = [blocked.block('198.51.100.1', 60), blocked.block('198.51.100.2', 60)];

    for (const each of await Promise.allSettled(asked)) {
      expect(each.status).toBe('rejected');
    }
    tools.failure = undefined;
    await blocked.block('198.51.100.3', 60);
    expect(await blocked.list()).toHaveLength(1);
  });
});
