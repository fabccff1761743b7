import path from 'node:path';
import { driverKinds, isDriverName, leaseProblem } from '../adapters/routers/registry.ts';
import type { DriverCatalogue } from '../config/check-routers.ts';
import { environment } from '../config/env.ts';
import { ConfigError, type ConfigReport, inspectConfigFile } from '../config/load.ts';
import type { ListenAddress, Settings } from '../config/settings.ts';
import { DetourError } from '../lib/errors.ts';

/** What the configuration is checked against: the drivers that there are. */
const drivers: DriverCatalogue = {
  driverNames: Object.keys(driverKinds),
  driverOptions: (name) => (isDriverName(name) ? driverKinds[name].optionsSchema : undefined),
  driverCarriage: (name, options) =>
    isDriverName(name) ? driverKinds[name].carriage(options) : undefined,
  driverLeaseProblem: leaseProblem,
};

/** What flags and variables say over the file, at the start and at every reload. */
export interface CommandLine {
  readonly listenAddress?: string;
  readonly dataFolder?: string;
}

function listenAddress(text: string): ListenAddress {
  const at = text.lastIndexOf(':');
  const host = text.slice(0, at).replace(/^\[|\]$/g, '');
  return { host: host === '' ? '0.0.0.0' : host, port: Number(text.slice(at + 1)) };
}

/** Moves the data folder, and with it what lies in it. */
function inDataFolder(settings: Settings, dataFolder: string): Settings {
  const { notice } = settings;
  const moved = (file: string): string => {
    const inside = path.relative(settings.dataFolder, file);
    return inside.startsWith('..') ? file : path.join(dataFolder, inside);
  };
  return {
    ...settings,
    dataFolder,
    notice: {
      ...notice,
      handover: moved(notice.handover),
      host: { ...notice.host, socket: moved(notice.host.socket) },
    },
  };
}

function overlaid(settings: Settings, over: CommandLine): Settings {
  return {
    ...(over.dataFolder === undefined
      ? settings
      : inDataFolder(settings, path.resolve(over.dataFolder))),
    admin: {
      ...settings.admin,
      ...(over.listenAddress === undefined ? {} : { listen: listenAddress(over.listenAddress) }),
    },
  };
}

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
