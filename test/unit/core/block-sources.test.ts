import { describe, expect, it } from 'vitest';
import { maxSourceBlocks, sourceBlockMs } from '../../../src/core/block-sources.ts';
import type { Command } from '../../../src/core/command.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import type { HostFacts } from '../../../src/core/facts.ts';
import type { Rule } from '../../../src/core/rule.ts';
import type { SiteMode } from '../../../src/core/site.ts';
import { hostFactsMs } from '../../../src/core/site-facts.ts';
import type { State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { explainSite } from '../../../src/core/why.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

const rule: Rule = {
  name: 'source-flood',
  when: ({ host }) => (host?.topSourceConnections ?? 0) >= 100,
  condition: 'host.topSourceConnections >= 100',
  probes: [],
  forMs: 20_000,
  keepForMs: 120_000,
  then: 'block-sources',
  cause: 'source-flood',
  severity: 'critical',
  lookBackMs: 0,
};

/** One site whose host is measured, after the warm-up. */
class Watched {
  state: State;
  now = 1_000_000;

  constructor(mode: SiteMode = 'auto') {
    const state = stateOf(registeredSite('home01', { mode }));
    this.state = { ...state, isWarmedUp: true, config: { ...state.config, rules: [rule] } };
  }

  take(event: ControlEvent): readonly Command[] {
    const { state, commands } = step(this.state, event, this.now);
    this.state = state;
    return commands;
  }

  measure(host: HostFacts, afterMs = 10_000): readonly Command[] {
    this.now += afterMs;
    return this.take({ type: 'host-measured', site: 'home01', host });
  }

  /** Three looks at one source that holds hundreds of connections: enough for the rule to fire. */
  flood(topSource: string): readonly Command[] {
    const looks = [1, 2, 3].map(() => this.measure({ topSource, topSourceConnections: 310 }));
    return looks.flat();
  }
}

const blocks = (commands: readonly Command[]): readonly string[] =>
  commands.flatMap((command) => (command.type === 'block-source' ? [command.source] : []));

/** A person lets the first source in again. */
const lifted = {
  type: 'noted',
  reason: 'source-lifted',
  owner: 'kim',
  source: '198.51.100.7',
  detail: '198.51.100.7 is let in again',
} as const;

const reasons = (commands: readonly Command[]): readonly string[] =>
  commands.flatMap((command) => (command.type === 'append-audit' ? [command.entry.reason] : []));

describe('a rule that blocks sources', () => {
  it('has the source that the facts name blocked once it fires, and says so in the audit and the alert', () => {
    const commands = new Watched().flood('198.51.100.7');

    expect(commands).toContainEqual({
      type: 'block-source',
      site: 'home01',
      source: '198.51.100.7',
      forMs: sourceBlockMs,
    });
    expect(reasons(commands)).toEqual(expect.arrayContaining(['rule-fired', 'source-blocked']));
    expect(
      commands.flatMap((each) => (each.type === 'send-alert' ? [each.alert.text] : [])),
    ).toEqual([
      'Rule source-flood fires for home01: source-flood (198.51.100.7 holds 310 connections)',
    ]);
  });

  it('asks once for each block, and for the next source when that one comes to hold most', () => {
    const watched = new Watched();
    watched.flood('198.51.100.7');

    expect(blocks(watched.flood('198.51.100.7'))).toEqual([]);
    expect(blocks(watched.flood('198.51.100.8'))).toEqual(['198.51.100.8']);
  });

  it('is told by why as long as the source is blocked, and not when a person has let it in', () => {
    const watched = new Watched();
    watched.flood('198.51.100.7');
    watched.flood('198.51.100.8');
    const told = (): string =>
      explainSite(watched.state, 'home01', watched.now)?.whatWouldChangeIt.at(-1) ?? '';
    expect(told()).toMatch(/blocked for it: 198\.51\.100\.7 until .*, 198\.51\.100\.8 until/);

    watched.take(lifted);

    expect(told()).toMatch(/blocked for it: 198\.51\.100\.8 until/);
    expect(told()).not.toContain('198.51.100.7');
  });

  it('is not told by why when the source could not be blocked', () => {
    const watched = new Watched();
    watched.flood('198.51.100.7');

    watched.take({ ...lifted, reason: 'block-refused', owner: 'detour', site: 'home01' });

    const told = explainSite(watched.state, 'home01', watched.now)?.whatWouldChangeIt;
    expect(told?.join(' ')).not.toContain('198.51.100.7');
  });

  it('tells of a second block of a source that was let in once', () => {
    const watched = new Watched();
    watched.flood('198.51.100.7');
    watched.take(lifted);
    watched.now += sourceBlockMs;

    watched.flood('198.51.100.7');

    const told = explainSite(watched.state, 'home01', watched.now)?.whatWouldChangeIt;
    expect(told?.at(-1)).toContain('198.51.100.7 until');
  });

  it('does not gainsay a person who lifted a block before its end', () => {
    const watched = new Watched();
    watched.flood('198.51.100.7');
    watched.take(lifted);

    const looks = Array.from({ length: 50 }, () =>
      watched.measure({ topSource: '198.51.100.7', topSourceConnections: 310 }),
    );
    expect(blocks(looks.flat())).toEqual([]);
    const later = Array.from({ length: 20 }, () =>
      watched.measure({ topSource: '198.51.100.7', topSourceConnections: 310 }),
    );
    expect(blocks(later.flat())).toEqual(['198.51.100.7']);
  });

  it.each(['observe', 'confirm'] as const)('only tells in the mode %s', (mode) => {
    const commands = new Watched(mode).flood('198.51.100.7');

    expect(blocks(commands)).toEqual([]);
    expect(reasons(commands)).toContain('rule-fired');
  });

  it.each<[string, ControlEvent]>([
    ['everything is frozen', { type: 'freeze-set', owner: 'kim', reason: 'works' }],
    ['another controller leads', { type: 'lease-changed', isLeader: false }],
    [
      'a person holds the site',
      {
        type: 'override-set',
        site: 'home01',
        action: 'hold',
        owner: 'kim',
        reason: 'works',
        expiresAt: 9_000_000,
      },
    ],
  ])('blocks nobody while %s', (_, event) => {
    const watched = new Watched();
    watched.take(event);

    expect(blocks(watched.flood('198.51.100.7'))).toEqual([]);
  });

  it('blocks nobody when the facts name nobody', () => {
    const watched = new Watched();
    const looks = [1, 2, 3].map(() => watched.measure({ topSourceConnections: 310 }));

    expect(reasons(looks.flat())).toContain('rule-fired');
    expect(blocks(looks.flat())).toEqual([]);
  });

  it('does not fight a flood from everywhere one by one', () => {
    const watched = new Watched();
    watched.flood('198.51.100.1');
    const commands = Array.from({ length: maxSourceBlocks + 5 }, (_, n) =>
      watched.measure({ topSource: `203.0.113.${n}`, topSourceConnections: 200 }, 1_000),
    ).flat();

    expect(blocks(commands)).toHaveLength(maxSourceBlocks - 1);
    expect(reasons(commands).filter((reason) => reason === 'block-refused')).toHaveLength(6);
  });
});

describe('facts of a host', () => {
  it('end when nothing was measured for a while, and so does what was seen in them', () => {
    const watched = new Watched();
    watched.flood('198.51.100.7');

    watched.now += hostFactsMs + 1;
    watched.take({ type: 'tick' });
    watched.now += rule.keepForMs;
    watched.take({ type: 'tick' });

    expect(watched.state.sites.get('home01')?.rules['source-flood']?.isFiring).toBe(false);
  });
});
