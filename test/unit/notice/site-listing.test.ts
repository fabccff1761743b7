import { describe, expect, it } from 'vitest';
import { NoticeBook } from '../../../src/notice/notice-book.ts';
import { prepareSite } from '../../../src/notice/prepared-site.ts';
import { SiteListing } from '../../../src/notice/site-listing.ts';
import { type FakeSite, fakeSnapshot, makeKeys } from '../../fakes/snapshot.ts';

const keys = makeKeys();
const sitesOf = (...sites: readonly FakeSite[]) => fakeSnapshot({ keys, sites }).sites;
const prepared = (...sites: readonly FakeSite[]) =>
  sitesOf(...sites).map((site) => prepareSite(site, 'en'));

const [bank, shop] = [
  { name: 'bank', addresses: ['192.0.2.1'] },
  { name: 'shop', addresses: ['192.0.2.2'] },
] as const;

describe('the listing of sites', () => {
  const listing = new SiteListing(prepared(bank, shop));

  it('fits the same sites with other notices', () => {
    expect(listing.fits(prepared(bank, { ...shop, generation: 7, words: 'other words' }))).toBe(
      true,
    );
  });

  it.each([
    ['one is gone', [bank]],
    ['one came', [bank, shop, { name: 'new' }]],
    ['they come in another order', [shop, bank]],
    ['one has another name of its own', [bank, { ...shop, hostnames: ['www.example.kr'] }]],
    ['one has one more address', [bank, { ...shop, addresses: ['192.0.2.2', '192.0.2.3'] }]],
    [
      'another site has taken its names',
      [bank, { ...shop, name: 'new', hostnames: ['shop.example.kr'] }],
    ],
  ])('does not fit when %s', (_, sites) => {
    expect(listing.fits(prepared(...sites))).toBe(false);
  });
});

describe('a book after a book', () => {
  const bookAfter = (...sites: readonly FakeSite[]): NoticeBook =>
    new NoticeBook(
      fakeSnapshot({ keys, sites }),
      new NoticeBook(fakeSnapshot({ keys, sites: [bank, shop] })),
    );
  const html = (book: NoticeBook, host: string): string =>
    book
      .find(host)
      .answer(
        {
          ...{ formats: ['html'], languages: ['en'], encodings: ['identity'], isSmall: false },
          ...{ isClose: false, isPost: false, isForMachines: false },
        },
        0,
      )
      ?.bytes(false, 0, 120)
      .toString() ?? '';

  it('shows the notices of its own snapshot under the same names', () => {
    const book = bookAfter(bank, { ...shop, words: 'new words' });

    expect(html(book, 'shop.example.kr')).toContain('new words');
    expect(html(book, '192.0.2.1')).toContain('notice of bank');
    expect([book.siteAt('192.0.2.2'), book.sites]).toEqual(['shop', ['bank', 'shop']]);
  });

  it('forgets a name that a site has given up, and knows the one that has it now', () => {
    const book = bookAfter(
      { ...bank, hostnames: ['shop.example.kr'] },
      { ...shop, hostnames: ['www.example.kr'] },
    );

    expect(html(book, 'shop.example.kr')).toContain('notice of bank');
    expect(html(book, 'bank.example.kr')).toContain('neutral notice');
  });

  it('is neutral about a name that two sites claim now', () => {
    const book = bookAfter(bank, { ...shop, hostnames: ['bank.example.kr'] });

    expect(html(book, 'bank.example.kr')).toContain('neutral notice');
    expect(book.siteAt('192.0.2.2')).toBe('shop');
  });
});
