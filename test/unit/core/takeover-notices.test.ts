import { describe, expect, it } from 'vitest';
import { durableOf } from '../../../src/core/durable-changes.ts';
import { step } from '../../../src/core/step.ts';
import { diversionOf, inPhase, registeredSite, stateOf } from '../../fakes/site-state.ts';

const sites = [
  registeredSite('home01'),
  registeredSite('home02', { addresses: ['192.0.2.20'] }),
  registeredSite('shop', { addresses: ['192.0.2.30'] }),
];

describe('a controller to which the lease passes', () => {
  it('publishes the notices that stand again, also of a site whose route is on its way back', () => {
    const before = stateOf(...sites);
    const diverted = { name: 'diverted', diversion: diversionOf(['192.0.2.10']) } as const;
    const led = inPhase(before, 'home01', diverted);
    const restoring = {
      name: 'restoring',
      diversion: diversionOf(['192.0.2.20']),
      stage: 'removing',
      isTrial: false,
    } as const;
    const inherited = { ...durableOf(inPhase(led, 'home02', restoring)), lastTerm: 6 };

    const { commands } = step(
      { ...before, isLeader: false },
      { type: 'lease-changed', isLeader: true, term: 7, inherited },
      1_000,
    );

    const published = commands.flatMap((command) =>
      command.type === 'publish-notice' ? [command.order.site] : [],
    );
    expect(published).toEqual(expect.arrayContaining(['home01', 'home02']));
    expect(published).not.toContain('shop');
  });
});
