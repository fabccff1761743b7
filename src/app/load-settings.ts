import path from 'node:path';
import { driverKinds, isDriverName } from '../adapters/routers/registry.ts';
import type { DriverCatalogue } from '../config/check-routers.ts';
import { environment } from '../config/env.ts';
import { loadSettings } from '../config/load.ts';
import type { ListenAddress, Settings } from '../config/settings.ts';

/** What the configuration is checked against: the drivers that there are. */
export const drivers: DriverCatalogue = {
  driverNames: Object.keys(driverKinds),
  driverOptions: (name) => (isDriverName(name) ? driverKinds[name].optionsSchema : undefined),
};

function listenAddress(text: string): ListenAddress {
  const at = text.lastIndexOf(':');
  const host = text.slice(0, at).replace(/^\[|\]$/g, '');
  return { host: host === '' ? '0.0.0.0' : host, port: Number(text.slice(at + 1)) };
}

/** Loads a configuration file and lays what the command line says over it. Throws a ConfigError with every problem. */
export function settingsFor(
  file: string,
  over: { readonly listenAddress?: string; readonly dataFolder?: string },
): Settings {
  const settings = loadSettings(file, environment(), drivers);
  return {
    ...settings,
    ...(over.dataFolder === undefined ? {} : { dataFolder: path.resolve(over.dataFolder) }),
    admin: {
      ...settings.admin,
      ...(over.listenAddress === undefined ? {} : { listen: listenAddress(over.listenAddress) }),
    },
  };
}
