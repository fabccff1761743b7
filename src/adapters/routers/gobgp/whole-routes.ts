import type { Route } from '../../../core/route-plan.ts';
import type { Announcement, Announcer } from './announcer.ts';
import type { HostPath, LargeCommunity } from './messages.ts';
import type { Speaker, SpeakerTable } from './speaker.ts';

/** Diverts all traffic of an address: one host route with the notice server as next hop. */
export class WholeRoutes implements Announcer {
  readonly #with: Announcement;

  constructor(announcement: Announcement) {
    this.#with = announcement;
  }

  async paths(
    speaker: Speaker,
    table: SpeakerTable,
    signal: AbortSignal,
  ): Promise<readonly HostPath[]> {
    return await speaker.paths(table, signal);
  }

  async announce(
    speaker: Speaker,
    routes: readonly Route[],
    signature: readonly LargeCommunity[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const route of routes) {
      await speaker.announce(route, { ...this.#with, signature }, signal);
    }
  }

  async withdraw(speaker: Speaker, routes: readonly Route[], signal: AbortSignal): Promise<void> {
    for (const route of routes) {
      await speaker.withdraw(route, this.#with.communities, signal);
    }
  }

  lines(verb: 'AddPath' | 'DeletePath', { prefix, nextHop }: Route): readonly string[] {
    const added = verb === 'AddPath' ? ` community ${this.#with.words}` : '';
    return [`${verb} ${prefix} nexthop ${nextHop}${added}`];
  }
}
