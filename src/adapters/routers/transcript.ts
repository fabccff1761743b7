import type { ExecResult } from '../../ports/transport.ts';

/** Enough of an answer to see what went wrong; the rest is left out and counted. */
const transcriptLimit = 4_000;

const secretWord = /\b(password|secret|key|community|md5|auth\S*)\b(\s+\d)?\s+\S+/gi;

/** What was sent and what came back, for a person: control characters taken out, secrets hidden, at most 4,000 characters. */
export function transcript(sent: string, { stdout, stderr, exitCode }: ExecResult): string {
  const parts = [`sent:\n${sent}`, `answer (exit code ${exitCode ?? 'none'}):\n${stdout}`];
  if (stderr.trim() !== '') {
    parts.push(`on stderr:\n${stderr}`);
  }
  return shorten(parts.map((part) => readable(part)).join('\n'));
}

function readable(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: taking control characters out is the purpose.
      .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
      .replace(secretWord, '$1 (hidden)')
  );
}

function shorten(text: string): string {
  const rest = text.length - transcriptLimit;
  return rest > 0 ? `${text.slice(0, transcriptLimit)}\n(${rest} more characters)` : text;
}
