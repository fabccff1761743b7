import { beforeEach, describe, expect, it } from 'vitest';
import { Limits, maxWatchers } from '../../../src/controller/limits.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';

const carrier = '100.64.0.0/10';

let publisher: FakeNoticePublisher;
let limits: Limits;

beforeEach(async () => {
  publisher = new FakeNoticePublisher();
  const store = new MemoryStore(new ManualClock(), new SharedMemory());
  const initial = { ...defaultNoticeLimits, largeSources: [carrier] };
  limits = new Limits(initial, store, publisher, () => ['192.0.2.7', '2001:db8::7']);
  await limits.load(() => undefined, silentLog);
});

describe('what notice hosts are told of the limits', () => {
  it('counts the addresses of this machine among those that may ask for much', () => {
    expect(publisher.limits?.largeSources).toEqual(['192.0.2.7/32', '2001:db8::7/128', carrier]);
  });

  it('counts vantages among them from their first report on', async () => {
    await limits.welcome('::ffff:198.51.100.3');
    await limits.welcome('198.51.100.3');

    expect(publisher.limits?.largeSources).toContain('198.51.100.3/32');
    expect(limits.watchers()).toEqual(['192.0.2.7/32', '2001:db8::7/128', '198.51.100.3/32']);
  });

  it('goes on counting them when a person sets other limits, to whom they are not shown', async () => {
    await limits.welcome('198.51.100.3');

    await limits.setLimits({ ...defaultNoticeLimits, sessions: 500, largeSources: [] });

    expect(publisher.limits).toMatchObject({
      sessions: 500,
      largeSources: ['192.0.2.7/32', '2001:db8::7/128', '198.51.100.3/32'],
    });
    expect(limits.limits().largeSources).toEqual([]);
  });

  it('is told again at the next report when the notice plane could not be told', async () => {
    const told = publisher.setLimits.bind(publisher);
    publisher.setLimits = async (): Promise<void> => {
      throw new Error('disk full');
    };
    await limits.welcome('198.51.100.3');
    publisher.setLimits = told;

    await limits.welcome('198.51.100.3');

    expect(publisher.limits?.largeSources).toContain('198.51.100.3/32');
  });

  it('does not take loopback for the place of a vantage: its visitors would be let in with it', async () => {
    await limits.welcome('127.0.0.1');
    await limits.welcome('::1');

    expect(limits.watchers()).toEqual(['192.0.2.7/32', '2001:db8::7/128']);
  });

  it('takes no more of them than any estate has, and nothing that is no address', async () => {
    await limits.welcome('unix:');
    for (let at = 0; at < maxWatchers + 10; at += 1) {
      await limits.welcome(`10.0.${at >> 8}.${at & 255}`);
    }

    expect(limits.watchers()).toHaveLength(maxWatchers + 2);
  });
});
