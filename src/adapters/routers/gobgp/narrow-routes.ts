import type { Route } from '../../../core/route-plan.ts';
import { familyOf } from '../../../lib/ip.ts';
import type { Announcement, Announcer } from './announcer.ts';
import type { Flow, FlowPath } from './flows.ts';
import type { HostPath, LargeCommunity } from './messages.ts';
import type { NarrowOptions } from './schema.ts';
import type { Speaker, SpeakerTable } from './speaker.ts';

/**
 * Diverts chosen TCP ports of an address: one flow that is sent to the notice server, and one for each network that is
 * to see the real site. A flow with a source comes before one without (RFC 8955, section 5.1).
 */
export class NarrowRoutes implements Announcer {
  readonly #options: NarrowOptions;
  readonly #with: Announcement;

  constructor(options: NarrowOptions, announcement: Announcement) {
    this.#options = options;
    this.#with = announcement;
  }

  async paths(
    speaker: Speaker,
    table: SpeakerTable,
    signal: AbortSignal,
  ): Promise<readonly HostPath[]> {
    const flows = await speaker.flows(table, signal);
    const exceptions = Map.groupBy(
      flows.filter((flow) => this.#isOurs(flow) && isException(flow)),
      ({ prefix }) => prefix,
    );
    return flows.flatMap((flow): readonly HostPath[] => {
      const { prefix, redirectTo, communities, largeCommunities, isBest } = flow;
      const tags = { communities, largeCommunities };
      if (!this.#isOurs(flow)) {
        return [{ prefix, nextHop: redirectTo ?? 'flowspec', ...tags, isBest }];
      }
      // An exception by itself moves nothing: it belongs to the flow that is sent away, or to nothing.
      return redirectTo === undefined
        ? []
        : [
            {
              prefix,
              nextHop: redirectTo,
              ...tags,
              isBest: this.#isWhole(flow, exceptions.get(prefix) ?? []),
            },
          ];
    });
  }

  async announce(
    speaker: Speaker,
    routes: readonly Route[],
    term: LargeCommunity | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { ports } = this.#options;
    for (const { prefix, nextHop } of routes) {
      // Exceptions first: at no moment may those who repair the site be sent away from it.
      for (const flow of [...this.#exceptions(prefix), { prefix, ports, redirectTo: nextHop }]) {
        await speaker.announceFlow(flow, { ...this.#with, term }, signal);
      }
    }
  }

  async withdraw(speaker: Speaker, routes: readonly Route[], signal: AbortSignal): Promise<void> {
    if (routes.length === 0) {
      return;
    }
    const prefixes = new Set(routes.map(({ prefix }) => prefix));
    const flows = await speaker.flows('global', signal);
    // All of ours, also those that another configuration left; what is sent away goes first.
    const gone = flows
      .filter((flow) => this.#isOurs(flow) && prefixes.has(flow.prefix))
      .toSorted((a, b) => Number(isException(a)) - Number(isException(b)));
    for (const flow of gone) {
      await speaker.withdrawFlow(flow, signal);
    }
  }

  lines(verb: 'AddPath' | 'DeletePath', { prefix, nextHop }: Route): readonly string[] {
    const flow = `${verb} flow tcp destination ${prefix} port ${this.#options.ports.join(',')}`;
    const added = verb === 'AddPath' ? ` community ${this.#with.words}` : '';
    return [
      ...this.#exceptions(prefix).map(({ source }) => `${flow} source ${source}${added}`),
      `${flow} redirect ${nextHop}${added}`,
    ];
  }

  #isOurs({ communities }: FlowPath): boolean {
    return communities.includes(this.#with.mark);
  }

  #exceptions(prefix: string): readonly Flow[] {
    const { ports, exceptSources } = this.#options;
    return exceptSources
      .filter((source) => familyOf(source) === familyOf(prefix))
      .map((source) => ({ prefix, source, ports }));
  }

  /** True when the flow says what the configuration says, and so do its exceptions. */
  #isWhole(flow: FlowPath, exceptions: readonly FlowPath[]): boolean {
    return (
      keysOf([flow]) === keysOf([{ ports: this.#options.ports }]) &&
      keysOf(exceptions) === keysOf(this.#exceptions(flow.prefix)) &&
      [flow, ...exceptions].every(({ isBest }) => isBest)
    );
  }
}

const isException = ({ redirectTo }: FlowPath): boolean => redirectTo === undefined;

const keysOf = (flows: readonly Partial<Pick<FlowPath, 'source' | 'ports'>>[]): string =>
  flows
    .map(({ source, ports }) => `${source ?? 'any'} ${ports?.join() ?? 'other'}`)
    .toSorted()
    .join('\n');
