import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NoticeRenderer } from '../../../../../src/adapters/publishers/snapshot/renderer.ts';
import { causes } from '../../../../../src/core/rule.ts';
import { minute } from '../../../../../src/lib/time.ts';
import { bodyOf, now, renderer, sampleFacts, textOf } from './sample-facts.ts';

const languages = ['ko', 'en'] as const;

describe('a rendered notice', { timeout: 60_000 }, () => {
  it('tells an English reader what happened, since when, until when and where to turn', async () => {
    const [edition] = await renderer.notice(sampleFacts(), now);

    const page = textOf(bodyOf(edition, 'en', 'html full'));

    expect(page).toContain('<html lang="en"');
    expect(page).toContain('Home 01');
    expect(page).toContain('The server is not responding');
    expect(page).toContain('24 November 2026 at 13:40 KST\u00a0(UTC+9)');
    expect(page).toContain('Within the hour, around 24 November 2026 at 14:30 KST\u00a0(UTC+9)');
    expect(page).toContain('href="tel:+82212345678"');
    expect(page).toContain('<a href="https://status.example.kr/">Status</a>');
    expect(page).toContain('I-20261124-0007');
    expect(page).toContain('takes you back by itself');
    expect(page).toMatch(/<a class="retry"[^>]* href=""[^>]*>Try again<\/a>/);
  });

  it('tells a Korean reader the same in Korean', async () => {
    const [edition] = await renderer.notice(sampleFacts(), now);

    const page = textOf(bodyOf(edition, 'ko', 'html full'));

    expect(page).toContain('<html lang="ko"');
    expect(page).toContain('홈페이지 01');
    expect(page).toContain('서버가 응답하지 않습니다');
    expect(page).toContain('2026년 11월 24일 오후 2:30 (한국\u00a0시간,\u00a0UTC+9)');
    expect(page).toContain('서비스 현황');
  });

  it('of a site that only shares the address of another one says so, and calls nothing planned that is not', async () => {
    const { order } = sampleFacts();
    const facts = sampleFacts({ order: { ...order, cause: 'shared-address' } });
    const [edition] = await renderer.notice(facts, now);

    const [english, korean] = [
      textOf(bodyOf(edition, 'en', 'html full')),
      textOf(bodyOf(edition, 'ko', 'html full')),
    ];

    expect(english).toContain('shares its server address with another site');
    expect(korean).toContain('서버 주소를 함께 쓰는 다른 사이트가 멈추어');
    expect(english).not.toMatch(/Temporarily closed|being repaired|Planned/);
    expect(korean).not.toMatch(/일시 중단|점검/);
  });

  it('comes as problem+json with the facts of RFC 9457 and ours', async () => {
    const [edition] = await renderer.notice(sampleFacts(), now);
    const body = bodyOf(edition, 'en', 'json full');

    expect(body.contentType).toBe('application/problem+json');
    expect(JSON.parse(textOf(body))).toEqual({
      type: 'about:blank',
      title: 'Service unavailable',
      status: 503,
      detail: 'The server behind this site has stopped answering. We are working to bring it back.',
      site: 'home01',
      kind: 'outage',
      cause: 'server-failure',
      since: '2026-11-24T04:40:00.000Z',
      expectedRecoveryAt: '2026-11-24T05:30:00.000Z',
      retryAfterSeconds: 120,
      incident: 'I-20261124-0007',
      contact: '+82 2 1234 5678',
      links: [{ url: 'https://status.example.kr/', label: 'Status' }],
    });
  });

  it('comes as plain text', async () => {
    const [edition] = await renderer.notice(sampleFacts(), now);

    const text = textOf(bodyOf(edition, 'en', 'text full'));

    expect(text).toContain('Home 01\n\nThe server is not responding\n');
    expect(text).toContain('Expected back: Within the hour, around 24 November 2026 at 14:30 KST');
    expect(text).toContain('- Status: https://status.example.kr/');
  });

  it('promises the expected recovery only until it has come', async () => {
    const [before, after] = await renderer.notice(sampleFacts(), now);

    expect(before?.until).toBe(now + 40 * minute);
    expect(after?.until).toBeUndefined();
    for (const language of languages) {
      for (const body of after?.bodies.filter((one) => one.language === language) ?? []) {
        expect(textOf(body)).not.toMatch(/14:30|2:30|05:30/);
      }
    }
    expect(textOf(bodyOf(after, 'en', 'html full'))).toContain('It is taking longer than expected');
    expect(textOf(bodyOf(after, 'ko', 'html full'))).toContain('예상보다 오래 걸리고 있습니다');
  });

  it('never shows an expected recovery that had passed when it was rendered', async () => {
    const editions = await renderer.notice(
      sampleFacts({ expectedRecoveryAt: now - 5 * minute }),
      now,
    );

    expect(editions).toHaveLength(1);
    expect(textOf(bodyOf(editions[0], 'en', 'html full'))).not.toContain('13:45');
    expect(textOf(bodyOf(editions[0], 'en', 'text full'))).toContain('longer than expected');
  });

  it('says that the recovery time is not known while nobody has named one', async () => {
    const { expectedRecoveryAt: _, ...facts } = sampleFacts();

    const editions = await renderer.notice(facts, now);

    expect(editions).toHaveLength(1);
    expect(textOf(bodyOf(editions[0], 'en', 'html full'))).toContain('Not known yet');
    expect(textOf(bodyOf(editions[0], 'en', 'html full'))).not.toContain('data-expected');
  });

  it('has its own words for every cause in every language, and those of unknown for others', async () => {
    const headingOf = async (cause: string, language: string): Promise<string> => {
      const { order, ...facts } = sampleFacts();
      const [edition] = await renderer.notice({ ...facts, order: { ...order, cause } }, now);
      return /<h1>(.*)<\/h1>/.exec(textOf(bodyOf(edition, language, 'html full')))?.[1] ?? '';
    };

    for (const language of languages) {
      const headings = await Promise.all(causes.map((cause) => headingOf(cause, language)));
      expect(new Set(headings).size).toBe(causes.length);
      expect(await headingOf('made-up-by-a-rule', language)).toBe(
        await headingOf('unknown', language),
      );
    }
  });

  it('puts a person’s words in place of those of the cause', async () => {
    const text = { message: { en: 'Power cut in hall 3.', ko: '3전산실 정전.' } };

    const [edition] = await renderer.notice(sampleFacts({ text }), now);

    const page = textOf(bodyOf(edition, 'ko', 'html full'));
    expect(page).toContain('3전산실 정전.');
    expect(page).not.toContain('응답을 멈추었습니다');
  });

  it('adds a person’s words, marked with their language, for readers of another', async () => {
    const text = { message: { ko: '3전산실 정전.' } };

    const [edition] = await renderer.notice(sampleFacts({ text }), now);

    const page = textOf(bodyOf(edition, 'en', 'html full'));
    expect(page).toContain('has stopped answering');
    expect(page).toContain('<div class="body" lang="ko"><p>3전산실 정전.</p></div>');
  });

  it('falls back to another title, and to the name of the site when it has none', async () => {
    const site = { name: 'home01', noticeStatus: 503 };
    const [korean] = await renderer.notice(
      sampleFacts({ site: { ...site, title: { ko: '홈페이지' } } }),
      now,
    );
    const [nameless] = await renderer.notice(sampleFacts({ site: { ...site, title: {} } }), now);

    expect(textOf(bodyOf(korean, 'en', 'html full'))).toContain(
      '<p class="site" lang="ko">홈페이지</p>',
    );
    expect(textOf(bodyOf(nameless, 'en', 'html full'))).toContain('<p class="site">home01</p>');
  });

  it('shows hostile titles and messages as text, never as markup', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        '</title><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '{{{this}}}{{#each links}}',
        '<!--',
        '</style><style>*{display:none}',
        '\u202egnol',
        '`$&`',
      ),
    );
    const bodyForm = /<div class="body">([\s\S]*?)<\/div>/;
    const tags = (page: string): readonly string[] =>
      page.match(/<[a-z!/][^>]*>/gi)?.map((tag) => tag.replace(/"[^"]*"/g, '""')) ?? [];
    const around = (page: string): readonly string[] => tags(page.replace(bodyForm, ''));
    const [plainEdition] = await renderer.notice(
      sampleFacts({ text: { message: { en: 'm' }, contact: 'c' } }),
      now,
    );
    const plainTags = around(textOf(bodyOf(plainEdition, 'en', 'html full')));

    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (title, message) => {
        const facts = sampleFacts({
          site: { name: 'home01', title: { en: `t${title}` }, noticeStatus: 503 },
          text: { message: { en: `m${message}` }, contact: `c${title}` },
        });

        const [edition] = await renderer.notice(facts, now);

        const page = textOf(bodyOf(edition, 'en', 'html full'));
        expect(around(page)).toEqual(plainTags);
        for (const tag of tags(bodyForm.exec(page)?.[1] ?? '')) {
          expect(tag).toMatch(
            /^<(\/?(p|h2|ul|ol|li|blockquote|em|strong|s|br|a)|ol start=""|a href="")>$/,
          );
        }
        expect(textOf(bodyOf(edition, 'en', 'text full'))).not.toMatch(/[\u202a-\u202e]/);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves as at most 14 kB, and packs to the same text in every encoding', async () => {
    const editions = await renderer.notice(sampleFacts(), now);

    for (const body of editions.flatMap(({ bodies }) => bodies)) {
      if (body.format === 'html' && body.size === 'full') {
        const br = Buffer.from(body.br ?? '', 'base64');
        const gzip = Buffer.from(body.gzip ?? '', 'base64');
        expect(brotliDecompressSync(br).toString()).toBe(textOf(body));
        expect(gunzipSync(gzip).toString()).toBe(textOf(body));
        expect(Math.max(br.length, gzip.length)).toBeLessThan(4_500);
        expect(textOf(body).length).toBeLessThan(14_000);
      }
    }
  });

  it('keeps within 14 kB on the wire with the largest logo and message', async () => {
    const noise = Buffer.from(Array.from({ length: 8_000 }, (_, index) => (index * 7919) % 251));
    const [edition] = await renderer.notice(
      sampleFacts({
        text: {
          logo: `data:image/png;base64,${noise.toString('base64')}`,
          message: { ko: '가나다라마바사아자차'.repeat(200) },
        },
      }),
      now,
    );

    const body = bodyOf(edition, 'ko', 'html full');

    expect(Buffer.from(body.gzip ?? '', 'base64').length).toBeLessThan(14_000);
  });

  it('fits the small page into 1,200 bytes whatever it has to say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 2_000 }),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.constantFrom(...causes),
        async (message, title, cause) => {
          const { order } = sampleFacts();
          const editions = await renderer.notice(
            sampleFacts({
              site: { name: 'home01', title: { ko: title, en: `<${title}` }, noticeStatus: 503 },
              text: { message: { ko: `${message}'` } },
              order: { ...order, cause },
            }),
            now,
          );

          for (const edition of editions) {
            for (const language of languages) {
              const page = textOf(bodyOf(edition, language, 'html small'));
              expect(Buffer.byteLength(page)).toBeLessThanOrEqual(1_200);
              expect(page).toContain('<a href="">');
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('allows exactly the styles and scripts that its pages carry, and nothing else', async () => {
    const [edition] = await renderer.notice(sampleFacts(), now);
    const policy = renderer.contentSecurityPolicy;

    for (const form of ['html full', 'html small'] as const) {
      const page = textOf(bodyOf(edition, 'ko', form));
      const inline = [...page.matchAll(/<(style|script)>(.*?)<\/\1>/gs)];
      expect(inline).toHaveLength(2);
      for (const [, element, content = ''] of inline) {
        const hash = createHash('sha256').update(content).digest('base64');
        const sources = new RegExp(`${element}-src ([^;]*)`).exec(policy)?.[1];
        expect(sources).toContain(`'sha256-${hash}'`);
      }
      expect(page).not.toMatch(/ on\w+=|style=|http-equiv="refresh"/i);
    }
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toContain('unsafe');
  });

  it('takes its own zone and names it by its distance from UTC', async () => {
    const elsewhere = new NoticeRenderer({ defaultLanguage: 'en', timeZone: 'Asia/Kolkata' });

    const [edition] = await elsewhere.notice(sampleFacts(), now);

    expect(textOf(bodyOf(edition, 'en', 'text full'))).toContain('at 11:00\u00a0(UTC+5:30)');
  });
});

describe('a quiet notice', () => {
  it('tells the visitor of a registered site without a diversion to try again', async () => {
    const [edition] = await renderer.quiet({
      kind: 'standby',
      site: 'home01',
      status: 503,
      title: { ko: '홈페이지 01', en: 'Home 01' },
    });

    expect(textOf(bodyOf(edition, 'en', 'html full'))).toContain('being reconnected');
    expect(textOf(bodyOf(edition, 'ko', 'html full'))).toContain('다시 연결하고 있습니다');
    expect(JSON.parse(textOf(bodyOf(edition, 'en', 'json full')))).toMatchObject({
      status: 503,
      site: 'home01',
    });
  });

  it('tells a stranger nothing about any site', async () => {
    const [edition] = await renderer.quiet({ kind: 'neutral', site: '-', status: 503, title: {} });

    for (const body of edition?.bodies ?? []) {
      expect(textOf(body)).not.toMatch(/home|홈페이지/i);
    }
    expect(textOf(bodyOf(edition, 'en', 'html full'))).toContain('not served at this address');
  });
});
