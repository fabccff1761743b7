import type { Route } from '../../../core/route-plan.ts';
import type { HostPath, LargeCommunity } from './messages.ts';
import type { Speaker, SpeakerTable } from './speaker.ts';

/** What every announcement of ours carries. */
export interface Announcement {
  /** The community that says that it is ours; among the others too. */
  readonly mark: number;
  readonly communities: readonly number[];
  /** The same communities for a person. */
  readonly words: string;
}

/** How diversions stand in BGP: as host routes, or as flows of some ports alone. */
export interface Announcer {
  /** The host routes, or what amounts to them, in one table of a speaker. */
  paths(speaker: Speaker, table: SpeakerTable, signal: AbortSignal): Promise<readonly HostPath[]>;
  announce(
    speaker: Speaker,
    routes: readonly Route[],
    signature: readonly LargeCommunity[],
    signal: AbortSignal,
  ): Promise<void>;
  withdraw(speaker: Speaker, routes: readonly Route[], signal: AbortSignal): Promise<void>;
  /** The lines that a person is shown for one route. */
  lines(verb: 'AddPath' | 'DeletePath', route: Route): readonly string[];
}
