import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import { initialState } from '../../../src/core/initial-state.ts';
import type { ProbeOutcome } from '../../../src/core/probe-result.ts';
import type { Rule } from '../../../src/core/rule.ts';
import type { CoreConfig, SiteState, State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { siteDownRule } from '../../fakes/control.ts';
import { probeSpec } from '../../fakes/probe-target.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

const slow: Rule = {
  ...siteDownRule,
  name: 'slow',
  when: ({ signals }) => signals['slow'] === true,
  probes: [],
  then: 'notify',
  cause: 'overload',
};

const [web, mail] = ['web', 'mail'].map((name) => probeSpec({ name, intervalMs: 10_000 }));
if (web === undefined || mail === undefined) {
  throw new Error('There are two probes');
}

const shop = registeredSite('shop', { mode: 'observe', probes: [web, mail] });

/** A controller whose configuration changes while it looks at one site. */
class Controller {
  state: State;
  readonly commands: Command[] = [];
  #now = 0;

  constructor(change: Partial<CoreConfig> = {}) {
    this.state = initialState({ ...stateOf(shop).config, ...change }, 0);
    this.take({ type: 'started' });
  }

  get shop(): SiteState {
    const site = this.state.sites.get('shop');
    if (site === undefined) {
      throw new Error('shop is gone');
    }
    return site;
  }

  take(event: ControlEvent): this {
    this.#now += 1_000;
    const { state, commands } = step(this.state, event, this.#now);
    this.state = state;
    this.commands.push(...commands);
    return this;
  }

  see(probe: string, outcome: ProbeOutcome, vantage = 'local'): this {
    return this.take({
      type: 'probe-finished',
      site: 'shop',
      probe,
      address: '192.0.2.10',
      vantage,
      path: 'address',
      result: {
        outcome,
        reason: outcome === 'pass' ? 'ok' : 'refused',
        startedAt: this.#now,
        latencyMs: 1,
        phases: {},
      },
    });
  }

  configure(change: Partial<CoreConfig>): this {
    return this.take({ type: 'config-applied', config: { ...this.state.config, ...change } });
  }

  /** What was told of the rule `slow`. */
  get words(): readonly string[] {
    return this.commands.flatMap((command) =>
      command.type === 'send-alert' && command.alert.key.startsWith('rule:slow:')
        ? [`${command.alert.isResolved ? 'ends' : 'stands'}: ${command.alert.text}`]
        : [],
    );
  }
}

describe('a configuration that changes under way', () => {
  it('drops a failing probe, and the site is no longer in doubt for it', () => {
    const controller = new Controller().see('web', 'pass').see('mail', 'fail');
    expect(controller.shop.phase.name).toBe('suspect');

    controller.configure({ sites: { shop: { ...shop, probes: [web] } } }).see('web', 'pass');

    expect(controller.shop.phase.name).toBe('serving');
    expect(Object.keys(controller.shop.targets)).toEqual(['web@192.0.2.10']);
  });

  it('drops a vantage, and what it saw last is forgotten at once', () => {
    const controller = new Controller({ vantages: ['local', 'busan'] });
    controller.see('web', 'fail', 'busan').see('mail', 'pass');
    expect(controller.shop.phase.name).toBe('suspect');

    controller.configure({ vantages: ['local'] }).see('web', 'pass');

    expect(controller.shop.phase.name).toBe('serving');
  });

  it('drops a rule that fires: its alert ends, its incident closes, its limits go', () => {
    const limit: Rule = { ...slow, name: 'slow-limit', then: 'limit' };
    const controller = new Controller({ rules: [slow, limit] });
    controller.take({ type: 'signal-received', site: 'shop', signal: 'slow', isFiring: true });
    expect(controller.shop.incident).toBeDefined();

    controller.configure({ rules: [] });

    expect(controller.words).toEqual([
      'stands: Rule slow fires for shop: overload',
      'ends: Rule slow no longer fires for shop',
    ]);
    expect(controller.commands.filter(({ type }) => type === 'limit-site')).toEqual([
      { type: 'limit-site', site: 'shop', isLimited: true },
      { type: 'limit-site', site: 'shop', isLimited: false },
    ]);
    expect(controller.shop.incident).toBeUndefined();
    expect(controller.shop.rules).toEqual({});
  });

  it('keeps a rule that fires and only has other words', () => {
    const controller = new Controller({ rules: [slow] });
    controller.take({ type: 'signal-received', site: 'shop', signal: 'slow', isFiring: true });

    controller.configure({ rules: [{ ...slow, severity: 'warning' }] });

    expect(controller.shop.rules['slow']?.isFiring).toBe(true);
    expect(controller.words).toHaveLength(1);
  });

  it('gives a rule of the same name that does something else a fresh start', () => {
    const controller = new Controller({ rules: [slow] });
    controller.take({ type: 'signal-received', site: 'shop', signal: 'slow', isFiring: true });

    controller.configure({ rules: [{ ...slow, then: 'limit' }] });

    expect(controller.commands.filter(({ type }) => type === 'limit-site')).toEqual([
      { type: 'limit-site', site: 'shop', isLimited: true },
    ]);
  });
});
