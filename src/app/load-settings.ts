import { driverKinds, isDriverName, leaseProblem } from '../adapters/routers/registry.ts';
import type { DriverCatalogue } from '../config/check-routers.ts';
import { environment } from '../config/env.ts';
import { ConfigError, type ConfigReport, inspectConfigFile } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { DetourError } from '../lib/errors.ts';
import { type CommandLine, overlaid } from './command-line.ts';

/** What the configuration is checked against: the drivers that there are. */
const drivers: DriverCatalogue = {
  driverNames: Object.keys(driverKinds),
  driverOptions: (name) => (isDriverName(name) ? driverKinds[name].optionsSchema : undefined),
  driverCarriage: (name, options) =>
    isDriverName(name) ? driverKinds[name].carriage(options) : undefined,
  driverLeaseProblem: leaseProblem,
};

/** Checks a configuration file and lays what the command line says over its settings. Throws DETOUR_CONFIG_UNREADABLE. */
export function inspectFor(file: string | undefined, over: CommandLine): ConfigReport {
  if (file === undefined) {
    throw new DetourError('There is no configuration file to read', {
      code: 'DETOUR_CONFIG_UNREADABLE',
    });
  }
  const { settings, ...report } = inspectConfigFile(file, environment(), drivers);
  return settings === undefined ? report : { ...report, settings: overlaid(settings, over) };
}

/** Loads a configuration file and lays what the command line says over it. Throws a ConfigError with every problem. */
export function settingsFor(file: string, over: CommandLine): Settings {
  const { settings, problems } = inspectFor(file, over);
  if (settings === undefined) {
    throw new ConfigError(file, problems);
  }
  return settings;
}
