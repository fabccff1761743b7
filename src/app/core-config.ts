import { leaseProblem } from '../adapters/routers/registry.ts';
import type { Settings } from '../config/settings.ts';
import { drillSite } from '../core/drill-site.ts';
import type { Site } from '../core/site.ts';
import type { CoreConfig } from '../core/state.ts';

/** Drills move sites of their own. */
const drillSites = ({ routers }: Settings): readonly Site[] =>
  routers.flatMap(({ name, drill }) => (drill === undefined ? [] : [drillSite(name, drill)]));

/** The part of the settings that the core decides by. */
export function coreConfig(settings: Settings): CoreConfig {
  return {
    sites: Object.fromEntries(
      [...settings.sites, ...drillSites(settings)].map((site) => [site.name, site]),
    ),
    routers: Object.fromEntries(
      settings.routers.map(({ name, nextHop, estate, transport, drill, driver, options }) => [
        name,
        {
          name,
          nextHop,
          estate,
          ...(leaseProblem(driver, options) === undefined ? { canLease: true } : {}),
          ...(drill === undefined ? {} : { isDrilled: true }),
          ...(transport.type === 'telnet' ? { isInsecure: true } : {}),
          ...(transport.type === 'ssh' && transport.algorithms === 'legacy-2012'
            ? { allowsOldAlgorithms: true }
            : {}),
        },
      ]),
    ),
    rules: settings.rules,
    guards: { ...settings.guards, hasReferences: settings.references.length > 0 },
    vantages: settings.vantages,
  };
}
