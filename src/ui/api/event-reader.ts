/** One event of a stream (WHATWG HTML, server-sent events). */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/** Puts events together from pieces of text, however they are cut. The browser's own reader cannot send a token. */
export class EventReader {
  #rest = '';
  #id: string | undefined;
  #data: string[] = [];

  push(text: string): readonly StreamEvent[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#take(line.replace(/\r$/, '')) ?? []);
  }

  #take(line: string): StreamEvent | undefined {
    if (line === '') {
      const event = { id: this.#id, data: this.#data.join('\n') };
      const isEmpty = this.#data.length === 0;
      this.#data = [];
      return isEmpty ? undefined : event;
    }
    const at = line.indexOf(':');
    const field = at === -1 ? line : line.slice(0, at);
    const value = at === -1 ? '' : line.slice(at + 1).replace(/^ /, '');
    if (field === 'id') {
      this.#id = value;
    } else if (field === 'data') {
      this.#data.push(value);
    }
    return undefined;
  }
}
