import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, tokenOf } from '../fakes/api-bench.ts';
import { sampleSite } from '../fakes/sample-site.ts';
import { axeViolations, launchChromium } from './support/chromium.ts';

const uiFolder = path.join(import.meta.dirname, '../../src/ui/dist');
const names = Array.from({ length: 30 }, (_, index) => `tenant${String(index).padStart(2, '0')}`);

const said = {
  en: {
    head: 'Mass failure: 30 sites together',
    held: 'held back',
    release: 'Release',
    story: 'Brake mass-failure holds automation back',
  },
  ko: {
    head: '대규모 장애: 사이트 30개',
    held: '보류됨',
    release: '해제',
    story: '대규모 장애 브레이크가 자동 동작을 막습니다',
  },
} as const;

let browser: Browser;
let bench: ApiBench;
let url: string;

async function failTogether({ control }: ApiBench): Promise<void> {
  const { config } = control.controller.state();
  const home = config.sites['home01'];
  const tenants = names.map((name, index) =>
    sampleSite(name, {
      addresses: [`192.168.80.${101 + index}`],
      probes: home?.probes ?? [],
      mode: 'auto',
    }),
  );
  const sites = Object.fromEntries(tenants.map((site) => [site.name, site]));
  await control.controller.submit({
    type: 'config-applied',
    config: { ...config, sites: { ...config.sites, ...sites } },
  });
  for (const name of names) {
    await control.probe(name, 'pass', 1);
  }
  // Round by round, as in earnest: one after the other they would not fail together.
  for (let round = 0; round < 3; round += 1) {
    for (const name of names) {
      const before = control.clock.now();
      await control.probe(name, 'fail', 1);
      control.clock.advance(before - control.clock.now() + 20);
    }
  }
  await control.controller.submit({ type: 'tick' });
}

async function open(locale: string, look: object = {}): Promise<Page> {
  const context = await browser.newContext({ locale, reducedMotion: 'reduce', ...look });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${url}#token=${tokenOf('approver')}`);
  await page.locator('.row').first().waitFor();
  await page.evaluate(`location.hash = '#/incidents'`);
  await page.locator('.card h3').first().waitFor();
  return page;
}

beforeAll(async () => {
  browser = await launchChromium();
  bench = await openApiBench({ uiFolder });
  url = `http://127.0.0.1:${await bench.listen()}/`;
  await failTogether(bench);
});

afterAll(async () => {
  await browser?.close();
  await bench?.[Symbol.asyncDispose]();
});

describe('the incident of sites that failed together', () => {
  it.each([
    ['en', 'light', 1280],
    ['ko', 'light', 1280],
    ['en', 'dark', 360],
    ['ko', 'dark', 360],
  ] as const)(
    'says how many there are and where, in %s, %s, %i pixels wide',
    async (locale, colorScheme, width) => {
      const { head, held, release, story } = said[locale];
      const page = await open(locale, { colorScheme, viewport: { width, height: 800 } });
      const card = page.locator('.card').first();

      await card.getByText(head).waitFor();
      expect(await card.locator('.fact dd').first().textContent()).toContain(`${held} 30`);
      expect(await card.getByRole('button', { name: release, exact: true }).count()).toBe(1);
      await card.locator('summary').first().click();
      expect(await card.locator('.names a').count()).toBe(30);
      expect(await card.locator('.timeline li').first().textContent()).toContain(story);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
      await page.context().close();
    },
  );

  it('lets all of them through by one release with a reason', async () => {
    const page = await open('en');
    const card = page.locator('.card').first();

    await card.getByRole('button', { name: 'Release' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('the power of hall 2 is out');
    await dialog.getByRole('button', { name: 'Release' }).click();
    await dialog.waitFor({ state: 'detached' });

    const { brakes } = bench.control.controller.state();
    expect(brakes['mass-failure'].release?.sites).toHaveLength(30);
    await page.context().close();
  });
});
