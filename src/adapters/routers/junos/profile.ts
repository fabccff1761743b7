import { type DialogueProfile, literally, logLine } from '../../dialogue/profile.ts';
import { allowedLines } from './commands.ts';

/** How the command line of Junos behaves (CLI User Guide). */
export const junosProfile: DialogueProfile = {
  platform: 'junos',
  prompt: /^[\w.-]{1,64}@[\w.:-]{1,128}[>#]$/,
  // `user@host>` becomes `user@host#` while it configures.
  anchor: (prompt) => new RegExp(`^${literally(prompt.slice(0, -1))}[>#]$`),
  pager: /^---\(more( \d+%)?\)---$/,
  setup: ['set cli screen-length 0', 'set cli screen-width 0', 'set cli complete-on-space off'],
  // `[edit]`, `{master:0}` and the reminder of an unconfirmed commit decorate prompts.
  aside: new RegExp(
    String.raw`^(\[edit[^\]]*\]|\{[\w:-]+\}|# commit confirmed will be rolled back.*|${logLine.source.slice(1)})$`,
  ),
  allowed: allowedLines,
  farewell: 'exit',
};

/** True while lines go into the candidate configuration. */
export const isConfiguring = (prompt: string): boolean => prompt.endsWith('#');
