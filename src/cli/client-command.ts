import type { Client } from './client.ts';

/** What a client command has to do its work with. */
export interface ClientContext {
  readonly client: Client;
  /** Of the terminal. */
  readonly language: 'ko' | 'en';
  /** Tells the person something on the way, before the outcome. */
  readonly tell: (text: string) => void;
}

/** What a client command found: the same as JSON and as text. */
export interface Outcome {
  readonly json: unknown;
  readonly text: string;
  /** True when the answer itself is bad news: the exit code is then 1. */
  readonly isBad?: boolean;
}

/** A command that talks to a running controller. */
export type ClientCommand = (context: ClientContext) => Promise<Outcome>;
