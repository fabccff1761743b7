import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brakeNames } from '../../../src/core/brake.ts';
import { isOrdered } from '../../../src/core/desired-routes.ts';
import { durableChanges, durableOf } from '../../../src/core/durable-changes.ts';
import { initialState, withDurable } from '../../../src/core/initial-state.ts';
import { activeAutomatic, activeLimit } from '../../../src/core/permits.ts';
import { diversionOf, phaseNames } from '../../../src/core/phase.ts';
import { reasons } from '../../../src/core/reason.ts';
import { planRoutes } from '../../../src/core/route-plan.ts';
import { step } from '../../../src/core/step.ts';
import { explainSite } from '../../../src/core/why.ts';
import { prefixContains } from '../../../src/lib/ip.ts';
import { estate, happenings, Play, siteNames, type Taken } from './support.ts';

/** Holds a statement after every step of many made-up stories. */
function always(check: (taken: Taken) => void, numRuns = 150): void {
  fc.assert(
    fc.property(happenings, (all) => {
      for (const taken of new Play().run(all).taken) {
        check(taken);
      }
    }),
    { numRuns },
  );
}

/** How long many stories take says nothing about the core, and a busy machine takes long. */
const patience = { timeout: 60_000 };

describe('the made-up stories', patience, () => {
  it('reach every phase, every kind of command and most brakes, or they would prove nothing', () => {
    const plays = fc.sample(happenings, { numRuns: 300, seed: 20_261_125 });
    const phases = phaseNames.map((name) => `phase ${name}`);
    const orders = ['publish-notice', 'sync-routes', 'prove', 'read-routes', 'withdraw-notice'];
    const brakes = ['max-active', 'rate', 'freeze', 'isolation', 'not-leader', 'warm-up'];
    const wanted = [
      ...phases,
      ...orders.map((name) => `command ${name}`),
      ...brakes.map((name) => `brake ${name}`),
    ];
    const unseen = new Set(wanted);

    // Most stories add nothing new: the first that complete the list are enough.
    for (let next = 0; next < plays.length && unseen.size > 0; next += 1) {
      for (const { after, commands } of new Play().run(plays[next] ?? []).taken) {
        for (const name of [
          ...after.sites.values().map(({ phase }) => `phase ${phase.name}`),
          ...commands.map(({ type }) => `command ${type}`),
          ...brakeNames
            .filter((brake) => after.brakes[brake].isActive)
            .map((brake) => `brake ${brake}`),
        ]) {
          unseen.delete(name);
        }
      }
    }

    expect([...unseen]).toEqual([]);
  });
});

describe('the core', patience, () => {
  it('is pure: the same event on the same state gives the same, and what it was given stays as it was', () => {
    // The states and events are frozen: a write to them would throw.
    always(({ before, event, now, after, commands }) => {
      expect(step(before, event, now)).toEqual({ state: after, commands });
    }, 60);
  });

  it('diverts no more sites by itself at once than the limit allows, whatever happens', () => {
    always(({ after }) => {
      expect(activeAutomatic(after).length).toBeLessThanOrEqual(activeLimit(after));
    });
  });

  it('asks for host routes inside the estate and to the next hop of the router only', () => {
    always(({ commands }) => {
      for (const command of commands) {
        if (command.type === 'sync-routes') {
          const router = estate.routers[command.router];
          for (const { prefix, nextHop } of command.desired) {
            expect(prefix.endsWith('/32')).toBe(true);
            expect(nextHop).toBe(router?.nextHop.ipv4);
            const address = prefix.replace('/32', '');
            expect(router?.estate.some((allowed) => prefixContains(allowed, address))).toBe(true);
          }
        }
      }
    });
  });

  it('touches only what stands in its ledger', () => {
    always(({ after, commands }) => {
      for (const command of commands) {
        if (command.type === 'sync-routes') {
          const { router, desired, ledger } = command;
          const owned = after.routers[router]?.owned.filter(({ prefix }) =>
            ledger.includes(prefix),
          );
          const plan = planRoutes(owned ?? [], desired);
          for (const { prefix } of [...plan.add, ...plan.remove]) {
            expect(ledger).toContain(prefix);
            expect(after.routers[router]?.ledger).toContain(prefix);
          }
        }
      }
    });
  });

  it('has no route moved while it is frozen, isolated, not the leader or not warmed up, but for orders of people', () => {
    always(({ after, commands }) => {
      const isStill =
        after.freeze !== undefined ||
        after.isolation.isIsolated ||
        !after.isLeader ||
        !after.isWarmedUp;
      for (const command of commands) {
        if (command.type === 'sync-routes' && isStill) {
          expect(after.isLeader).toBe(true);
          const moved = planRoutes(after.routers[command.router]?.owned ?? [], command.desired);
          const ordered = new Set(
            siteNames
              .filter((name) => {
                const site = after.sites.get(name);
                return site !== undefined && isOrdered(site);
              })
              .flatMap((name) => (estate.sites[name]?.addresses ?? []).map((one) => `${one}/32`)),
          );
          const others = [...moved.add, ...moved.remove].filter(
            ({ prefix }) => !ordered.has(prefix),
          );
          expect(others).toEqual([]);
        }
      }
    });
  });

  it('wants a route only for a site whose notice has answered', () => {
    always(({ after, commands }) => {
      for (const command of commands) {
        if (command.type === 'sync-routes') {
          const wanting = siteNames.filter((name) => {
            const phase = after.sites.get(name)?.phase;
            const diversion = phase === undefined ? undefined : diversionOf(phase);
            return (
              diversion !== undefined &&
              diversion.by !== 'neighbour' &&
              phase?.name === 'diverting' &&
              phase.stage === 'publishing'
            );
          });
          for (const name of wanting) {
            const others = siteNames.filter((other) => !wanting.includes(other));
            const isSharedWithOther = others.some((other) => {
              const phase = after.sites.get(other)?.phase;
              return (
                phase !== undefined &&
                diversionOf(phase)?.addresses.some((address) =>
                  estate.sites[name]?.addresses.includes(address),
                )
              );
            });
            const prefixes = (estate.sites[name]?.addresses ?? []).map((one) => `${one}/32`);
            const isWanted = command.desired.some(({ prefix }) => prefixes.includes(prefix));
            const hadIt = after.routers[command.router]?.owned.some(({ prefix }) =>
              prefixes.includes(prefix),
            );
            expect(isWanted && !isSharedWithOther && hadIt !== true).toBe(false);
          }
        }
      }
    });
  });

  it('says diverted only of a site whose route was read back and whose notice was proven', () => {
    always(({ before, after }) => {
      for (const name of siteNames) {
        const was = before.sites.get(name)?.phase;
        const is = after.sites.get(name)?.phase;
        if (is?.name === 'diverted' && was?.name === 'diverting') {
          expect(is.diversion.installedAt).toBeDefined();
          expect(is.diversion.provenAt).toBeDefined();
        }
      }
    });
  });

  it('never writes against an order: a site ordered to be restored or held at its origin gets no route', () => {
    always(({ after, commands }) => {
      for (const command of commands) {
        if (command.type === 'sync-routes') {
          const plan = planRoutes(after.routers[command.router]?.owned ?? [], command.desired);
          for (const name of siteNames) {
            const site = after.sites.get(name);
            const isAtOrigin =
              site?.override?.action === 'restore' ||
              (site?.phase.name === 'held' && site.phase.on === 'origin');
            const prefixes = (estate.sites[name]?.addresses ?? []).map((one) => `${one}/32`);
            const isAdded = plan.add.some(({ prefix }) => prefixes.includes(prefix));
            expect(isAtOrigin && isAdded).toBe(false);
          }
        }
      }
    });
  });

  // Found by chance among thousands: a neighbour on the address was ordered to its origin while the diversion was on its way.
  it.each([76, 1_576])(
    'stops a diversion under way for an order about a neighbour (%i)',
    (seed) => {
      const [all = []] = fc.sample(happenings, { numRuns: 1, seed });

      for (const { after, commands } of new Play().run(all).taken) {
        for (const command of commands.filter(({ type }) => type === 'sync-routes')) {
          const added = 'desired' in command ? command.desired.map(({ prefix }) => prefix) : [];
          const isPinned = ['e', 'f'].some(
            (name) => after.sites.get(name)?.override?.action === 'restore',
          );
          expect(isPinned && added.includes('192.0.2.4/32')).toBe(false);
        }
      }
    },
  );

  it('names every step of a site by a reason of the closed set, and writes it into the audit', () => {
    always(({ before, after, commands }) => {
      const audited = commands.flatMap((command) =>
        command.type === 'append-audit' ? [command.entry] : [],
      );
      for (const { reason, text } of audited) {
        expect(reasons).toContain(reason);
        expect(text.length).toBeGreaterThan(0);
      }
      for (const name of siteNames) {
        if (before.sites.get(name)?.phase.name !== after.sites.get(name)?.phase.name) {
          expect(reasons).toContain(after.sites.get(name)?.reason);
          expect(audited.some(({ site }) => site === name)).toBe(true);
        }
      }
    });
  });

  it('can explain every state that it reaches', () => {
    always(({ after, now }) => {
      for (const name of siteNames) {
        const why = explainSite(after, name, now);
        expect(why?.summary.length).toBeGreaterThan(10);
        expect(why?.summary).toMatch(/^.+\.$/);
        expect(why?.whatWouldChangeIt.every((sentence) => sentence.endsWith('.'))).toBe(true);
      }
      expect(explainSite(after, 'nobody', now)).toBeUndefined();
    }, 40);
  });

  it('finds its intents and the orders of people again after a crash', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const { state, now } = new Play().run(all);

        const again = withDurable(initialState(estate, now), durableOf(state), now);

        for (const name of siteNames) {
          const was = state.sites.get(name);
          const is = again.sites.get(name);
          expect(is?.override).toEqual(was?.override);
          expect(is?.phase.name).toBe(was?.phase.name);
          const diversion = was === undefined ? undefined : diversionOf(was.phase);
          expect(is === undefined ? undefined : diversionOf(is.phase)).toEqual(diversion);
        }
        expect(again.freeze).toEqual(state.freeze);
        expect(again.isWarmedUp).toBe(false);
        for (const name of Object.keys(estate.routers)) {
          expect(again.routers[name]?.ledger).toEqual(state.routers[name]?.ledger);
          expect(again.routers[name]?.readAt).toBeUndefined();
        }
      }),
    );
  });

  it('makes durable whatever it must find again: the changes of all steps add up to the state', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const play = new Play().run(all);
        const kept = new Map<string, unknown>();
        for (const { before, after } of play.taken) {
          for (const { kind, key, value } of durableChanges(before, after)) {
            kept.set(`${kind} ${key}`, value);
          }
        }

        const durable = durableOf(play.state);
        for (const [key, site] of Object.entries(durable.sites)) {
          const isUntouched = !kept.has(`site ${key}`);
          expect(isUntouched || JSON.stringify(kept.get(`site ${key}`))).toEqual(
            isUntouched || JSON.stringify(site),
          );
        }
        for (const [key, ledger] of Object.entries(durable.ledgers)) {
          expect(kept.get(`ledger ${key}`) ?? []).toEqual(ledger);
        }
      }),
    );
  });

  it('announces every brake that begins or ends to hold', () => {
    always(({ before, after, commands }) => {
      for (const name of brakeNames) {
        if (before.brakes[name].isActive !== after.brakes[name].isActive) {
          const keys = commands.flatMap((one) =>
            one.type === 'send-alert' ? [one.alert.key] : [],
          );
          expect(keys).toContain(`brake:${name}`);
        }
      }
    });
  });
});
