import path from 'node:path';
import type { ListenAddress, Settings } from '../config/settings.ts';

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

/** Lays what the command line says over the settings of a file. */
export function overlaid(settings: Settings, over: CommandLine): Settings {
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
