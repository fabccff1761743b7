import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NoticeFacts } from '../../src/adapters/publishers/snapshot/model.ts';
import { NoticeRenderer } from '../../src/adapters/publishers/snapshot/renderer.ts';
import { minute } from '../../src/lib/time.ts';
import { NoticeStage } from '../fakes/notice-stage.ts';
import { launchChromium } from './support/chromium.ts';

const now = Date.parse('2026-11-24T04:50:00Z');
const onePixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const renderer = new NoticeRenderer({
  defaultLanguage: 'ko',
  pace: { leastMs: 100, mostMs: 200, spreadMs: 200 },
});

function factsOf(more: Partial<NoticeFacts> = {}): NoticeFacts {
  return {
    site: { name: 'home01', title: { ko: '홈페이지 01', en: 'Home 01' }, noticeStatus: 503 },
    text: {
      contact: '+82 2 1234 5678',
      logo: onePixel,
      links: [
        { url: 'https://status.example.kr/', label: { ko: '서비스 현황', en: 'Service status' } },
        { url: 'https://m.example.kr/', label: { ko: '전화·방문 접수 안내', en: 'By phone' } },
      ],
    },
    order: {
      site: 'home01',
      generation: 1,
      cause: 'server-failure',
      since: now - 10 * minute,
      incident: 'I-20261124-0007',
    },
    expectedRecoveryAt: Date.now() + 40 * minute,
    ...more,
  };
}

async function pageOf(
  language: string,
  size: 'full' | 'small',
  facts = factsOf(),
): Promise<string> {
  const [edition] = await renderer.notice(facts, now);
  const body = edition?.bodies.find(
    (one) => one.language === language && one.format === 'html' && one.size === size,
  );
  return Buffer.from(body?.identity ?? '', 'base64').toString();
}

describe('a notice in a browser', () => {
  const stage = new NoticeStage();
  const complaints: string[] = [];
  let browser: Browser;

  beforeAll(async () => {
    await stage.open();
    stage.policy = renderer.contentSecurityPolicy;
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  beforeEach(async () => {
    stage.isBack = false;
    stage.requests.length = 0;
    stage.notice = await pageOf('en', 'full');
    complaints.length = 0;
  });

  async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.on('console', (message) => {
      // The 503 itself is told to the console; anything else is a complaint about the page.
      if (!message.text().includes('503')) {
        complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(dialog.message()));
    await page.goto(`${stage.url}${path}`);
    return page;
  }

  it.each(['full', 'small'] as const)(
    'fits a window of 320 px without sideways scrolling (%s)',
    async (size) => {
      const title = { en: `Home${'x'.repeat(100)}` };
      stage.notice = await pageOf('en', size, factsOf({ site: { ...factsOf().site, title } }));
      const page = await visit('/', { viewport: { width: 320, height: 640 } });

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
      await page.close();
    },
  );

  it('can be read and left without scripts, and promises nothing that needs them', async () => {
    const page = await visit('/orders?id=7', { javaScriptEnabled: false });

    await expect.poll(() => page.getByText('The server is not responding').isVisible()).toBe(true);
    expect(await page.getByText('takes you back by itself').isVisible()).toBe(false);
    stage.isBack = true;
    await page.getByRole('link', { name: 'Try again' }).click();

    await page.waitForURL(`${stage.url}/orders?id=7`);
    await expect.poll(() => page.title()).toBe('The site');
    await page.close();
  });

  it.each(['/orders?id=7#item-3', '/a%20b?x=1&y=%2F', '/#/route', '/'])(
    'returns by itself to the very same URL (%s)',
    async (path) => {
      const page = await visit(path);
      await expect.poll(() => page.getByText('takes you back by itself').isVisible()).toBe(true);

      stage.isBack = true;

      await expect.poll(() => page.title(), { timeout: 10_000 }).toBe('The site');
      expect(page.url()).toBe(`${stage.url}${path}`);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it('returns from the small page too', async () => {
    stage.notice = (await pageOf('en', 'small')).replaceAll('3e4', '100');
    // The shortened waiting times change the script, so its hash is not the one in the policy.
    stage.policy = '';
    const page = await visit('/orders?id=7');

    stage.isBack = true;

    await expect.poll(() => page.title(), { timeout: 10_000 }).toBe('The site');
    expect(page.url()).toBe(`${stage.url}/orders?id=7`);
    stage.policy = renderer.contentSecurityPolicy;
    await page.close();
  });

  it('stays as long as our notice answers, or the site with errors of its own', async () => {
    const page = await visit('/');
    await expect.poll(() => stage.requests.length, { timeout: 10_000 }).toBeGreaterThan(3);
    stage.siteStatus = 502;
    stage.isBack = true;

    await expect.poll(() => stage.requests.length, { timeout: 10_000 }).toBeGreaterThan(7);

    expect(await page.title()).toContain('The server is not responding');
    expect(stage.requests.filter((request) => request === 'GET /')).toHaveLength(1);
    stage.siteStatus = 200;
    await page.close();
  });

  it('never sends a form again: after a POST it comes back with a GET', async () => {
    stage.isBack = true;
    stage.site = '<!doctype html><title>Form</title><form method="post" action="/pay"><button>Pay';
    const page = await visit('/form');
    stage.isBack = false;
    await page.getByRole('button').click();
    await expect.poll(() => page.title()).toContain('The server is not responding');
    stage.site = '<!doctype html><title>The site</title>';

    stage.isBack = true;

    await expect.poll(() => page.title(), { timeout: 10_000 }).toBe('The site');
    expect(page.url()).toBe(`${stage.url}/pay`);
    expect(stage.requests.filter((request) => request.startsWith('POST'))).toEqual(['POST /pay']);
    expect(stage.requests.at(-1)).not.toMatch(/^POST/);
    await page.close();
  });

  it('leaves no cookie, storage or service worker in the browser', async () => {
    const page = await visit('/');
    await expect.poll(() => stage.requests.length, { timeout: 10_000 }).toBeGreaterThan(2);

    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
    await page.close();
  });

  it('takes its promise back in a page that stays open past the promised time', async () => {
    const expectedRecoveryAt = Date.now() + 40 * minute;
    stage.notice = await pageOf('en', 'full', factsOf({ expectedRecoveryAt }));
    const page = await browser.newPage();
    await page.clock.install({ time: Date.now() });
    await page.goto(stage.url);
    await expect.poll(() => page.getByText('in 40 minutes').isVisible()).toBe(true);
    expect(await page.getByText('taking longer').isVisible()).toBe(false);

    await page.clock.fastForward(41 * minute);

    await expect.poll(() => page.getByText('taking longer').isVisible()).toBe(true);
    expect(await page.getByText('in 40 minutes').isVisible()).toBe(false);
    expect(await page.locator('#expected').isVisible()).toBe(false);
    await page.close();
  });

  it('runs nothing that stands in a title, message, contact or label', async () => {
    const attack = `"'><img src=x onerror=alert(1)><script>alert(1)</script><svg onload=alert(1)>`;
    stage.notice = await pageOf(
      'en',
      'full',
      factsOf({
        site: { name: 'home01', title: { en: attack }, noticeStatus: 503 },
        text: {
          message: { en: attack },
          contact: attack,
          links: [{ url: 'https://example.org/', label: { en: attack } }],
        },
      }),
    );
    const page = await visit('/');

    await expect.poll(() => stage.requests.length, { timeout: 10_000 }).toBeGreaterThan(3);

    expect(complaints).toEqual([]);
    expect(await page.locator('main img, main svg, main script').count()).toBe(0);
    await page.close();
  });
});
