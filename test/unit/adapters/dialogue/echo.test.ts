import { describe, expect, it } from 'vitest';
import { EchoSearch } from '../../../../src/adapters/dialogue/echo.ts';

const isAside = (line: string): boolean => line === '' || line.startsWith('%SYS-5-');

const steps = (...lines: readonly string[]): readonly string[] => {
  const search = new EchoSearch('host#', 'show ip route static', isAside);
  return lines.map((line) => search.take(line));
};

describe('echo search', () => {
  it('finds the line behind the prompt, or alone', () => {
    expect(steps('host#show ip route static')).toEqual(['found']);
    expect(steps('show ip route static')).toEqual(['found']);
  });

  it('finds a line that the device wrapped', () => {
    expect(steps('host#show ip rou', 'te static')).toEqual(['waiting', 'found']);
  });

  it('lets log messages come before and into the echo', () => {
    expect(steps('host#sho', '%SYS-5-CONFIG_I: x', 'w ip route static')).toEqual([
      'waiting',
      'waiting',
      'found',
    ]);
  });

  it('finds the echo after the prompt was repeated', () => {
    expect(steps('host#', 'host#show ip route static')).toEqual(['waiting', 'found']);
  });

  it('says that the two sides are out of step when other words come first', () => {
    expect(steps('S 192.0.2.1 [1/0] via 192.0.2.254')).toEqual(['unexpected']);
    expect(steps('host#show ip route connected')).toEqual(['unexpected']);
  });
});
