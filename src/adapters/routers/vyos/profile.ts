import { type DialogueProfile, literally, logLine } from '../../dialogue/profile.ts';
import { allowedLines } from './commands.ts';

/**
 * Where one stands in the configuration, what `exit` says of changes that are in effect and not saved, and what everybody
 * who is logged in is told while a commit waits to be confirmed.
 */
const decoration =
  /^(\[edit[^\]]*\]|Warning: configuration changes have not been saved\.|\[commit-confirm\] .*|to rollback the last commit\.|Confirm your changes to cancel the re(boot|load)\.)$/;

/** How the command line of VyOS behaves: a shell, whose prompt ends in `$` or, while one configures, in `#`. */
export const vyosProfile: DialogueProfile = {
  platform: 'vyos',
  prompt: /^[\w.-]{1,64}@[\w.-]{1,64}(:[~/][\w./-]{0,80}\$|#)$/,
  anchor: (prompt) => {
    const name = prompt.replace(/(:\S*\$|#)$/, '');
    return new RegExp(String.raw`^${literally(name)}(:[~/][\w./-]{0,80}\$|#)$`);
  },
  pager: /^:$/,
  setup: ['set terminal length 0'],
  aside: new RegExp(`${decoration.source}|${logLine.source}`),
  allowed: allowedLines,
  farewell: 'exit',
};

/** True while lines go into the candidate. */
export const isConfiguring = (prompt: string): boolean => prompt.endsWith('#');
