import { type DialogueProfile, literally, logLine } from '../../dialogue/profile.ts';
import { allowedLines } from './commands.ts';

/** What Junos prints around its prompts: where one stands, which routing engine it is, and that a commit waits. */
const decoration =
  /^(\{[\w:-]+\})?(\[edit[^\]]*\])?$|^# commit confirmed will be rolled back in \d+ minutes?$/;

/** Words to everybody who is logged in. */
const broadcast =
  /^(Broadcast )?Message from \S+@|^Commit was not confirmed; automatic rollback complete\.?$/;

/** How the command line of Junos behaves. */
export const junosProfile: DialogueProfile = {
  platform: 'junos',
  prompt: /^[\w.-]{1,64}@[\w.:-]{1,255}[>#]$/,
  anchor: (prompt) => new RegExp(`^${literally(prompt.slice(0, -1))}[>#]$`),
  pager: /^\s*-+\(more( \d+%)?\)-+$/,
  setup: ['set cli screen-length 0', 'set cli screen-width 0'],
  aside: new RegExp([decoration, broadcast, logLine].map(({ source }) => source).join('|')),
  allowed: allowedLines,
  farewell: 'exit',
};

/** True while the candidate is open. */
export const isConfiguring = (prompt: string): boolean => prompt.endsWith('#');
