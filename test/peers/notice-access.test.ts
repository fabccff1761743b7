import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoticeRenderer } from '../../src/adapters/publishers/snapshot/renderer.ts';
import { pageOf, type ShownNotice, shownNotices } from '../fakes/notice-kinds.ts';
import { NoticeStage } from '../fakes/notice-stage.ts';
import { axeViolations, axeViolationsOfLook, launchChromium } from './support/chromium.ts';

const languages = ['ko', 'en'] as const;
const phone = { width: 320, height: 640 };
const desktop = { width: 1280, height: 800 };

const renderer = new NoticeRenderer({ defaultLanguage: 'ko' });

const cases = shownNotices.flatMap((shown) =>
  languages.map((language) => ({ ...shown, shown, language })),
);

describe('every notice in a browser', () => {
  const stage = new NoticeStage();
  let browser: Browser;
  let page: Page;
  let plainPage: Page;

  beforeAll(async () => {
    await stage.open();
    stage.policy = renderer.contentSecurityPolicy;
    browser = await launchChromium();
    page = await browser.newPage();
    plainPage = await browser.newPage({ javaScriptEnabled: false });
  });

  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  async function show(shown: ShownNotice, language: string, where = page): Promise<void> {
    stage.notice = await pageOf(renderer, shown, language, Date.now());
    await where.goto(stage.url);
  }

  it.each(cases)(
    'has nothing that WCAG 2.2 AA forbids: $name, $language, light and dark, phone and desktop',
    async ({ shown, language }) => {
      await show(shown, language);

      // Only colours and sizes differ from one look to the next; the rest is asked of two of them.
      for (const [colorScheme, size, isWhole] of [
        ['light', desktop, true],
        ['light', phone, false],
        ['dark', phone, true],
        ['dark', desktop, false],
      ] as const) {
        await page.emulateMedia({ media: 'screen', colorScheme });
        await page.setViewportSize(size);
        const found = isWhole
          ? await axeViolations(page, ['best-practice'])
          : await axeViolationsOfLook(page);
        // The small page has no room for landmarks; nothing forbids to do without them.
        const violations = found.filter(
          (one) => shown.size === 'full' || !/^(region|landmark)/.test(one),
        );
        expect({ colorScheme, size, violations }).toEqual({ colorScheme, size, violations: [] });
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(
          true,
        );
      }
    },
  );

  it.each(cases)(
    'can be read without scripts, and promises nothing that needs them: $name, $language',
    async ({ shown, language }) => {
      await show(shown, language, plainPage);

      const [, heading = ''] = /<h1>(.+)<\/h1>/.exec(stage.notice) ?? [];
      expect(heading).not.toBe('');
      const expected = [heading, ...(shown.size === 'full' ? ['+82 2 1234', 'I-20261124'] : [])];
      for (const text of expected) {
        expect(await plainPage.getByText(text).first().isVisible()).toBe(true);
      }
      expect(await plainPage.getByRole('link').last().isVisible()).toBe(true);
      expect(await plainPage.locator('#waiting:visible, #late:visible').count()).toBe(0);
      expect(await plainPage.locator('noscript p').count()).toBe(shown.size === 'full' ? 1 : 0);
    },
  );

  it.each(cases.filter(({ size }) => size === 'full'))(
    'prints in black on white, with its addresses and without its button: $name, $language',
    async ({ shown, language }) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await show(shown, language);

      const printed = await page.evaluate(`({
        paper: getComputedStyle(document.documentElement).backgroundColor,
        ink: getComputedStyle(document.querySelector('h1')).color,
        after: getComputedStyle(document.querySelector('nav a'), '::after').content,
      })`);

      expect(printed).toEqual({
        paper: 'rgb(255, 255, 255)',
        ink: 'rgb(0, 0, 0)',
        after: '" (https://status.example.kr/)"',
      });
      // What is told from now on is untrue on paper, and nobody presses a button there.
      expect(await page.locator('footer:visible, #in:visible').count()).toBe(0);
    },
  );
});
