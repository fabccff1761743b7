import type { DetourError, DetourErrorOptions } from '../../../lib/errors.ts';
import type { RouteEdit } from '../route-edits.ts';
import type { JunosQuestion } from './commands.ts';

/** One login on a Junos device, by whichever protocol. */
export interface JunosSession {
  /** The answer to a question, as XML. */
  ask(question: JunosQuestion): Promise<string>;
  /**
   * Takes the candidate for itself alone, lets `plan` look and choose the edits, commits them, and gives the candidate
   * back whatever happens. False when there was nothing to edit.
   * Rejects with DETOUR_ROUTER_LOCKED and a name when others have locked it, or left changes in it.
   */
  change(plan: () => Promise<readonly RouteEdit[]>, commit: JunosCommit): Promise<boolean>;
  /** Makes the standing unconfirmed commit stay. */
  confirm(): Promise<void>;
  /** Takes the standing unconfirmed commit back. */
  goBack(): Promise<void>;
  /** An error with the transcript so far as its detail. */
  error(message: string, options: Omit<DetourErrorOptions, 'detail'>): DetourError;
}

/** `lasting`, or so many minutes until the device goes back by itself. */
export type JunosCommit = 'lasting' | { readonly minutes: number };

/** A commit writes the configuration, runs its scripts and may wait for a second routing engine. */
export const commitMs = 25_000;

/** Lets acts talk to one device, one at a time. */
export interface JunosAccess extends AsyncDisposable {
  use<Result>(
    signal: AbortSignal,
    act: (session: JunosSession) => Promise<Result>,
  ): Promise<Result>;
}
