import { describe, expect, it } from 'vitest';
import {
  localRouteLines,
  parseLocalRoutes,
  planLocalRoutes,
} from '../../../src/host/local-routes.ts';

describe('local routes', () => {
  it('are read from what ip prints, with or without the length of a host route', () => {
    const json = '[{"type":"local","dst":"203.0.113.10","dev":"lo"},{"dst":"2001:db8::1/128"}]';

    expect(parseLocalRoutes(json)).toEqual(['203.0.113.10', '2001:db8::1']);
    expect(parseLocalRoutes('')).toEqual([]);
  });

  it('are planned so that doing it twice changes nothing', () => {
    const wanted = ['203.0.113.10', '2001:db8::1'];
    const plan = planLocalRoutes(['203.0.113.99', '203.0.113.10'], wanted);

    expect(plan).toEqual({ add: ['2001:db8::1'], remove: ['203.0.113.99'] });
    expect(planLocalRoutes(wanted, wanted)).toEqual({ add: [], remove: [] });
  });

  it('carry our mark in every line, removals first', () => {
    expect(localRouteLines({ add: ['2001:db8::1'], remove: ['203.0.113.99'] })).toEqual([
      'route del local 203.0.113.99/32 dev lo proto 202 table local',
      'route add local 2001:db8::1/128 dev lo proto 202 table local',
    ]);
  });
});
