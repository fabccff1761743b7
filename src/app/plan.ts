import type { RouterSettings, Settings } from '../config/settings.ts';
import { diversionRoutes } from '../core/estate.ts';
import { planRoutes } from '../core/route-plan.ts';
import { errorChain } from '../lib/errors.ts';
import { openDriver } from './control/router-fleet.ts';

/** A router that does not answer in this time is reported as such. */
const readMs = 30_000;

async function routerLines(
  settings: Settings,
  router: RouterSettings,
): Promise<{ readonly lines: readonly string[]; readonly isRead: boolean }> {
  const { name, driver: kind } = router;
  await using driver = openDriver(router);
  const perSite = settings.sites
    .filter((site) => site.routers.includes(name))
    .flatMap((site) => {
      const add = diversionRoutes(router, site.addresses);
      return [
        `  to divert ${site.name}:`,
        ...driver.lines({ add, remove: [], unchanged: [] }).map((line) => `    ${line}`),
        `  to restore ${site.name}:`,
        ...driver.lines({ add: [], remove: add, unchanged: [] }).map((line) => `    ${line}`),
      ];
    });
  try {
    const reading = await driver.read(AbortSignal.timeout(readMs));
    const now = planRoutes(reading.owned, []).remove.map(
      ({ prefix, nextHop }) => `    ${prefix} via ${nextHop}`,
    );
    const has =
      now.length === 0
        ? ['  has no route of ours now']
        : ['  has these routes of ours now:', ...now];
    return { lines: [`router ${name} (${kind})`, ...has, ...perSite], isRead: true };
  } catch (error) {
    return {
      lines: [`router ${name} (${kind})`, `  cannot be read: ${errorChain(error)}`, ...perSite],
      isRead: false,
    };
  }
}

/** What each router has of ours, and the exact lines that would divert and restore each site there. Changes nothing. */
export async function planLines(
  settings: Settings,
): Promise<{ readonly lines: readonly string[]; readonly isComplete: boolean }> {
  const parts = await Promise.all(settings.routers.map((router) => routerLines(settings, router)));
  return {
    lines: parts.flatMap(({ lines }) => lines),
    isComplete: parts.every(({ isRead }) => isRead),
  };
}
