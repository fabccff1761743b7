import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoticeRenderer } from '../../src/adapters/publishers/snapshot/renderer.ts';
import { sentMark } from '../../src/ports/snapshot.ts';
import { hostileWords } from '../fakes/hostile-words.ts';

const renderer = new NoticeRenderer({ defaultLanguage: 'en' });
const now = Date.parse('2026-11-24T04:50:00Z');
const address = 'http://notice.test/';

/** A notice with the same words in every field that a person may fill in. */
async function pageWith(words: string, isMass: boolean): Promise<string> {
  const [edition] = await renderer.notice(
    {
      site: { name: 'home01', title: { en: words }, noticeStatus: 503 },
      text: {
        message: { en: words, fr: words },
        contact: words,
        links: [{ url: 'https://example.org/', label: { en: words } }],
      },
      order: {
        site: 'home01',
        generation: 1,
        cause: words,
        since: now,
        incident: words,
        ...(isMass ? { isMass } : {}),
      },
    },
    now,
  );
  const bodies = (edition?.bodies ?? []).filter(
    ({ language, format }) => language === 'en' && format === 'html',
  );
  return Buffer.from(bodies[isMass ? 1 : 0]?.identity ?? '', 'base64').toString();
}

describe('hostile words in every field of a notice', () => {
  const asked: string[] = [];
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;
  let html = '';

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    page = await browser.newPage();
    page.on('dialog', (dialog) => void dialog.dismiss());
    page.on('console', (message) => {
      if (!message.text().includes('503')) {
        complaints.push(message.text());
      }
    });
    await page.route('**/*', async (route) => {
      asked.push(route.request().url());
      await route.fulfill({
        status: 503,
        contentType: 'text/html; charset=utf-8',
        headers: {
          'content-security-policy': renderer.contentSecurityPolicy,
          'detour-notice': 'x',
        },
        body: html,
      });
    });
  });

  afterAll(async () => {
    await browser.close();
  });

  it('are at least two hundred', () => {
    expect(new Set(hostileWords).size).toBeGreaterThanOrEqual(200);
  });

  it.each([
    ['on the full page', false],
    ['on the small page of a mass incident', true],
  ])('run nothing, load nothing and lead nowhere %s', async (_, isMass) => {
    // The small page takes a part of the full one's values: every second of them is enough there.
    const chosen = hostileWords.filter((_words, index) => !isMass || index % 2 === 0);
    for (const words of chosen) {
      html = `${await pageWith(words, isMass)}${sentMark}`;
      asked.length = 0;
      complaints.length = 0;

      await page.goto(address);
      const state = await page.evaluate(`({
        pwned: 'pwned' in window,
        url: location.href,
        handlers: [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes])
          .filter((a) => a.name.startsWith('on') || a.name === 'style').length,
        foreign: document.querySelectorAll('img, iframe, object, embed, link, base, form, input, video, template').length,
        scripts: document.scripts.length,
        links: [...document.links].map((a) => a.protocol),
      })`);

      expect(state, words).toEqual({
        pwned: false,
        url: address,
        handlers: 0,
        foreign: 0,
        scripts: 1,
        links: expect.not.arrayContaining(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:']),
      });
      expect(asked, words).toEqual([address]);
      // A policy that has to step in is a hole that only the policy closes.
      expect(complaints, words).toEqual([]);
    }
  });
});
