import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { NoticeLimits } from '../ports/notice-limits.ts';
import type { NoticePublisher } from '../ports/notice-publisher.ts';
import type { Store } from '../ports/store.ts';
import type { LimitsDesk } from './control.ts';

const documentId = 'notice';

/** The session limits of the notice plane: the file's, until a person sets others at run time. */
export class Limits implements LimitsDesk {
  readonly #store: Store;
  readonly #publisher: NoticePublisher;
  #current: NoticeLimits;
  /** True once a person has set limits: those of the file then wait for nobody. */
  #isSet = false;

  constructor(initial: NoticeLimits, store: Store, publisher: NoticePublisher) {
    this.#current = initial;
    this.#store = store;
    this.#publisher = publisher;
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
    await this.#publisher.setLimits(this.#current);
  }

  /** Takes the file's limits after a reload, unless a person has set others. */
  async rebase(limits: NoticeLimits): Promise<void> {
    if (!this.#isSet) {
      await this.#publisher.setLimits(limits);
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
    await this.#publisher.setLimits(limits);
  }
}
