import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { z } from 'zod';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const violationsSchema = z.array(z.string());

/** Debian's Chromium, without what it would ask the network for by itself. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

async function findViolations(page: Page, runOnly: object): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') {
    await page.evaluate(axeSource);
  }
  const found = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'] })
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
  );
  return violationsSchema.parse(found);
}

/** What axe finds on a page against WCAG 2.2 AA, one line for each rule that is broken; the rules of `also` are asked too. */
export async function axeViolations(page: Page, also: readonly string[] = []): Promise<string[]> {
  return await findViolations(page, { type: 'tag', values: [...wcag, ...also] });
}

/** What axe finds in the rules that depend on colours and on the size of the window. */
export async function axeViolationsOfLook(page: Page): Promise<string[]> {
  const values = ['color-contrast', 'link-in-text-block', 'target-size'];
  return await findViolations(page, { type: 'rule', values });
}
