import { describe, expect, it } from 'vitest';
import { storedBlocks } from '../../../src/app/stored-values.ts';
import { SourceBlocks } from '../../../src/controller/source-blocks.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';
import { FakeBlockedSources } from '../../fakes/blocked-sources.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';

const signal = AbortSignal.timeout(10_000);
const minutes = (n: number): number => n * 60_000;

function bench(shared = new SharedMemory(), hasNodes = false) {
  const clock = new ManualClock();
  const publisher = new FakeNoticePublisher();
  const local = new FakeBlockedSources();
  const events: ControlEvent[] = [];
  const blocks = new SourceBlocks({
    store: new MemoryStore(clock, shared),
    publisher,
    local,
    hasNodes: () => hasNodes,
    limits: () => ({ ...defaultNoticeLimits, largeSources: ['198.51.100.128/25'] }),
    neverBlocked: () => ['192.0.2.0/28', '2001:db8:1::/48'],
    parse: storedBlocks,
    submit: (event): void => void events.push(event),
    clock,
    log: silentLog,
  });
  return { blocks, clock, publisher, local, events };
}

const order = (source: string) => ({ site: 'home01', source, forMs: minutes(10) });

describe('sources blocked by rules', () => {
  it('go out to every notice host with their end, and are listed until then', async () => {
    const { blocks, clock, publisher } = bench();

    await blocks.follow(order('203.0.113.7'));

    expect(publisher.blocked).toEqual([
      { source: '203.0.113.7', until: clock.now() + minutes(10) },
    ]);
    expect(await blocks.blockedSources(signal)).toContainEqual({
      source: '203.0.113.7',
      expiresInSeconds: 600,
    });
    clock.advance(minutes(10));
    expect(await blocks.blockedSources(signal)).not.toContainEqual(
      expect.objectContaining({ source: '203.0.113.7' }),
    );
  });

  it.each([
    ['stands for many people', '198.51.100.200'],
    ['is a trusted proxy or needed', '192.0.2.5'],
    ['holds something needed', '2001:db8:1:2::/64'],
  ])('never hold one that %s, and the audit says why', async (_, source) => {
    const { blocks, publisher, events } = bench();

    await blocks.follow(order(source));

    expect(publisher.blocked).toEqual([]);
    expect(events).toEqual([
      expect.objectContaining({ type: 'noted', reason: 'block-refused', site: 'home01' }),
    ]);
  });

  it('are let in again by a person, on every notice host', async () => {
    const { blocks, publisher } = bench();
    await blocks.follow(order('203.0.113.7'));
    await blocks.follow(order('203.0.113.8'));

    await blocks.liftSource('203.0.113.7', signal);

    expect(publisher.blocked.map(({ source }) => source)).toEqual(['203.0.113.8']);
  });

  it('are remembered over a restart as long as they stand', async () => {
    const shared = new SharedMemory();
    const before = bench(shared);
    await before.blocks.follow(order('203.0.113.7'));

    const after = bench(shared);
    after.clock.advance(minutes(5));
    await after.blocks.load();
    const later = bench(shared);
    later.clock.advance(minutes(11));
    await later.blocks.load();

    expect(after.publisher.blocked.map(({ source }) => source)).toEqual(['203.0.113.7']);
    expect(later.publisher.blocked).toEqual([]);
  });

  it('go out although the store is away', async () => {
    const shared = new SharedMemory();
    shared.isUp = false;
    const { blocks, publisher } = bench(shared);

    await blocks.follow(order('203.0.113.7'));

    expect(publisher.blocked).toHaveLength(1);
  });
});

describe('sources blocked by a person', () => {
  it('are refused with the words of the host when the only notice host cannot block', async () => {
    const { blocks, local, publisher } = bench();
    local.isAway = true;

    await expect(blocks.blockSource('203.0.113.7', 60, signal)).rejects.toThrow(/helper/);
    expect(publisher.blocked).toEqual([]);
  });

  it('go out to other notice hosts when this machine is none', async () => {
    const { blocks, local, publisher } = bench(new SharedMemory(), true);
    local.isAway = true;

    await blocks.blockSource('203.0.113.7', 60, signal);

    expect(publisher.blocked).toHaveLength(1);
    expect(await blocks.blockedSources(signal)).toHaveLength(1);
  });
});
