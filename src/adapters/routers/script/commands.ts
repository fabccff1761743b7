import type { ScriptRequest } from './messages.ts';
import type { ScriptOptions } from './schema.ts';

/** The line that runs the program: every word quoted, so that a shell on the way changes none of them. */
export function runCommand({ command }: ScriptOptions, verb: ScriptRequest['verb']): string {
  return [...command, verb].map(quoted).join(' ');
}

/** What is written to the program's input: one line of JSON. */
export function requestText(request: ScriptRequest): string {
  return JSON.stringify(request);
}

const quoted = (word: string): string =>
  /^[A-Za-z0-9_./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
