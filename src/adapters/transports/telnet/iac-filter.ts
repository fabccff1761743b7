// RFC 854 and 855: the words of the protocol.
const iac = 255;
const dont = 254;
const DO = 253;
const wont = 252;
const will = 251;
const sb = 250;
const se = 240;
const cr = 13;

const option = { echo: 1, suppressGoAhead: 3, terminalType: 24, windowSize: 31 } as const;

/** What the device may do: echo what we send, and talk without taking turns. */
const acceptedThere: ReadonlySet<number> = new Set([option.echo, option.suppressGoAhead]);

/** What we do when the device asks for it. */
const acceptedHere: ReadonlySet<number> = new Set([
  option.suppressGoAhead,
  option.terminalType,
  option.windowSize,
]);

/** Wide enough that no line of ours is ever wrapped or scrolled: 511 columns, 1,000 rows (RFC 1073). */
const windowSize = [1, 255, 255, 3, 232];

/** `IS dumb` (RFC 1091): a terminal on which nothing is drawn. */
const terminalType = [0, ...Buffer.from('dumb')];
const terminalTypeSend = 1;

/** A subnegotiation that is longer than this is no answer to anything of ours. */
const maxSubnegotiation = 1_024;

type Step = 'text' | 'return' | 'command' | 'option' | 'inside' | 'inside-command';

/** What came out of some bytes of a telnet connection. */
export interface Filtered {
  /** What the device says to a person. */
  readonly text: Buffer;
  /** What the protocol demands to be sent back; may be empty. */
  readonly reply: Buffer;
}

/** Parts the words of a device from those of the telnet protocol, and answers the latter. Bytes may come in any pieces. */
export class IacFilter {
  #step: Step = 'text';
  #verb = 0;
  #inside: number[] = [];
  /** Options that are on, there and here: only a change is answered, so that no two sides answer each other for ever. */
  readonly #there = new Set<number>();
  readonly #here = new Set<number>();

  /** Takes in what has arrived. Never throws. */
  feed(chunk: Uint8Array): Filtered {
    const text: number[] = [];
    const reply: number[] = [];
    for (const byte of chunk) {
      this.#take(byte, text, reply);
    }
    return { text: Buffer.from(text), reply: Buffer.from(reply) };
  }

  #take(byte: number, text: number[], reply: number[]): void {
    switch (this.#step) {
      case 'text':
      case 'return':
        this.#takeText(byte, text);
        break;
      case 'command':
        this.#takeCommand(byte, text);
        break;
      case 'option':
        this.#step = 'text';
        reply.push(...this.#negotiated(this.#verb, byte));
        break;
      default:
        this.#takeInside(byte, reply);
    }
  }

  #takeText(byte: number, text: number[]): void {
    if (byte === iac) {
      this.#step = 'command';
      return;
    }
    const isFiller = this.#step === 'return' && byte === 0;
    this.#step = byte === cr ? 'return' : 'text';
    if (!isFiller) {
      text.push(byte);
    }
  }

  #takeCommand(byte: number, text: number[]): void {
    this.#step = 'text';
    if (byte === iac) {
      text.push(iac);
    } else if (byte === sb) {
      this.#inside = [];
      this.#step = 'inside';
    } else if (byte >= will && byte <= dont) {
      this.#verb = byte;
      this.#step = 'option';
    }
  }

  #takeInside(byte: number, reply: number[]): void {
    if (this.#step === 'inside') {
      if (byte === iac) {
        this.#step = 'inside-command';
      } else if (this.#inside.length < maxSubnegotiation) {
        this.#inside.push(byte);
      }
      return;
    }
    if (byte === se) {
      this.#step = 'text';
      const [about, word] = this.#inside;
      if (about === option.terminalType && word === terminalTypeSend) {
        reply.push(...inside(option.terminalType, terminalType));
      }
      return;
    }
    this.#step = 'inside';
  }

  #negotiated(verb: number, about: number): readonly number[] {
    switch (verb) {
      case will:
        return turnOn(this.#there, acceptedThere, about, [DO, dont]);
      case DO: {
        const answer = turnOn(this.#here, acceptedHere, about, [will, wont]);
        const isNews = answer.includes(will) && about === option.windowSize;
        return isNews ? [...answer, ...inside(option.windowSize, windowSize)] : answer;
      }
      case wont:
        return this.#there.delete(about) ? [iac, dont, about] : [];
      default:
        return this.#here.delete(about) ? [iac, wont, about] : [];
    }
  }
}

/** Turns an option on if we accept it; says nothing when it was on already. */
function turnOn(
  on: Set<number>,
  accepted: ReadonlySet<number>,
  about: number,
  [yes, no]: readonly [number, number],
): readonly number[] {
  if (!accepted.has(about)) {
    return [iac, no, about];
  }
  if (on.has(about)) {
    return [];
  }
  on.add(about);
  return [iac, yes, about];
}

const inside = (about: number, words: readonly number[]): readonly number[] => [
  iac,
  sb,
  about,
  ...words.flatMap((word) => (word === iac ? [iac, iac] : [word])),
  iac,
  se,
];

/** A person's line as telnet carries it: Return is CR NUL, which no device takes for two lines; 255 is doubled. */
export function asTelnet(text: string): Buffer {
  const bytes = [...Buffer.from(text.replaceAll('\n', '\r\0'))];
  return Buffer.from(bytes.flatMap((byte) => (byte === iac ? [iac, iac] : [byte])));
}
