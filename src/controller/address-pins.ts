import type { Site } from '../core/site.ts';
import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { minute } from '../lib/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

/** DNS is compared with what is pinned this often; a site that could not be pinned is tried again. */
export const lookEveryMs = 10 * minute;

/** The addresses of a site as they were when it was first seen without any. */
export interface Pin {
  readonly hostnames: readonly string[];
  readonly addresses: readonly string[];
}

/** What came of comparing DNS with a pin. */
export interface PinNews {
  readonly site: string;
  readonly isSame: boolean;
  readonly detail: string;
}

/** Why these addresses may not be diverted for the site, in a sentence; undefined when they may. */
export type PinProblem = (site: Site, addresses: readonly string[]) => string | undefined;

export interface AddressPinsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly resolve: (hostname: string) => Promise<readonly string[]>;
  readonly parse: (value: unknown) => Pin | undefined;
  /** Hears when DNS begins or ceases to say something else than what is pinned. */
  readonly onNews: (news: PinNews) => void;
  /** Hears that it is time to try those again that could not be pinned. */
  readonly onOpen: () => void;
  readonly log: Log;
}

/** What came of one list of sites. */
interface Pinning {
  readonly sites: readonly Site[];
  readonly problem: PinProblem;
  /** Those that name no address. */
  readonly bare: readonly Site[];
  readonly pins: ReadonlyMap<string, Pin>;
}

const nothing: Pinning = { sites: [], problem: () => undefined, bare: [], pins: new Map() };

const sorted = (addresses: readonly string[]): readonly string[] => [...new Set(addresses)].sort();

const isEqual = (one: readonly string[], other: readonly string[]): boolean =>
  sorted(one).join() === sorted(other).join();

/**
 * Finds the addresses of sites that name none: resolved from their hostnames once, written down, and kept.
 * What DNS says later never moves what may be diverted; it is told, and a person decides.
 */
export class AddressPins {
  readonly #options: AddressPinsOptions;
  #adopted: Pinning = nothing;
  #latest: Pinning = nothing;
  readonly #differing = new Map<string, string>();
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: AddressPinsOptions) {
    this.#options = options;
  }

  /** The same sites, those without addresses with the pinned ones; one that cannot be pinned keeps none and is not watched. */
  async pinned(sites: readonly Site[], problem: PinProblem): Promise<readonly Site[]> {
    const bare = sites.filter(({ addresses }) => addresses.length === 0);
    const found = await Promise.all(
      bare.map(async (site) => [site.name, await this.#pinOf(site, problem)] as const),
    );
    const pins = new Map(found.flatMap(([name, pin]) => (pin === undefined ? [] : [[name, pin]])));
    this.#latest = { sites, problem, bare, pins };
    return sites.map((site) => ({
      ...site,
      addresses: pins.get(site.name)?.addresses ?? site.addresses,
    }));
  }

  /** The sites of the last call are in force: from now on theirs are the pins that DNS is compared with. */
  adopt(): void {
    this.#adopted = this.#latest;
  }

  /** The sites in force once more: what could not be pinned before may be now. */
  async again(): Promise<readonly Site[]> {
    return await this.pinned(this.#adopted.sites, this.#adopted.problem);
  }

  /** Begins to compare DNS with what is pinned. */
  start(): void {
    this.#timer = this.#options.clock.setTimer(lookEveryMs, () => {
      void this.#look();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #pinOf(site: Site, problem: PinProblem): Promise<Pin | undefined> {
    const { log } = this.#options;
    try {
      return (await this.#storedPin(site)) ?? (await this.#newPin(site, problem));
    } catch (error) {
      const facts = { site: site.name, err: errorChain(error) };
      log.error(facts, 'A site without addresses could not be pinned and is not watched');
      return undefined;
    }
  }

  /** A pin is of these hostnames; others ask for another. */
  async #storedPin(site: Site): Promise<Pin | undefined> {
    const { store, parse } = this.#options;
    const pin = parse((await store.get('pin', site.name))?.value);
    return pin !== undefined && isEqual(pin.hostnames, site.hostnames) ? pin : undefined;
  }

  async #newPin(site: Site, problem: PinProblem): Promise<Pin> {
    const { store, log } = this.#options;
    const addresses = await this.#resolve(site);
    const why = addresses.length === 0 ? 'its hostnames have no address' : problem(site, addresses);
    if (why !== undefined) {
      throw new Error(why);
    }
    const pin = { hostnames: site.hostnames, addresses };
    await store.put('pin', site.name, pin);
    log.info({ site: site.name, addresses }, 'The addresses of a site were resolved and pinned');
    return pin;
  }

  async #resolve({ hostnames }: Site): Promise<readonly string[]> {
    const found = await Promise.all(hostnames.map((name) => this.#options.resolve(name)));
    return sorted(found.flat());
  }

  async #look(): Promise<void> {
    const { bare, pins } = this.#adopted;
    if (bare.length > pins.size) {
      this.#options.onOpen();
    }
    for (const site of bare) {
      const pin = pins.get(site.name);
      if (pin !== undefined) {
        await this.#compare(site, pin);
      }
    }
    if (!this.#isStopped) {
      this.start();
    }
  }

  async #compare(site: Site, pin: Pin): Promise<void> {
    const { onNews, log } = this.#options;
    let now: readonly string[];
    try {
      now = await this.#resolve(site);
    } catch (error) {
      // A name service that does not answer says nothing about the site.
      log.warn({ site: site.name, err: errorChain(error) }, 'The hostnames could not be resolved');
      return;
    }
    const said = now.join(', ');
    const before = this.#differing.get(site.name);
    if (isEqual(now, pin.addresses)) {
      if (this.#differing.delete(site.name)) {
        onNews({ site: site.name, isSame: true, detail: 'DNS says again what is pinned' });
      }
    } else if (before !== said) {
      this.#differing.set(site.name, said);
      const detail = `DNS now says ${said || 'nothing'}, pinned is ${pin.addresses.join(', ')}; if that is meant, write addresses: into the configuration`;
      onNews({ site: site.name, isSame: false, detail });
    }
  }
}
