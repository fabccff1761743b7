import { type DialogueProfile, literally, logLine } from '../../dialogue/profile.ts';
import { allowedLines } from './commands.ts';

/** IOS cuts a long host name after this many characters while it configures. */
const shortName = 20;

/** How the command line of IOS and IOS-XE behaves. */
export const iosProfile: DialogueProfile = {
  platform: 'ios',
  prompt: /^[\w.:/-]{1,64}(\([\w.-]+\))?[>#]$/,
  anchor: (prompt) => {
    const name = prompt.replace(/(\([\w.-]+\))?[>#]$/, '');
    const names = [name, name.slice(0, shortName)].map(literally).join('|');
    return new RegExp(String.raw`^(${names})(\([\w-]{1,40}\))?[>#]$`);
  },
  pager: /^\s*-+ ?More ?-+$/i,
  setup: ['terminal length 0', 'terminal width 511'],
  aside: logLine,
  allowed: allowedLines,
  farewell: 'exit',
};

/** True while lines go into the configuration. */
export const isConfiguring = (prompt: string): boolean => /\(config[\w-]*\)#$/.test(prompt);
