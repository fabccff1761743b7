import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  AddressPins,
  lookEveryMs,
  type Pin,
  type PinNews,
} from '../../../src/controller/address-pins.ts';
import type { Site } from '../../../src/core/site.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';
import { sampleSite } from '../../fakes/sample-site.ts';

const pinShape = z.object({ hostnames: z.array(z.string()), addresses: z.array(z.string()) });

interface Bench {
  readonly clock: ManualClock;
  readonly names: Map<string, readonly string[]>;
  readonly pins: AddressPins;
  readonly news: PinNews[];
  readonly tries: { count: number };
}

function openBench(shared = new SharedMemory()): Bench {
  const clock = new ManualClock();
  const names = new Map<string, readonly string[]>();
  const news: PinNews[] = [];
  const tries = { count: 0 };
  const pins = new AddressPins({
    store: new MemoryStore(clock, shared),
    clock,
    resolve: async (hostname) => {
      const found = names.get(hostname);
      if (found === undefined) {
        throw new Error('nobody answers');
      }
      return found;
    },
    parse: (value): Pin | undefined => pinShape.safeParse(value).data,
    onNews: (item) => news.push(item),
    onOpen: () => {
      tries.count += 1;
    },
    log: silentLog,
  });
  return { clock, names, pins, news, tries };
}

const fine = (): undefined => undefined;

const bare = (name: string): Site =>
  sampleSite(name, { addresses: [], hostnames: [`${name}.example.kr`] });

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function looks(clock: ManualClock): Promise<void> {
  clock.advance(lookEveryMs);
  await settle();
}

describe('sites that name no address', () => {
  it('are resolved once, and keep what they were given whatever DNS says later', async () => {
    const shared = new SharedMemory();
    const { names, pins } = openBench(shared);
    names.set('shop.example.kr', ['192.0.2.20', '192.0.2.10']);
    const [first] = await pins.pinned([bare('shop')], fine);
    const later = openBench(shared);
    later.names.set('shop.example.kr', ['203.0.113.1']);

    const [again] = await later.pins.pinned([bare('shop')], fine);

    expect(first?.addresses).toEqual(['192.0.2.10', '192.0.2.20']);
    expect(again?.addresses).toEqual(['192.0.2.10', '192.0.2.20']);
  });

  it('are resolved anew when their hostnames change', async () => {
    const shared = new SharedMemory();
    const { names, pins } = openBench(shared);
    names.set('shop.example.kr', ['192.0.2.10']);
    names.set('store.example.kr', ['192.0.2.30']);
    await pins.pinned([bare('shop')], fine);

    const [renamed] = await pins.pinned(
      [{ ...bare('shop'), hostnames: ['store.example.kr'] }],
      fine,
    );

    expect(renamed?.addresses).toEqual(['192.0.2.30']);
  });

  it('stay without any, and are tried again, while DNS is silent or gives what may not be diverted', async () => {
    const { clock, names, pins, tries } = openBench();
    names.set('shop.example.kr', ['10.0.0.2']);
    const problem = (site: Site): string | undefined =>
      site.name === 'shop' ? 'that is a router' : undefined;

    const sites = await pins.pinned([bare('shop'), bare('blog')], problem);
    pins.adopt();
    pins.start();
    await looks(clock);
    names.set('blog.example.kr', ['192.0.2.11']);
    const again = await pins.again();
    pins.stop();

    expect(sites.map(({ addresses }) => addresses)).toEqual([[], []]);
    expect(tries.count).toBe(1);
    expect(again.map(({ addresses }) => addresses)).toEqual([[], ['192.0.2.11']]);
  });

  it('raise a question when DNS says something else, once, and say when it agrees again', async () => {
    const { clock, names, pins, news } = openBench();
    names.set('shop.example.kr', ['192.0.2.10']);
    await pins.pinned([bare('shop'), sampleSite('blog')], fine);
    pins.adopt();
    pins.start();
    await looks(clock);

    names.set('shop.example.kr', ['203.0.113.1']);
    await looks(clock);
    await looks(clock);
    names.delete('shop.example.kr');
    await looks(clock);
    names.set('shop.example.kr', ['192.0.2.10']);
    await looks(clock);
    pins.stop();

    expect(news.map(({ site, isSame }) => [site, isSame])).toEqual([
      ['shop', false],
      ['shop', true],
    ]);
    expect(news[0]?.detail).toContain('DNS now says 203.0.113.1, pinned is 192.0.2.10');
  });

  it('compare with the pins in force, not with those of a configuration that was refused', async () => {
    const { clock, names, pins, news } = openBench();
    names.set('shop.example.kr', ['192.0.2.10']);
    names.set('blog.example.kr', ['192.0.2.11']);
    await pins.pinned([bare('shop')], fine);
    pins.adopt();
    await pins.pinned([bare('blog')], fine);
    pins.start();

    names.set('shop.example.kr', ['203.0.113.1']);
    names.set('blog.example.kr', ['203.0.113.2']);
    await looks(clock);
    pins.stop();

    expect(news.map(({ site }) => site)).toEqual(['shop']);
  });
});
