import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is no line of text; the rest of it is dropped. */
const maxLineLength = 64 * 1024;

/** Where readline and many consoles wrap when nobody told them better. */
const customaryWidth = 80;

/**
 * Turns the bytes of a terminal into the lines that a person would see: carriage returns and backspaces move and
 * overwrite, escape sequences draw nothing, control characters vanish. Never throws.
 */
export class TerminalText {
  readonly #decoder = new StringDecoder('utf8');
  #line: string[] = [];
  #cursor = 0;
  #escape = '';
  #lines: string[] = [];

  /** Takes in what has arrived. */
  feed(chunk: Buffer): void {
    for (const character of this.#decoder.write(chunk)) {
      if (this.#escape === '') {
        this.#take(character);
      } else {
        this.#escaped(character);
      }
    }
  }

  /** The line that has not ended yet: where a prompt stands. */
  get partial(): string {
    return this.#line.join('').trimEnd();
  }

  /** Hands out the lines that have ended, oldest first, and forgets them. */
  takeLines(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Forgets the line that has not ended, such as a pager's prompt that has been answered. */
  clearPartial(): void {
    this.#line = [];
    this.#cursor = 0;
  }

  #take(character: string): void {
    switch (character) {
      case '\n':
        this.#lines.push(this.partial);
        this.clearPartial();
        break;
      case '\r':
        this.#return();
        break;
      case '\b':
        this.#cursor = Math.max(0, this.#cursor - 1);
        break;
      case '\u001b':
        this.#escape = character;
        break;
      case '\t':
        this.#print(' ');
        break;
      default:
        if (isPrintable(character)) {
          this.#print(character);
        }
    }
  }

  #print(character: string): void {
    if (this.#cursor >= maxLineLength) {
      return;
    }
    while (this.#line.length < this.#cursor) {
      this.#line.push(' ');
    }
    this.#line[this.#cursor] = character;
    this.#cursor += 1;
  }

  /** Readline wraps by a space and a return: the cursor is then at the start of the next row, not of this line. */
  #return(): void {
    const isWrap =
      this.#cursor === this.#line.length &&
      this.#cursor % customaryWidth === 1 &&
      this.#cursor > 1 &&
      this.#line[this.#cursor - 1] === ' ';
    if (isWrap) {
      this.#line.pop();
      this.#cursor -= 1;
      return;
    }
    this.#cursor = 0;
  }

  #escaped(character: string): void {
    const sequence = this.#escape + character;
    const kind = sequence[1] ?? '';
    // A sequence that never ends must not swallow the rest of the session.
    if (isComplete(sequence, kind) || sequence.length > 256) {
      this.#escape = '';
      this.#move(sequence, kind);
      return;
    }
    this.#escape = sequence;
  }

  #move(sequence: string, kind: string): void {
    if (kind !== '[') {
      return;
    }
    const count = Number(/^\d{1,4}$/.exec(sequence.slice(2, -1))?.[0] ?? '0');
    switch (sequence.at(-1)) {
      case 'K':
        this.#erase(count);
        break;
      case 'D':
        this.#cursor = Math.max(0, this.#cursor - Math.max(1, count));
        break;
      case 'C':
        this.#cursor = Math.min(maxLineLength, this.#cursor + Math.max(1, count));
        break;
      case 'G':
        this.#cursor = Math.max(0, count - 1);
        break;
      default:
        break;
    }
  }

  #erase(part: number): void {
    if (part === 0) {
      this.#line.length = Math.min(this.#line.length, this.#cursor);
    } else if (part === 2) {
      this.#line = [];
    }
  }
}

/** ECMA-48: a control sequence ends with a letter-like byte, a string with BEL or ST, a charset choice after one more. */
function isComplete(sequence: string, kind: string): boolean {
  switch (kind) {
    case '[':
      return sequence.length > 2 && /[@-~]$/.test(sequence);
    case ']':
    case 'P':
    case '^':
    case '_':
      return sequence.endsWith('\u0007') || sequence.endsWith('\u001b\\');
    case '(':
    case ')':
      return sequence.length === 3;
    default:
      return true;
  }
}

function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0x20 && !(code >= 0x7f && code <= 0x9f);
}
