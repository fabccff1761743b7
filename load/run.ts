/**
 * Load under the real k6: `npm run load -- NAME [SECONDS] [RATE…]`. NAME is a scenario of the capacity suite, `suite` for
 * all of them, or `published` for the published test beside Apache.
 */
import { runCapacity } from './capacity.ts';
import { runPublishedTest } from './published.ts';
import { scenarios } from './support/scenarios.ts';

const [, , name = 'suite', secondsText = '10', ...rateTexts] = process.argv;
const seconds = Number(secondsText);
const rates = rateTexts.map(Number);
const [rate] = rates;
const known = scenarios.filter((scenario) => name === 'suite' || scenario.name === name);

if (name === 'published') {
  await runPublishedTest(seconds, rates.length === 0 ? [490, 980] : rates);
} else if (known.length > 0) {
  await runCapacity(
    known.map((scenario) => (rate === undefined ? scenario : { ...scenario, rate })),
    seconds,
  );
} else {
  const names = ['suite', 'published', ...scenarios.map((scenario) => scenario.name)];
  process.stderr.write(`Usage: npm run load -- ${names.join('|')} [SECONDS] [RATE…]\n`);
  process.exitCode = 2;
}
