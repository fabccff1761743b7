import { describe, expect, it } from 'vitest';
import { TerminalText } from '../../../../src/adapters/dialogue/terminal-text.ts';

/** What a person would see of these bytes: whole lines, and the one that has not ended. */
function seen(...chunks: readonly string[]): { lines: readonly string[]; partial: string } {
  const screen = new TerminalText();
  for (const chunk of chunks) {
    screen.feed(Buffer.from(chunk));
  }
  return { lines: screen.takeLines(), partial: screen.partial };
}

describe('terminal text', () => {
  it('splits lines and keeps the one that has not ended', () => {
    expect(seen('one\r\ntwo\nhost# ')).toEqual({ lines: ['one', 'two'], partial: 'host#' });
  });

  it('puts lines together that arrive in pieces, even inside a character', () => {
    const bytes = Buffer.from('망 상태\r\n');
    const screen = new TerminalText();

    for (const byte of bytes) {
      screen.feed(Buffer.from([byte]));
    }

    expect(screen.takeLines()).toEqual(['망 상태']);
  });

  it.each([
    ['colours', '\u001b[1;32mup\u001b[0m\r\n', 'up'],
    ['bracketed paste', '\u001b[?2004hhost\r\n', 'host'],
    ['a window title', '\u001b]0;title\u0007line\r\n', 'line'],
    ['a window title with a string terminator', '\u001b]0;title\u001b\\line\r\n', 'line'],
    ['a charset choice', '\u001b(Bline\r\n', 'line'],
    ['bells and nulls', 'a\u0007b\u0000c\r\n', 'abc'],
    ['an erased word', 'wrong\r\u001b[Kright\r\n', 'right'],
    ['cursor moves to the left', 'abX\u001b[1Dc\r\n', 'abc'],
  ])('draws nothing for %s', (_, bytes, line) => {
    expect(seen(bytes).lines).toEqual([line]);
  });

  it('lets the next line overwrite a pager that was answered', () => {
    const erased = `${'\b'.repeat(10)}${' '.repeat(10)}${'\b'.repeat(10)}`;

    expect(seen('first\r\n', ' --More-- ', `${erased}second\r\n`).lines).toEqual([
      'first',
      'second',
    ]);
  });

  it('joins a line that readline wrapped at eighty columns', () => {
    const typed = `host# ${'x'.repeat(74)}`;

    expect(seen(`${typed} \rtail\r\n`).lines).toEqual([`${typed}tail`]);
  });

  it('does not let an unfinished escape sequence swallow the session', () => {
    const { lines } = seen(`\u001b]0;${'x'.repeat(400)}\r\nhost#\r\n`);

    expect(lines.at(-1)).toBe('host#');
  });

  it('bounds a line that never ends', () => {
    expect(seen('x'.repeat(200_000)).partial.length).toBeLessThanOrEqual(64 * 1024);
  });
});
