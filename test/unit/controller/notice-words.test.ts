import { beforeEach, describe, expect, it } from 'vitest';
import { storedHistory, storedText } from '../../../src/app/stored-values.ts';
import { maxVersions } from '../../../src/controller/notice-history.ts';
import { Sites } from '../../../src/controller/sites.ts';
import type { State } from '../../../src/core/state.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { hour } from '../../../src/lib/time.ts';
import { massTextName } from '../../../src/ports/notice-text.ts';
import { FakeControl } from '../../fakes/control.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';

describe('the words of notices', () => {
  let control: FakeControl;
  let publisher: FakeNoticePublisher;
  let store: MemoryStore;
  let sites: Sites;

  beforeEach(async () => {
    control = new FakeControl();
    publisher = new FakeNoticePublisher();
    store = new MemoryStore(control.clock);
    sites = new Sites(control.controller.state().config, {
      store,
      publisher,
      state: (): State => control.controller.state(),
      submit: (event) => control.controller.submit(event),
      parseSite: () => undefined,
      parseText: storedText,
      parseHistory: storedHistory,
      now: () => control.clock.now(),
      log: silentLog,
    });
    await sites.apply();
  });

  it('reach the notice plane, the store and the history', async () => {
    await sites.setText('home01', { message: { en: 'First.' } }, 'kim');
    await sites.setText('home01', { message: { en: 'Second.' } }, 'lee');

    expect(publisher.texts['home01']).toEqual({ message: { en: 'Second.' } });
    expect((await store.get('notice', 'home01'))?.value).toEqual({ message: { en: 'Second.' } });
    expect(await sites.history('home01')).toEqual([
      { version: 2, author: 'lee', at: control.clock.now(), text: { message: { en: 'Second.' } } },
      { version: 1, author: 'kim', at: control.clock.now(), text: { message: { en: 'First.' } } },
    ]);
    expect(await sites.history('home02')).toEqual([]);
  });

  it('are kept for a bounded number of versions, whose numbers go on growing', async () => {
    for (let change = 1; change <= maxVersions + 2; change += 1) {
      await sites.setText('home01', { contact: `${change}` }, 'kim');
    }

    const versions = await sites.history('home01');

    expect(versions).toHaveLength(maxVersions);
    expect(versions[0]?.version).toBe(maxVersions + 2);
    expect(versions.at(-1)?.version).toBe(3);
  });

  it('of a mass incident are handed over beside those of the sites', async () => {
    await sites.setText(massTextName, { message: { en: 'Power is out.' } }, 'kim');

    expect(publisher.texts[massTextName]).toEqual({ message: { en: 'Power is out.' } });
  });

  it('change nothing when they cannot be audited first', async () => {
    control.controller.submit = async () => {
      throw new Error('the disk is full');
    };

    await expect(sites.setText('home01', { contact: '120' }, 'kim')).rejects.toThrow('disk');

    expect(await store.get('notice', 'home01')).toBeUndefined();
    expect(publisher.texts['home01']).toBeUndefined();
  });

  it('are previewed with made-up facts for a kind that does not stand', async () => {
    const now = control.clock.now();
    const ask = { language: 'en', format: 'html' } as const;

    await sites.preview('home01', { ...ask, kind: 'mass' });
    await sites.preview('home01', { ...ask, kind: 'maintenance' });
    await sites.preview('home01', { ...ask, text: { expectedRecoveryAt: now + hour } });

    expect(publisher.previewed).toMatchObject([
      { site: 'home01', since: now, isMass: true },
      { cause: 'maintenance', expectedRecoveryAt: now + 2 * hour },
      { cause: 'server-failure', expectedRecoveryAt: now + hour },
    ]);
  });
});
