import { describe, expect, it } from 'vitest';
import { Controller } from '../../../src/controller/controller.ts';
import type { Command } from '../../../src/core/command.ts';
import { initialState } from '../../../src/core/initial-state.ts';
import type { Rule } from '../../../src/core/rule.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { siteDownRule } from '../../fakes/control.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryJournal } from '../../fakes/memory-journal.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

/** A rule with a fault: it throws for one signal, which no rule of a file can. */
const faulty: Rule = {
  ...siteDownRule,
  name: 'faulty',
  probes: [],
  then: 'notify',
  when: ({ signals }) => {
    if (signals['bad'] === true) {
      throw new Error('a fault in the core');
    }
    return signals['good'] === true;
  },
};

const signal = (name: string) =>
  ({ type: 'signal-received', site: 'shop', signal: name, isFiring: true }) as const;

function bench() {
  const { config } = stateOf(registeredSite('shop'));
  const clock = new ManualClock();
  const commands: Command[] = [];
  const journal = new MemoryJournal();
  const controller = new Controller({
    initial: initialState({ ...config, rules: [faulty] }, clock.now()),
    clock,
    journal,
    log: silentLog,
    run: (command) => commands.push(command),
    observe: () => undefined,
    onJournal: () => undefined,
  });
  const alerts = (): readonly string[] =>
    commands.flatMap((command) => (command.type === 'send-alert' ? [command.alert.key] : []));
  return { controller, clock, journal, alerts };
}

describe('the controller', () => {
  it('outlives a fault of the core: nothing of that event happens, people hear of it, all else goes on', async () => {
    const { controller, alerts } = bench();
    const before = controller.state();

    await expect(controller.submit(signal('bad'))).rejects.toThrow('a fault in the core');
    expect(controller.state()).toBe(before);
    expect(alerts()).toEqual(['undecided:signal-received']);

    await controller.submit(signal('good'));
    expect(controller.state().sites.get('shop')?.rules['faulty']?.isFiring).toBe(true);
  });

  it('goes on ticking after a tick that could not be written down', async () => {
    const { controller, clock, journal } = bench();
    await controller.submit({ type: 'started' });
    controller.start();
    journal.failNext(1);
    await expect(
      controller.submit({ type: 'freeze-set', owner: 'kim', reason: 'drill' }),
    ).rejects.toThrow();
    expect(controller.state().freeze).toBeUndefined();

    await controller.submit({ type: 'freeze-set', owner: 'kim', reason: 'drill' });
    await clock.advanceAsync(3_000);
    expect(controller.state().freeze?.owner).toBe('kim');
    controller.stop();
  });
});
