import path from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type QuickStart, startQuickStart } from '../../src/app/quick-start.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type ApiBench, openApiBench, tokenOf } from '../fakes/api-bench.ts';
import { sampleNodes } from '../fakes/notice-nodes.ts';
import { sampleSite } from '../fakes/sample-site.ts';
import { until } from '../support/until.ts';
import { axeViolations, axeViolationsOfLook, launchChromium } from './support/chromium.ts';

const uiFolder = path.join(import.meta.dirname, '../../src/ui/dist');

const phone = { width: 360, height: 780 };
const desktop = { width: 1280, height: 800 };

/** Chromium asks for a user name beside every password field; a token has none. Refused requests are tested for. */
const expectedComplaints = [/Password forms should have/, /Failed to load resource/, /Autofocus/];

let browser: Browser;
const complaints: string[] = [];
const contexts: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  expect(complaints.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
});

async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en', ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const note = (text: string): void => {
    if (!expectedComplaints.some((known) => known.test(text))) {
      complaints.push(text);
    }
  };
  page.on('console', (message) => note(message.text()));
  page.on('pageerror', (error) => note(error.message));
  await page.goto(url);
  return page;
}

const link = ({ plane, files }: QuickStart): string => `${plane.adminUrl}/#token=${files.token}`;

function startPlay(): Promise<QuickStart> {
  return startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
}

async function openBench(): Promise<{ readonly bench: ApiBench; readonly url: string }> {
  const bench = await openApiBench({ uiFolder });
  return { bench, url: `http://127.0.0.1:${await bench.listen()}/` };
}

describe('the page on a running Detour', () => {
  it('shows an outage live, from serving to diverted and back', async () => {
    await using play = await startPlay();
    const page = await open(link(play));
    const row = page.locator('.row', { hasText: 'home01' });
    await row.getByText('serving').waitFor();
    expect(page.url()).not.toContain('token');

    await play.network.sites[0]?.breakDown();
    await row.getByText('diverted').waitFor({ timeout: 30_000 });
    await row.click();
    await page.getByText('Visitors of home01 see its notice').waitFor();
    expect(await page.locator('.count').first().textContent()).toBe('1');
    await play.network.sites[0]?.repair();

    await row.getByText('serving').waitFor({ timeout: 30_000 });
  });

  it('diverts a site by an order with a reason, and gives it back', async () => {
    await using play = await startPlay();
    const page = await open(`${link(play)}`);
    await page.locator('.row', { hasText: 'home02' }).click();

    await page.getByRole('button', { name: 'Divert', exact: true }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.textContent()).toContain('127.0.80.200');
    await dialog.getByRole('button', { name: 'Divert', exact: true }).click();
    await dialog.getByText('Say why').waitFor();
    await dialog.getByLabel('Reason').fill('the database is being moved');
    await dialog.getByRole('button', { name: 'Divert', exact: true }).click();

    await page.locator('.standing').getByText('diverted').waitFor({ timeout: 30_000 });
    expect(play.network.table.routes.map(({ prefix }) => prefix)).toEqual(['127.0.80.200/32']);
    await page.getByRole('link', { name: 'Audit' }).click();
    await page
      .getByRole('cell', { name: /the database is being moved/ })
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Routers' }).click();
    await page.getByText('forwards by it').waitFor();

    await page.goto(`${play.plane.adminUrl}/#/sites/home02`);
    await page.getByRole('button', { name: 'Give back to automation' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Give back' }).click();
    await page.locator('.standing').getByText('serving').waitFor({ timeout: 30_000 });
  });

  it('freezes everything and thaws it again', async () => {
    await using play = await startPlay();
    const page = await open(link(play));

    await page.getByRole('button', { name: 'Freeze all' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('core switch is replaced tonight');
    await page.getByRole('dialog').getByRole('button', { name: 'Freeze all' }).click();
    await page.getByText('All automation is frozen').waitFor();
    expect(play.plane.controller.state().freeze).toMatchObject({ owner: 'operator' });

    await page.getByRole('button', { name: 'Thaw' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Thaw' }).click();
    await page.getByText('All automation is frozen').waitFor({ state: 'detached' });
    expect(play.plane.controller.state().freeze).toBeUndefined();
  });

  it('says that it is no longer live when the controller is gone', async () => {
    const play = await startPlay();
    const page = await open(link(play));
    await page.locator('.live:not(.off)').waitFor();

    await play[Symbol.asyncDispose]();

    await page.getByText('Not live: last heard').waitFor({ timeout: 30_000 });
  });
});

describe('the page in front of the API', () => {
  it('lets a viewer look and gives no order for it', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const page = await open(`${url}#token=${tokenOf('viewer')}`);
    await page.locator('.row').first().click();

    await page.getByText('needs the role operator').first().waitFor();

    expect(await page.getByRole('button', { name: 'Divert', exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Freeze all' }).isDisabled()).toBe(true);
  });

  it('tells in the language of the reader what to mend before a site can be diverted well', async () => {
    await using bench = await openApiBench({
      uiFolder,
      readiness: async () => [
        {
          ...{ site: 'home01', isReady: false, missingLanguages: [], reception: [] },
          hostnames: [{ hostname: 'home01.example.kr', certificate: 'missing', expiresAt: null }],
        },
      ],
    });
    const url = `http://127.0.0.1:${await bench.listen()}/#token=${tokenOf('viewer')}`;

    for (const [locale, mark, state, problem] of [
      ['en', 'not ready', 'Not ready', 'There is no certificate for home01.example.kr'],
      ['ko', '준비 안 됨', '준비되지 않음', 'home01.example.kr의 인증서가 없어'],
    ] as const) {
      const page = await open(url, { locale });
      await page.locator('.row', { hasText: mark }).first().click();

      await page.locator('p', { hasText: state }).waitFor();
      await page.getByText(problem).waitFor();
      expect(await axeViolations(page)).toEqual([]);
    }
  });

  it('says what is wrong with a token that is not known, and takes the right one then', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const page = await open(url);
    await page.getByLabel('Token').fill('not-a-token-of-this-place');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This token is not known here').waitFor();

    await page.getByLabel('Token').fill(tokenOf('operator'));
    await page.getByRole('button', { name: 'Sign in' }).click();

    await page.locator('.row').first().waitFor();
    await page.getByRole('button', { name: /Sign out/ }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  it('names the neighbours that an order takes along before it is given', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const state = bench.control.controller.state();
    const [address = ''] = state.config.sites['home01']?.addresses ?? [];
    const neighbour = sampleSite('tenant', {
      addresses: [address],
      hostnames: ['tenant.example.kr'],
    });
    await bench.control.controller.submit({
      type: 'config-applied',
      config: { ...state.config, sites: { ...state.config.sites, tenant: neighbour } },
    });
    const page = await open(`${url}#token=${tokenOf('operator')}`);
    await page.locator('.row', { hasText: 'home01' }).first().click();
    await page.getByRole('button', { name: 'Divert', exact: true }).click();

    await page.getByRole('dialog').getByText('tenant').waitFor();
  });

  it('shows the words of the API when an order is refused', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const page = await open(`${url}#token=${tokenOf('operator')}`);
    await page.locator('.row', { hasText: 'home01' }).first().click();
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('disk');
    await page.route('**/override', (route) =>
      route.fulfill({
        status: 422,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: 'urn:detour:problem:refused',
          title: 'The request cannot be carried out',
          status: 422,
          code: 'refused',
          detail: 'An order lasts at most 72h.',
        }),
      }),
    );

    await page.getByRole('dialog').getByRole('button', { name: 'Hold', exact: true }).click();

    await page.getByRole('alert').getByText('An order lasts at most 72h.').waitFor();
  });

  it('changes limits and plans a window', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const page = await open(`${url}#token=${tokenOf('admin')}`);
    await page.getByRole('link', { name: 'Limits' }).click();
    await page.getByLabel('Sessions at once, one source').fill('48');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('In force.').waitFor();
    await page.getByText('The notice process beside this controller does not answer.').waitFor();
    const limits = await bench.ask('viewer', { method: 'GET', url: '/api/v1/limits' });
    expect(limits.json()).toMatchObject({ sourceSessions: 48 });

    await page.getByRole('link', { name: 'Maintenance' }).click();
    await page.getByText('Add a window').click();
    await page.getByLabel('Sites').fill('home01');
    await page.getByLabel('Reason').fill('new disks');
    await page.getByRole('button', { name: 'Save' }).click();

    await page.getByText('new disks').waitFor();
  });

  it('shows who is blocked, and lets a person let them in again', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const page = await open(`${url}#token=${tokenOf('operator')}`);
    await page.getByRole('link', { name: 'Limits' }).click();
    await page.getByText('198.51.100.66').waitFor();

    await page.getByRole('button', { name: 'Let in again' }).click();

    await page.getByText('No source is blocked.').waitFor();
    const list = await bench.ask('viewer', { method: 'GET', url: '/api/v1/blocked-sources' });
    expect(list.json()).toEqual({ sources: [] });
  });

  it('stays quick with five thousand sites', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const state = bench.control.controller.state();
    const many = Object.fromEntries(
      Array.from({ length: 5_000 }, (_unused, index) => {
        const name = `site-${String(index).padStart(4, '0')}`;
        const address = `10.${1 + Math.floor(index / 250)}.${index % 250}.7`;
        return [name, sampleSite(name, { addresses: [address] })];
      }),
    );
    await bench.control.controller.submit({
      type: 'config-applied',
      config: { ...state.config, sites: { ...state.config.sites, ...many } },
    });
    const page = await open(`${url}#token=${tokenOf('viewer')}`);
    await page.getByText(/of 500\d/).waitFor();

    expect(await page.locator('.row').count()).toBeLessThan(100);
    await page.getByRole('searchbox').fill('site-4321');
    await until('the one site', async () => (await page.locator('.row').count()) === 1);
    expect(await page.locator('.row').textContent()).toContain('site-4321');
  });

  it('is worked by keyboard', async () => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const page = await open(`${url}#token=${tokenOf('viewer')}`);
    await page.locator('.row').first().waitFor();

    await page.keyboard.press('j');
    await page.locator('.row[aria-current]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.type')).toBe('search');
    await page.getByRole('searchbox').blur();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
  });

  it('shows which notice nodes follow, and for which sites one is not ready', async () => {
    await using bench = await openApiBench({ uiFolder, noticeNodes: () => sampleNodes });
    const page = await open(`http://127.0.0.1:${await bench.listen()}/#token=${tokenOf('viewer')}`);

    await page.getByRole('link', { name: /Notice nodes ?2/ }).click();

    const node = (name: string): Locator => page.locator('.card', { hasText: name });
    await node('node-a').getByText('ready for all 3 sites').waitFor();
    await node('node-b').getByText('not ready for 2 of 3: home01, shop').waitFor();
    await node('node-b').getByText('Snapshot 12 has a wrong signature').waitFor();
    await node('node-d').getByText('does not follow').waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });

  it.each(['en', 'ko'])(
    'is accessible in every room, in every look, in %s',
    async (locale) => {
      const { bench, url } = await openBench();
      await using _ = bench;
      // Colours that fade from one look to the next would be measured half way.
      const still = { locale, reducedMotion: 'reduce' } as const;
      const page = await open(`${url}#token=${tokenOf('admin')}`, still);
      await page.locator('.row').first().click();
      await page.locator('.detail h3').first().waitFor();
      expect(await page.getAttribute('html', 'lang')).toBe(locale);
      const rooms = [
        'sites/home01',
        'incidents',
        'brakes',
        'routers',
        'nodes',
        'maintenance',
        'limits',
        'audit',
      ];
      for (const room of rooms) {
        await page.evaluate(`location.hash = '#/${room}'`);
        await page.locator('main > *').first().waitFor();
        // Only colours and sizes differ from one look to the next; the rest is asked of two of them.
        for (const [colorScheme, viewport, isWhole] of [
          ['light', desktop, true],
          ['light', phone, false],
          ['dark', phone, true],
          ['dark', desktop, false],
        ] as const) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize(viewport);
          const violations = isWhole ? await axeViolations(page) : await axeViolationsOfLook(page);
          const look = { room, colorScheme, viewport };
          expect({ ...look, violations }).toEqual({ ...look, violations: [] });
        }
      }
    },
    60_000,
  );

  it.each(['en', 'ko'])('fits a phone without scrolling sideways, in %s', async (locale) => {
    const { bench, url } = await openBench();
    await using _ = bench;
    const page = await open(`${url}#token=${tokenOf('admin')}`, {
      locale,
      viewport: phone,
    });
    await page.locator('.row').first().waitFor();
    for (const room of ['sites', 'sites/home01', 'brakes', 'routers', 'nodes', 'limits', 'audit']) {
      await page.evaluate(`location.hash = '#/${room}'`);
      await page.locator('main > *').first().waitFor();
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect({ room, isWide }).toEqual({ room, isWide: false });
    }
  });
});
