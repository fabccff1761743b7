import { errorChain } from '../lib/errors.ts';
import { hostPrefix, isLoopback, parseAddress } from '../lib/ip.ts';
import type { Log } from '../lib/log.ts';
import type { NoticeLimits } from '../ports/notice-limits.ts';
import type { NoticePublisher } from '../ports/notice-publisher.ts';
import type { Store } from '../ports/store.ts';
import type { LimitsDesk } from './control.ts';

const documentId = 'notice';

/** As many as the limits may name. */
const maxLargeSources = 1_000;

/** More vantages than anybody has; a limit against a token that reports from everywhere. */
export const maxWatchers = 256;

/**
 * The session limits of the notice plane: the file's, until a person sets others at run time. Notice hosts are told the
 * addresses from which Detour itself looks as well, as sources that stand for many: a mass event has a proof for each of
 * hundreds of sites and doors within seconds, which is far beyond what one visitor may ask for, and a notice host that
 * refused them, or blocked them for abuse, would have every diversion taken back.
 */
export class Limits implements LimitsDesk {
  readonly #store: Store;
  readonly #publisher: NoticePublisher;
  readonly #own: () => readonly string[];
  #current: NoticeLimits;
  /** Where vantages report from, as host prefixes. */
  readonly #vantages = new Set<string>();
  /** True once a person has set limits: those of the file then wait for nobody. */
  #isSet = false;

  /** `own` tells the addresses of this machine. */
  constructor(
    initial: NoticeLimits,
    store: Store,
    publisher: NoticePublisher,
    own: () => readonly string[],
  ) {
    this.#current = initial;
    this.#store = store;
    this.#publisher = publisher;
    this.#own = own;
  }

  /** Takes over what was set before the start, and hands the limits to the notice plane. */
  async load(parse: (value: unknown) => NoticeLimits | undefined, log: Log): Promise<void> {
    try {
      const stored = await this.#store.get('limits', documentId);
      const known = stored === undefined ? undefined : parse(stored.value);
      this.#isSet = known !== undefined;
      this.#current = known ?? this.#current;
    } catch (error) {
      log.error({ err: errorChain(error) }, 'Stored limits could not be loaded');
    }
    await this.#publish(this.#current);
  }

  /** Takes the file's limits after a reload, unless a person has set others. */
  async rebase(limits: NoticeLimits): Promise<void> {
    if (!this.#isSet) {
      await this.#publish(limits);
      this.#current = limits;
    }
  }

  limits(): NoticeLimits {
    return this.#current;
  }

  async setLimits(limits: NoticeLimits): Promise<void> {
    await this.#store.put('limits', documentId, limits);
    this.#isSet = true;
    this.#current = limits;
    await this.#publish(limits);
  }

  /** The addresses from which Detour looks, as host prefixes: those of this machine, and where its vantages report from. */
  watchers(): readonly string[] {
    return [...new Set([...this.#own().map(hostPrefix), ...this.#vantages])];
  }

  /** Takes in where a vantage reports from: it probes from there, too. Never rejects; what could not be told is told at its next report. */
  async welcome(address: string): Promise<void> {
    const canonical = parseAddress(address);
    const prefix =
      canonical === undefined || isLoopback(canonical) ? undefined : hostPrefix(canonical);
    if (prefix === undefined || this.#vantages.has(prefix) || this.#vantages.size >= maxWatchers) {
      return;
    }
    this.#vantages.add(prefix);
    await this.#publish(this.#current).catch(() => {
      this.#vantages.delete(prefix);
    });
  }

  async #publish(limits: NoticeLimits): Promise<void> {
    const listed = new Set([...this.watchers(), ...limits.largeSources]);
    const largeSources = [...listed].slice(0, maxLargeSources);
    await this.#publisher.setLimits({ ...limits, largeSources });
  }
}
