/** How one platform's command line behaves: all that a dialogue needs to know of it. */
export interface DialogueProfile {
  /** The platform's name, for messages. */
  readonly platform: string;
  /** Last lines, whole and without trailing blanks, that may be a prompt of this platform. */
  readonly prompt: RegExp;
  /** Given the first prompt of a login: every prompt that this very device may show, and nothing else. */
  readonly anchor: (prompt: string) => RegExp;
  /** Last lines by which a pager waits for a key, in case the setup did not turn it off. */
  readonly pager: RegExp;
  /** Sent once after the login, before anything else: paging and width off. Its answers do not matter. */
  readonly setup: readonly string[];
  /** Lines that the device puts in by itself: log messages, decorations of the prompt. They are no part of an answer. */
  readonly aside: RegExp;
  /** Every line that the account of Detour may send, as a grammar: a line that fits none of them is never sent. */
  readonly allowed: readonly RegExp[];
  /** Takes the leave of a device. */
  readonly farewell: string;
}

/** Log messages as network devices print them into a terminal: with a time before them or not. */
export const logLine =
  /^(\*?\s*(\w{3} +\d+|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\d+:).*)?%[A-Z0-9_]+(-[A-Z0-9_]+)*-\d(-\w+)?:/;

/** Escapes text for a regular expression. */
export function literally(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`);
}
