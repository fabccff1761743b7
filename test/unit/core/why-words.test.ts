import { describe, expect, it } from 'vitest';
import { type Explanation, explainSite } from '../../../src/core/why.ts';
import { whyEn } from '../../../src/core/why-words-en.ts';
import { whyKo } from '../../../src/core/why-words-ko.ts';
import { minute, second } from '../../../src/lib/time.ts';
import { edge, site, siteDown, World } from '../../scenario/support/world.ts';

const hangul = /[가-힣]/;

/** Every state that a night of shop, blog and news leads through, explained. */
function explanationsOfANight(): readonly Explanation[] {
  const passThrough = { address: '10.10.0.7', http: 80, https: 443, proxyProtocol: false };
  const world = new World({
    sites: [
      site('shop', '203.0.113.10', { sharedAddress: 'any' }),
      site('blog', '203.0.113.10', { origin: { address: '10.10.0.7', passThrough } }),
      site('mall', '203.0.113.10'),
      site('news', '203.0.113.20', { mode: 'observe' }),
    ],
    rules: [siteDown],
    routers: [edge],
  });
  const told: Explanation[] = [];
  const look = (): void => {
    for (const name of world.state.sites.names) {
      const explanation = explainSite(world.state, name, world.now);
      told.push(...(explanation === undefined ? [] : [explanation]));
    }
  };
  const play = (seconds: number): void => {
    for (let step = 0; step < 5 * seconds; step += 1) {
      world.run(second / 5);
      look();
    }
  };
  play(40);
  world.healthy.delete('shop');
  world.healthy.delete('news');
  play(40);
  world.submit({
    type: 'override-set',
    site: 'news',
    action: 'hold',
    owner: 'kim',
    reason: '점검',
    expiresAt: world.now + 20 * second,
  });
  world.submit({ type: 'freeze-set', owner: 'kim', reason: '점검' });
  play(10);
  world.submit({ type: 'freeze-cleared', owner: 'kim' });
  world.healthy.add('shop');
  play(160);
  return told;
}

describe('why a site stands where it stands', () => {
  const all = explanationsOfANight();
  const sentences = all.flatMap(({ told: { en, ko } }) => [
    { en: en.summary, ko: ko.summary },
    ...en.whatWouldChangeIt.map((sentence, at) => ({
      en: sentence,
      ko: ko.whatWouldChangeIt[at] ?? '',
    })),
    { en: en.next, ko: ko.next },
  ]);

  it('is told in Korean sentence by sentence as in English, whatever happens in a night', () => {
    const phases = new Set(all.map(({ phase }) => phase));
    const unlike = all.filter(
      ({ told: { en, ko } }) => en.whatWouldChangeIt.length !== ko.whatWouldChangeIt.length,
    );

    expect([...phases].sort()).toEqual([
      'diverted',
      'diverting',
      'held',
      'recovering',
      'restoring',
      'serving',
      'suspect',
    ]);
    expect(unlike).toEqual([]);
    expect(
      sentences.filter(({ en, ko }) => !hangul.test(ko) || hangul.test(en.replace(/점검/g, ''))),
    ).toEqual([]);
  });

  it('names the neighbours that are passed through, and those that are not and see a notice as well', () => {
    const summaries = new Set(all.map(({ told }) => told.en.summary));
    const korean = new Set(all.map(({ told }) => told.ko.summary));

    expect([...summaries].filter((summary) => summary.includes('no way to pass'))).toEqual([
      'Visitors of shop see its notice, because a rule fired (cause server-failure). Visitors of blog on the same address are passed through to their origin. Visitors of mall on the same address see a notice as well: there is no way to pass them through.',
    ]);
    expect([...korean].some((summary) => summary.includes('mall 방문자도 안내를 봅니다'))).toBe(
      true,
    );
  });

  it('tells which sources rules had blocked for it, until each block ends', () => {
    const world = new World({ sites: [site('shop', '203.0.113.10')], rules: [], routers: [edge] });
    world.run(second);
    const shop = world.state.sites.get('shop');
    const blocked = { '198.51.100.7': world.now + 60 * second, '198.51.100.8': world.now - second };
    const state =
      shop === undefined
        ? world.state
        : {
            ...world.state,
            sites: world.state.sites.with('shop', { ...shop, blocked }),
          };

    const changes = explainSite(state, 'shop', world.now)?.whatWouldChangeIt ?? [];

    expect(changes.at(-1)).toMatch(
      /^Rules had sources blocked for it: 198\.51\.100\.7 until .* \(in 1m\)\.$/,
    );
  });

  it('tells which router does not take the change, how often, and when it is told again', () => {
    const world = new World({ sites: [site('shop', '203.0.113.10')] });
    const message = '% Configuration is locked';
    world.answers.sync = () => ({
      result: 'failed',
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      message,
    });
    world.run(25 * second);
    world.healthy.delete('shop');
    world.run(30 * second);

    const told = explainSite(world.state, 'shop', world.now)?.told;

    expect(told?.en.whatWouldChangeIt.join(' ')).toMatch(
      /edge-1 did not take the change, [345] times in a row \(% Configuration is locked\)\. It is told again at \S+ \(in /,
    );
    expect(told?.ko.whatWouldChangeIt.join(' ')).toMatch(/edge-1 라우터가 변경을 연속 [345]번/);
  });

  it('tells why a router cannot be read', () => {
    const world = new World({ sites: [site('shop', '203.0.113.10')] });
    world.run(25 * second);
    world.healthy.delete('shop');
    world.run(10 * second);
    world.submit({ type: 'router-unreadable', router: 'edge-1', message: 'no route to host' });

    const told = explainSite(world.state, 'shop', world.now)?.told;

    expect(told?.en.whatWouldChangeIt).toContain('edge-1 cannot be read: no route to host.');
    expect(told?.ko.whatWouldChangeIt.join(' ')).toContain('읽을 수 없습니다: no route to host');
  });

  it('says of a site that automation may not put back that it would be restored, not diverted', () => {
    const world = new World({ sites: [site('news', '203.0.113.20', { mode: 'observe' })] });
    const order = { site: 'news', owner: 'kim', reason: 'work' } as const;
    world.run(30 * second);
    const expiresAt = world.now + minute;
    world.submit({ type: 'override-set', action: 'divert', expiresAt, ...order });
    const isHeldBack = (): boolean => world.state.sites.get('news')?.heldBack !== undefined;
    expect(world.runUntil(isHeldBack)).toBe(true);

    const told = explainSite(world.state, 'news', world.now)?.told;

    expect(told?.en.whatWouldChangeIt.join(' ')).toContain('It would be restored, but');
    expect(told?.en.whatWouldChangeIt.join(' ')).toContain('detour restore news');
    expect(told?.ko.whatWouldChangeIt.join(' ')).toContain('되돌릴 조건이 되었지만');
  });

  it('writes how long something takes in the language of the reader', () => {
    expect(whyKo.duration(90 * second)).toBe('1분 30초');
    expect(whyEn.duration(90 * second)).toBe('1m30s');
  });
});
