import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { EcmpLab, type Tally } from './support/ecmp-lab.ts';

const visits = 200;

/** Both nodes take their part; 200 visits spread by a hash stay far from these limits by chance. */
const fairShare = { least: visits * 0.3, most: visits * 0.7 };

function shareOf(tally: Tally, who: string): number {
  return tally[who] ?? 0;
}

describe('two notice nodes behind two equal routes', () => {
  let lab: EcmpLab;

  beforeAll(async () => {
    lab = await EcmpLab.open();
  }, 90_000);

  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  function tell(what: string, figures: object): void {
    process.stdout.write(`ecmp: ${what}: ${JSON.stringify(figures)}\n`);
  }

  it('share the visitors, and no connection is torn between them', async () => {
    const tally = await lab.visit(visits);

    tell('both nodes', tally);
    expect(shareOf(tally, 'node-a') + shareOf(tally, 'node-b')).toBe(visits);
    expect(shareOf(tally, 'node-a')).toBeGreaterThan(fairShare.least);
    expect(shareOf(tally, 'node-a')).toBeLessThan(fairShare.most);
  });

  it('refuse about half of the visitors at once while one process is dead, until its route goes', async () => {
    await lab.killNotice('node-b');

    const tally = await lab.visit(visits);

    tell('process of one dead', tally);
    expect(shareOf(tally, 'node-b')).toBe(0);
    expect(shareOf(tally, 'ECONNREFUSED')).toBe(visits - shareOf(tally, 'node-a'));
    expect(shareOf(tally, 'ECONNREFUSED')).toBeGreaterThan(fairShare.least);
    const before = performance.now();
    await lab.route('node-b', false);
    await until(
      'every visitor to be answered',
      async () => shareOf(await lab.visit(40), 'node-a') === 40,
    );
    tell('route of the dead one taken away', { ms: Math.round(performance.now() - before) });
    expect(await lab.visit(visits)).toEqual({ 'node-a': visits });
    await lab.startNotice('node-b');
    await lab.route('node-b', true);
    await until('node-b to answer again', async () => 'node-b' in (await lab.visit(20)));
  });

  it('leave about half of the visitors waiting while one is silent: static routes do not see it', async () => {
    await lab.run('node-b', 'nft', 'add table inet silent');
    await lab.run(
      'node-b',
      'nft',
      'add chain inet silent in { type filter hook input priority 0; policy drop; }',
    );

    const tally = await lab.visit(visits);

    tell('host of one silent', tally);
    expect(shareOf(tally, 'node-b')).toBe(0);
    expect(shareOf(tally, 'node-a')).toBeGreaterThan(fairShare.least);
    expect(shareOf(tally, 'node-a')).toBeLessThan(fairShare.most);
    await lab.route('node-b', false);
    await until(
      'every visitor to be answered',
      async () => shareOf(await lab.visit(40), 'node-a') === 40,
    );
    await lab.run('node-b', 'nft', 'delete table inet silent');
    await lab.route('node-b', true);
    await until('node-b to answer again', async () => 'node-b' in (await lab.visit(20)));
  });

  it('leave nobody without an answer for long when the link of one is down: its route goes with it', async () => {
    const before = performance.now();
    await lab.run('node-b', 'ip', 'link', 'set', 'eth0', 'down');

    await until(
      'every visitor to be answered',
      async () => shareOf(await lab.visit(40), 'node-a') === 40,
    );
    tell('link of one down', { ms: Math.round(performance.now() - before) });
    expect(await lab.visit(visits)).toEqual({ 'node-a': visits });

    await lab.run('node-b', 'ip', 'link', 'set', 'eth0', 'up');
    await lab.run('node-b', 'ip', 'route', 'replace', 'default', 'via', '10.2.0.1');
    await until('node-b to answer again', async () => 'node-b' in (await lab.visit(20)));
  });
});
