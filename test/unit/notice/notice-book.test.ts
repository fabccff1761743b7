import { describe, expect, it } from 'vitest';
import { second } from '../../../src/lib/time.ts';
import { NoticeBook } from '../../../src/notice/notice-book.ts';
import type { SiteNotice, Wish } from '../../../src/notice/site-notice.ts';
import { type FakeSite, fakeBodies, fakeSnapshot, makeKeys } from '../../fakes/snapshot.ts';

const keys = makeKeys();
const now = Date.UTC(2026, 10, 24, 5, 0, 0);

const plainWish: Wish = {
  formats: ['html', 'json', 'text'],
  languages: [],
  encodings: ['identity'],
  isSmall: false,
  isClose: false,
  isPost: false,
  isForMachines: false,
};

const book = (...sites: readonly FakeSite[]): NoticeBook =>
  new NoticeBook(fakeSnapshot({ keys, sites }));

function answered(notice: SiteNotice, wish: Partial<Wish> = {}, at = now): string {
  return (
    notice
      .answer({ ...plainWish, ...wish }, at)
      ?.bytes(false, at, 120)
      .toString() ?? ''
  );
}

const words = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('finding a notice', () => {
  const pages = book(
    {
      name: 'home01',
      hostnames: ['home01.example.kr'],
      addresses: ['192.168.80.100', '2001:db8::1'],
    },
    { name: 'home02', hostnames: ['home02.example.kr', '한글.kr'], addresses: ['192.168.80.200'] },
    { name: 'mail', hostnames: ['mail.example.kr'], addresses: ['192.168.80.200'] },
  );

  it.each([
    ['home01.example.kr', 'home01'],
    ['HOME01.Example.KR', 'home01'],
    ['home01.example.kr.', 'home01'],
    ['home01.example.kr:8080', 'home01'],
    ['home01.example.kr.:80', 'home01'],
    ['home01.example.kr:', 'home01'],
    ['192.168.80.100', 'home01'],
    ['192.168.80.100:80', 'home01'],
    ['[2001:DB8::1]:80', 'home01'],
    ['::ffff:192.168.80.100', 'home01'],
    ['xn--bj0bj06e.kr', 'home02'],
  ])('gives %s the notice of %s', (host, site) => {
    expect(pages.find(host).site).toBe(site);
  });

  it.each([
    'example.kr',
    'www.home01.example.kr',
    'home01.example.kr.evil.kr',
    'home01',
    '',
    '.',
    '192.168.80.1',
    '__proto__',
    'constructor',
  ])('gives %s the neutral notice', (host) => {
    expect(pages.find(host).site).toBeUndefined();
    expect(answered(pages.find(host))).toContain('neutral notice');
  });

  it('gives an address that several sites share the neutral notice, for nobody can say which is meant', () => {
    expect(pages.find('192.168.80.200').site).toBeUndefined();
  });
});

describe('choosing the form', () => {
  const notice = book({ name: 'home01' }).find('home01.example.kr');

  it('takes the default language unless another is wanted and there', () => {
    expect(words(answered(notice))).toContain('[ko html full]');
    expect(words(answered(notice, { languages: ['fr', 'en', 'ko'] }))).toContain('[en html full]');
    expect(words(answered(notice, { languages: ['fr', '*'] }))).toContain('[ko html full]');
  });

  it('takes the first wanted format', () => {
    const answer = answered(notice, { formats: ['json', 'html', 'text'] });

    expect(words(answer)).toContain('[ko json full]');
    expect(answer).toContain('Content-Type: application/problem+json');
    expect(answer).not.toContain('Content-Security-Policy');
  });

  it('says how it is encoded', () => {
    expect(answered(notice, { encodings: ['br', 'identity'] })).toContain(
      'Content-Encoding: br\r\n',
    );
    expect(answered(notice)).not.toContain('Content-Encoding');
  });

  it('gives the small page under load, and always to a flooded site', () => {
    const flooded = book({ name: 'home01', isSmallOnly: true }).find('home01.example.kr');

    expect(words(answered(notice, { isSmall: true }))).toContain('[ko html small]');
    expect(words(answered(flooded))).toContain('[ko html small]');
  });

  it('gives what there is when the wanted size, language, format or encoding is missing', () => {
    const [body] = fakeBodies('only this');
    const poor = book({ name: 'home01', editions: [{ bodies: body === undefined ? [] : [body] }] });

    expect(
      words(
        answered(poor.find('home01.example.kr'), {
          formats: ['text', 'json', 'html'],
          languages: ['en'],
          isSmall: true,
        }),
      ),
    ).toContain('only this [ko html full]');
  });
});

describe('ageing', () => {
  it('stops showing a promise once its time has passed', () => {
    const notice = book({
      name: 'home01',
      editions: [
        { until: now + 10 * second, bodies: fakeBodies('back at five') },
        { until: now + 20 * second, bodies: fakeBodies('back any moment') },
        { bodies: fakeBodies('we are working on it') },
      ],
    }).find('home01.example.kr');

    expect(words(answered(notice, {}, now))).toContain('back at five');
    expect(words(answered(notice, {}, now + 10 * second))).toContain('back any moment');
    expect(words(answered(notice, {}, now + 20 * second))).toContain('we are working on it');
  });

  it('shows the last edition when all are past', () => {
    const notice = book({
      name: 'home01',
      editions: [{ until: now - second, bodies: fakeBodies('late') }],
    }).find('home01.example.kr');

    expect(words(answered(notice))).toContain('late');
  });

  it('writes the date of the answer and the time to wait into the ready bytes', () => {
    const answer = book({ name: 'home01' }).find('home01.example.kr').answer(plainWish, now);

    const first = answer?.bytes(false, now, 95).toString();
    const second_ = answer?.bytes(false, now + 61 * second, 1_234).toString();

    expect(first).toContain('Date: Tue, 24 Nov 2026 05:00:00 GMT\r\nRetry-After:   95\r\n');
    expect(second_).toContain('Date: Tue, 24 Nov 2026 05:01:01 GMT\r\nRetry-After: 1234\r\n');
  });

  it('leaves the body out for HEAD and still says its length', () => {
    const answer = book({ name: 'home01' }).find('home01.example.kr').answer(plainWish, now);

    const head = answer?.bytes(true, now, 120).toString() ?? '';

    expect(head.endsWith('\r\n\r\n')).toBe(true);
    expect(head).toContain(
      `Content-Length: ${words(answer?.bytes(false, now, 120).toString() ?? '').length}\r\n`,
    );
  });

  it('leaves Retry-After out of a notice that its owner wants with 200', () => {
    const answer = answered(book({ name: 'home01', status: 200 }).find('home01.example.kr'));

    expect(answer.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
    expect(answer).not.toContain('Retry-After');
  });
});

describe('before any snapshot', () => {
  it('gives every name a neutral 503 in Korean and English', () => {
    const empty = new NoticeBook();

    expect(answered(empty.find('home01.example.kr'))).toMatch(/^HTTP\/1\.1 503 /);
    expect(answered(empty.find('x'))).toContain('temporarily unavailable');
    expect(answered(empty.find('x'), { languages: ['ko'] })).toContain('이용할 수 없습니다');
  });
});
