import type { Route } from '../../../core/route-plan.ts';
import { familyOf } from '../../../lib/ip.ts';
import type { Announcement, Announcer } from './announcer.ts';
import type { Flow, FlowPath } from './flows.ts';
import type { HostPath, LargeCommunity } from './messages.ts';
import type { NarrowOptions } from './schema.ts';
import type { Speaker, SpeakerTable } from './speaker.ts';

/**
 * Diverts chosen TCP ports of an address: for each port one flow that is sent to the notice server, and one for each
 * network that is to see the real site. A flow with a source comes before one without (RFC 8955, section 5.1). Two ports
 * in one flow would be shorter, but FRR installs no flow with a list of ports.
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
    const ours = Map.groupBy(
      flows.filter((flow) => this.#isOurs(flow)),
      ({ prefix }) => prefix,
    );
    return [
      ...flows
        .filter((flow) => !this.#isOurs(flow))
        .map(({ redirectTo, ...flow }) => ({ ...bare(flow), nextHop: redirectTo ?? 'flowspec' })),
      ...[...ours.values()].flatMap((same) => this.#diversions(same)),
    ];
  }

  async announce(
    speaker: Speaker,
    routes: readonly Route[],
    signature: readonly LargeCommunity[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const route of routes) {
      // Exceptions first: at no moment may those who repair the site be sent away from it.
      for (const flow of [...this.#exceptions(route), ...this.#redirections(route)]) {
        await speaker.announceFlow(flow, { ...this.#with, signature }, signal);
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

  lines(verb: 'AddPath' | 'DeletePath', route: Route): readonly string[] {
    const added = verb === 'AddPath' ? ` community ${this.#with.words}` : '';
    return [...this.#exceptions(route), ...this.#redirections(route)].map(
      ({ prefix, ports, source, redirectTo }) =>
        `${verb} flow tcp destination ${prefix} port ${ports.join()}${
          redirectTo === undefined ? ` source ${source}` : ` redirect ${redirectTo}`
        }${added}`,
    );
  }

  #isOurs({ communities }: FlowPath): boolean {
    return communities.includes(this.#with.mark);
  }

  /** What our flows for one address come to. An exception by itself moves nothing: it belongs to a flow that is sent away. */
  #diversions(flows: readonly FlowPath[]): readonly HostPath[] {
    const exceptions = flows.filter(isException);
    const away = Map.groupBy(flows, ({ redirectTo }) => redirectTo);
    return [...away].flatMap(([nextHop, [first, ...more]]): readonly HostPath[] =>
      nextHop === undefined || first === undefined
        ? []
        : [
            {
              ...bare(first),
              nextHop,
              largeCommunities: [first, ...more].flatMap((flow) => flow.largeCommunities),
              isBest: this.#isWhole({ prefix: first.prefix, nextHop }, [
                ...exceptions,
                first,
                ...more,
              ]),
            },
          ],
    );
  }

  #redirections({ prefix, nextHop }: Route): readonly Flow[] {
    return this.#options.ports.map((port) => ({ prefix, ports: [port], redirectTo: nextHop }));
  }

  #exceptions({ prefix }: Route): readonly Flow[] {
    const { ports, exceptSources } = this.#options;
    return exceptSources
      .filter((source) => familyOf(source) === familyOf(prefix))
      .flatMap((source) => ports.map((port) => ({ prefix, source, ports: [port] })));
  }

  /** True when the flows say what the configuration says of a route, and no more. */
  #isWhole(route: Route, flows: readonly FlowPath[]): boolean {
    const wanted = [...this.#exceptions(route), ...this.#redirections(route)];
    return keysOf(flows) === keysOf(wanted) && flows.every(({ isBest }) => isBest);
  }
}

const bare = ({
  prefix,
  communities,
  largeCommunities,
  isBest,
}: Omit<FlowPath, 'redirectTo'>): Omit<HostPath, 'nextHop'> => ({
  prefix,
  communities,
  largeCommunities,
  isBest,
});

const isException = ({ redirectTo }: FlowPath): boolean => redirectTo === undefined;

const keysOf = (
  flows: readonly Partial<Pick<FlowPath, 'source' | 'ports' | 'redirectTo'>>[],
): string =>
  flows
    .map(({ source, ports, redirectTo }) =>
      [source ?? 'any', ports?.join() ?? 'other', redirectTo ?? 'none'].join(' '),
    )
    .toSorted()
    .join('\n');
