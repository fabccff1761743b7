import type { ExecResult } from '../../ports/transport.ts';
import { readable } from '../dialogue/readable.ts';

/** Enough of an answer to see what went wrong; the rest is left out and counted. */
const transcriptLimit = 4_000;

/** What was sent and what came back, for a person: control characters taken out, secrets hidden, at most 4,000 characters. */
export function transcript(sent: string, { stdout, stderr, exitCode }: ExecResult): string {
  const parts = [`sent:\n${sent}`, `answer (exit code ${exitCode ?? 'none'}):\n${stdout}`];
  if (stderr.trim() !== '') {
    parts.push(`on stderr:\n${stderr}`);
  }
  return shorten(parts.map((part) => readable(part)).join('\n'));
}

function shorten(text: string): string {
  const rest = text.length - transcriptLimit;
  return rest > 0 ? `${text.slice(0, transcriptLimit)}\n(${rest} more characters)` : text;
}
