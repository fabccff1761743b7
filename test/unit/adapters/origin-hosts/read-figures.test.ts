import { describe, expect, it } from 'vitest';
import {
  connectionFacts,
  loadFacts,
  memoryFacts,
  sourceOf,
  statusFacts,
} from '../../../../src/adapters/origin-hosts/read-figures.ts';

const server = { ports: [80, 443], users: ['www-data'] };

describe('connections of an origin host', () => {
  it('are counted by source for the ports of the web server, IPv4 and IPv6 alike', () => {
    const text = [
      '300 0050 076433C6',
      '12 01BB 076433C6',
      '10 0050 0000000000000000FFFF0000076433C6',
      '9 0050 B80D01200100020001000000AABBCCDD',
      '900 0016 086433C6',
      '',
    ].join('\n');

    expect(connectionFacts(text, server)).toEqual({
      topSource: '198.51.100.7',
      topSourceConnections: 322,
      loopbackConnections: 0,
    });
  });

  it('of the machine to itself are no source, whichever of its addresses they use', () => {
    const text = '120 0050 self\n30 0050 0100007F\n4 0050 076433C6\n';

    expect(connectionFacts(text, server)).toEqual({
      topSource: '198.51.100.7',
      topSourceConnections: 4,
      loopbackConnections: 150,
    });
  });

  it('are none where nobody is connected', () => {
    expect(connectionFacts('', server)).toEqual({
      topSourceConnections: 0,
      loopbackConnections: 0,
    });
  });

  it('name an IPv6 source by its /64', () => {
    expect(sourceOf('B80D01200100020001000000AABBCCDD')).toBe('2001:db8:2:1::/64');
    expect(sourceOf('rubbish')).toBeUndefined();
  });
});

describe('memory and load of an origin host', () => {
  it('are those of the largest process of the web server, in MB, and of the last minute', () => {
    const text = ' 1024000 mysql\n  51200 www-data\n 768000 www-data\n';

    expect(memoryFacts(text, server)).toEqual({ memoryPerProcessMb: 750 });
    expect(loadFacts('12.34 5.00 3.00 2/345 6789\n')).toEqual({ load1: 12.34 });
  });

  it('are left out where the machine does not give them', () => {
    expect(memoryFacts('', server)).toEqual({});
    expect(loadFacts('cat: /proc/loadavg: No such file\n')).toEqual({});
  });
});

describe('a status page', () => {
  const page = 'ServerVersion: Apache/2.4\nBusyWorkers: 3\nIdleWorkers: 2\nScoreboard: __WKR...\n';

  it('gives the busy workers, and as the most the places of its scoreboard', () => {
    expect(statusFacts(page)).toEqual({ busyWorkers: 3, maxWorkers: 8 });
  });

  it.each([
    ['our own notice', '<!doctype html><title>안내</title>'],
    ['a page that was cut', page.slice(0, 40)],
    ['nothing', ''],
  ])('that is %s gives nothing', (_, text) => {
    expect(statusFacts(text)).toEqual({});
  });
});
