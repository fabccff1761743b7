import {
  isEmptyPlan,
  type ObservedRoute,
  type Route,
  type RoutePlan,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { RouteDriver } from '../../../ports/route-driver.ts';
import { checkPlan } from '../checked-route.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeignPrefix } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { settle } from '../settle.ts';
import type { Announcement, Announcer } from './announcer.ts';
import { type HostPath, type LargeCommunity, noExport } from './messages.ts';
import { NarrowRoutes } from './narrow-routes.ts';
import { communityNumber, type GobgpOptions, gobgpOptionsSchema } from './schema.ts';
import { Speaker, type SpeakerTable } from './speaker.ts';
import { WholeRoutes } from './whole-routes.ts';

/** A BGP speaker of our own: GoBGP on this machine, whose neighbours are the real routers. */
export const gobgpKind: DriverKind = {
  optionsSchema: gobgpOptionsSchema,
  carriage: () => ['grpc'],
  open: (context) => new GobgpDriver(context),
};

/** As much as a part of a large community holds. */
const maxPart = 4_294_967_295;

/** GoBGP answers before its neighbours, and the witness behind them, have heard: look at them so many times. */
const settleLooks = 20;

class GobgpDriver implements RouteDriver {
  readonly #router: string;
  readonly #context: DriverContext;
  readonly #options: GobgpOptions;
  readonly #mark: number;
  readonly #announcer: Announcer;
  readonly #speaker: Speaker;
  readonly #witness: Speaker | undefined;

  constructor(context: DriverContext) {
    const { router, grpcPort } = context;
    if (grpcPort === undefined) {
      throw new DetourError(`Router ${router} needs a transport of type grpc`, {
        code: 'DETOUR_CONFIG_INVALID',
      });
    }
    this.#router = router;
    this.#context = context;
    this.#options = readOptions(gobgpOptionsSchema, context);
    this.#mark = communityNumber(this.#options.community);
    this.#speaker = new Speaker(router, grpcPort, context.standstills);
    const { witnessPort, narrow, community, communities } = this.#options;
    const announcement: Announcement = {
      mark: this.#mark,
      communities: [noExport, this.#mark, ...communities.map(communityNumber)],
      words: ['no-export', community, ...communities].join(' '),
    };
    this.#announcer =
      narrow === undefined ? new WholeRoutes(announcement) : new NarrowRoutes(narrow, announcement);
    this.#witness = witnessPort === undefined ? undefined : new Speaker(router, witnessPort);
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    const paths = await this.#paths(this.#speaker, 'global', signal);
    const spread = await this.#spread(signal);
    const isOurs = ({ communities }: HostPath): boolean => communities.includes(this.#mark);
    const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });
    const terms = paths.filter(isOurs).flatMap((path) => this.#termsOf(path));
    return {
      ...(terms.length === 0 ? {} : { term: Math.max(...terms) }),
      owned: paths.filter(isOurs).map(
        (path): ObservedRoute => ({
          ...bare(path),
          isInstalled: path.isBest && spread.every((heard) => heard.has(routeKey(path))),
        }),
      ),
      foreign: paths.filter((path) => !isOurs(path)).map(bare),
    };
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    checkPlan(plan);
    if (isEmptyPlan(plan)) {
      return;
    }
    refuseForeignPrefix(this.#router, plan, await this.read(signal));
    const before = this.#speaker.changes;
    try {
      await this.#announcer.withdraw(this.#speaker, plan.remove, signal);
      await this.#announcer.announce(this.#speaker, plan.add, this.#signature(plan), signal);
    } catch (error) {
      throw this.#speaker.changes === before ? error : this.#partly(error);
    }
    await settle(() => this.#hasSpread(plan, signal), settleLooks, signal);
  }

  lines(plan: RoutePlan): readonly string[] {
    checkPlan(plan);
    return [
      ...plan.remove.flatMap((route) => this.#announcer.lines('DeletePath', route)),
      ...plan.add.flatMap((route) => this.#announcer.lines('AddPath', route)),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#speaker[Symbol.dispose]();
    this.#witness?.[Symbol.dispose]();
    await this.#context.transport[Symbol.asyncDispose]();
  }

  /** What refused the rest of a plan has not undone its beginning: whoever reads next knows. */
  #partly(error: unknown): unknown {
    return error instanceof DetourError && !error.retryable
      ? new DetourError(`The GoBGP of ${this.#router} took a part of the plan only`, {
          code: error.code,
          retryable: true,
          cause: error,
        })
      : error;
  }

  /**
   * The mark as a large community with the term as its last part, and one of the whole mark, the term and the decision.
   * Numbers beyond their 32 bits are not told.
   */
  #signature({ term, generation }: RoutePlan): readonly LargeCommunity[] {
    if (term === undefined || term > maxPart) {
      return [];
    }
    const who: LargeCommunity = [Math.floor(this.#mark / 65_536), this.#mark % 65_536, term];
    return generation === undefined || generation > maxPart
      ? [who]
      : [who, [this.#mark, term, generation]];
  }

  #termsOf({ largeCommunities }: HostPath): readonly number[] {
    const [global, local] = [Math.floor(this.#mark / 65_536), this.#mark % 65_536];
    return largeCommunities
      .filter(([one, two]) => one === global && two === local)
      .map(([, , term]) => term);
  }

  #paths(speaker: Speaker, table: SpeakerTable, signal: AbortSignal): Promise<readonly HostPath[]> {
    return this.#announcer.paths(speaker, table, signal);
  }

  async #hasSpread({ add, remove }: RoutePlan, signal: AbortSignal): Promise<boolean> {
    const spread = await this.#spread(signal);
    return (
      add.every((route) => spread.every((heard) => heard.has(routeKey(route)))) &&
      !remove.some((route) => spread.some((heard) => heard.has(routeKey(route))))
    );
  }

  /** What each neighbour was sent, and what the witness heard: a route is installed when all of them have it. */
  async #spread(signal: AbortSignal): Promise<readonly ReadonlySet<string>[]> {
    const neighbours = await this.#speaker.neighbours(signal);
    const { neighbours: named } = this.#options;
    const wanted = named.length === 0 ? neighbours.map(({ address }) => address) : named;
    const heard: ReadonlySet<string>[] = wanted.length === 0 ? [new Set()] : [];
    for (const address of wanted) {
      const isUp = neighbours.some((one) => one.address === address && one.isEstablished);
      const sent = isUp ? await this.#paths(this.#speaker, { sentTo: address }, signal) : [];
      heard.push(keys(sent));
    }
    if (this.#witness !== undefined) {
      heard.push(keys(await this.#paths(this.#witness, 'global', signal)));
    }
    return heard;
  }
}

const keys = (paths: readonly HostPath[]): ReadonlySet<string> => new Set(paths.map(routeKey));
