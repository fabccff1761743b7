import type { Settings } from '../config/settings.ts';
import type { CoreConfig } from '../core/state.ts';

/** The part of the settings that the core decides by. */
export function coreConfig(settings: Settings): CoreConfig {
  return {
    sites: Object.fromEntries(settings.sites.map((site) => [site.name, site])),
    routers: Object.fromEntries(
      settings.routers.map(({ name, nextHop, estate, transport }) => [
        name,
        { name, nextHop, estate, ...(transport.type === 'telnet' ? { isInsecure: true } : {}) },
      ]),
    ),
    rules: settings.rules,
    guards: { ...settings.guards, hasReferences: settings.references.length > 0 },
    vantages: settings.vantages,
  };
}
