import { type DialogueProfile, literally, logLine } from '../../dialogue/profile.ts';
import { allowedLines } from './commands.ts';

/** How the command line of EOS behaves. */
export const eosProfile: DialogueProfile = {
  platform: 'eos',
  prompt: /^[\w.:-]{1,64}(\([\w.-]+\))?[>#]$/,
  anchor: (prompt) => {
    const name = prompt.replace(/(\([\w.-]+\))?[>#]$/, '');
    return new RegExp(String.raw`^${literally(name)}(\([\w-]{1,60}\))?[>#]$`);
  },
  pager: /^\s*-+ ?More ?-+$/i,
  setup: ['terminal length 0', 'terminal width 32767'],
  aside: logLine,
  allowed: allowedLines,
  farewell: 'exit',
};

/** True while lines go into a session and not into the running configuration. */
export const isInSession = (prompt: string): boolean => /\(config-s-[\w-]*\)#$/.test(prompt);
