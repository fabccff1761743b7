import { describe, expect, it } from 'vitest';
import { Sites } from '../../../src/controller/sites.ts';
import type { CoreConfig, State } from '../../../src/core/state.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { FakeControl } from '../../fakes/control.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';
import { sampleSite } from '../../fakes/sample-site.ts';

describe('Sites.rebase', () => {
  it('keeps the old sites and their notices when the core cannot take the new ones', async () => {
    const control = new FakeControl();
    const publisher = new FakeNoticePublisher();
    let isJournalUp = true;
    const config = control.controller.state().config;
    const sites = new Sites(config, {
      store: new MemoryStore(control.clock),
      publisher,
      state: (): State => control.controller.state(),
      submit: async (event): Promise<State> => {
        if (!isJournalUp) {
          throw new Error('the disk is full');
        }
        return await control.controller.submit(event);
      },
      parseSite: () => undefined,
      parseText: () => undefined,
      parseHistory: () => undefined,
      now: () => control.clock.now(),
      log: silentLog,
    });
    await sites.apply();
    const before = [...publisher.sites.keys()];
    isJournalUp = false;
    const other = sampleSite('other');
    const base: CoreConfig = { ...config, sites: { other } };

    await expect(sites.rebase(base)).rejects.toThrow('the disk is full');

    expect(Object.keys(sites.config().sites)).toEqual(before);
    expect([...publisher.sites.keys()]).toEqual(before);
  });
});
