import type { Conversation } from '../../ports/conversation.ts';
import { readable } from '../dialogue/readable.ts';

/** Kept of one operation, in characters; more would be a configuration, not a conversation. */
const operationLimit = 16_000;

/** Kept of one line of ours and of one answer, so that a long table does not push out what was changed. */
const partLimit = 3_000;

/** An answer is looked through for secrets as a whole, up to this size; what comes after is counted and dropped. */
const answerLimit = 256_000;

/** A login sends two secrets at most; a few logins may follow each other. */
const maxSecrets = 8;

/** Writes down a conversation. Secrets are taken out before anything is cut, so that no cut can uncover one. */
export class ConversationRecord implements Conversation {
  #parts: string[] = [];
  #answer = '';
  #dropped = 0;
  #secrets: readonly string[] = [];

  begin(): void {
    this.#parts = [];
    this.#answer = '';
    this.#dropped = 0;
  }

  /** Notes what was sent to the router. */
  sent(text: string): void {
    this.#endAnswer();
    this.#parts.push(...lines(this.#hidden(text)).map((line) => `>>> ${line}`));
    this.#shorten();
  }

  /** Notes that a secret was sent; wherever the router repeats it, it is hidden. */
  sentSecret(secret: string): void {
    const word = secret.trim();
    if (word !== '') {
      this.#secrets = [...this.#secrets.filter((known) => known !== word), word].slice(-maxSecrets);
    }
    this.sent('(a secret)');
  }

  /** Notes what the router said. */
  heard(text: string): void {
    const rest = answerLimit - this.#answer.length;
    this.#answer += text.slice(0, rest);
    this.#dropped += Math.max(0, text.length - rest);
  }

  text(): string {
    this.#endAnswer();
    return this.#parts.join('\n');
  }

  #endAnswer(): void {
    const words = lines(this.#hidden(this.#answer));
    if (this.#dropped > 0) {
      words.push(`(${this.#dropped} more characters)`);
    }
    this.#answer = '';
    this.#dropped = 0;
    this.#parts.push(...words);
    this.#shorten();
  }

  #hidden(text: string): string {
    const bare = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, '(hidden)'), text);
    return readable(bare);
  }

  /** Takes the middle out: how it began and how it ended tells most. */
  #shorten(): void {
    const size = this.#parts.reduce((sum, part) => sum + part.length + 1, 0);
    if (size <= operationLimit) {
      return;
    }
    const text = this.#parts.join('\n');
    this.#parts = cut(text, operationLimit).split('\n');
  }
}

function lines(text: string): string[] {
  return cut(text, partLimit)
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** The beginning and the end of a text, with a word about what is missing between them. */
function cut(text: string, limit: number): string {
  const note = '\n(some left out)\n';
  if (text.length <= limit) {
    return text;
  }
  const half = Math.floor((limit - note.length) / 2);
  return `${text.slice(0, half)}${note}${text.slice(-half)}`;
}
