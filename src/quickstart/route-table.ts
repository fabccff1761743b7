import { parseAddress, prefixContains } from '../lib/ip.ts';

/** One static route of the software router. */
export interface StaticRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly tag: number | undefined;
  readonly distance: number;
}

/** The static routes of the software router. Like a real one it keeps a route whose next hop it cannot reach, but does not forward by it. */
export class RouteTable {
  readonly #connected: string;
  readonly #routes = new Map<string, StaticRoute>();
  readonly #watchers = new Set<() => void>();

  /** Next hops lie in `connected`, the one network that this router has besides the sites'. */
  constructor(connected: string) {
    this.#connected = connected;
  }

  get routes(): readonly StaticRoute[] {
    return [...this.#routes.values()];
  }

  /** True when packets are really forwarded by it. */
  isInstalled({ nextHop }: StaticRoute): boolean {
    return parseAddress(nextHop) !== undefined && prefixContains(this.#connected, nextHop);
  }

  /** Where packets for an address go, or undefined where they take their ordinary way. */
  nextHopOf(address: string): string | undefined {
    return this.routes
      .filter((route) => prefixContains(route.prefix, address) && this.isInstalled(route))
      .toSorted((one, other) => one.distance - other.distance)[0]?.nextHop;
  }

  add(route: StaticRoute): void {
    this.#routes.set(keyOf(route), route);
    this.#tell();
  }

  /** False when there is no such route. */
  remove(route: Pick<StaticRoute, 'prefix' | 'nextHop'>): boolean {
    const isGone = this.#routes.delete(keyOf(route));
    if (isGone) {
      this.#tell();
    }
    return isGone;
  }

  /** Calls back after every change. */
  watch(onChange: () => void): void {
    this.#watchers.add(onChange);
  }

  #tell(): void {
    for (const onChange of this.#watchers) {
      onChange();
    }
  }
}

const keyOf = ({ prefix, nextHop }: Pick<StaticRoute, 'prefix' | 'nextHop'>): string =>
  `${prefix} via ${nextHop}`;
