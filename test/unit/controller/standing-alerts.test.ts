import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertKinds, isAlertOver } from '../../../src/controller/standing-alerts.ts';
import { hour } from '../../../src/lib/time.ts';
import { sampleAlert } from '../../fakes/fake-alerter.ts';
import { diversionOf, inPhase, registeredSite, stateOf } from '../../fakes/site-state.ts';

const core = path.join(import.meta.dirname, '../../../src/core');
const state = stateOf(registeredSite('home01'));
const now = sampleAlert().at;

function keysOfTheCore(): readonly string[] {
  return readdirSync(core).flatMap((file) => {
    const text = readFileSync(path.join(core, file), 'utf8');
    return [...text.matchAll(/key(?: =|:) `([a-z-]+):\$\{/g)].map(([, kind = '']) => kind);
  });
}

describe('an alert that stands', () => {
  it('has a known end whatever the core tells it about', () => {
    expect([...new Set(keysOfTheCore())].sort()).toEqual([...alertKinds].sort());
  });

  it('stands while the site is diverted and ends when it serves', () => {
    const diverted = inPhase(state, 'home01', {
      name: 'diverted',
      diversion: diversionOf(['192.0.2.10']),
    });

    expect(isAlertOver(diverted, sampleAlert(), now)).toBe(false);
    expect(isAlertOver(state, sampleAlert(), now)).toBe(true);
  });

  it('ends with the site it is about', () => {
    const alert = sampleAlert({ key: 'diversion:gone', site: 'gone' });

    expect(isAlertOver(state, alert, now)).toBe(true);
  });

  it('stands while a brake holds', () => {
    const brake = { ...state.brakes.isolation, isActive: true };
    const braked = { ...state, brakes: { ...state.brakes, isolation: brake } };
    const { site: _, ...alert } = sampleAlert({ key: 'brake:isolation', reason: 'brake-engaged' });

    expect(isAlertOver(braked, alert, now)).toBe(false);
    expect(isAlertOver(state, alert, now)).toBe(true);
  });

  it('stands while a foreign route is there, IPv6 too', () => {
    const foreign = [{ prefix: '2001:db8::10/128', nextHop: '2001:db8::1' }];
    const router = { isReadable: true, owned: [], foreign, ledger: [], changedAt: {} };
    const seen = { ...state, routers: { 'edge-1': router } };
    const alert = sampleAlert({ key: 'foreign:edge-1:2001:db8::10/128', router: 'edge-1' });

    expect(isAlertOver(seen, alert, now)).toBe(false);
    expect(isAlertOver(state, alert, now)).toBe(true);
  });

  it('of something that happened stands for one watch', () => {
    const alert = sampleAlert({ key: 'drift:edge-1:192.0.2.10/32', reason: 'drift-repaired' });

    expect(isAlertOver(state, alert, now + 8 * hour - 1)).toBe(false);
    expect(isAlertOver(state, alert, now + 8 * hour)).toBe(true);
  });
});
