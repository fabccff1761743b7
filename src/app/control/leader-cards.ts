import { z } from 'zod';
import type { LeaderCard } from '../../controller/control.ts';
import { renewEveryMs } from '../../controller/lease-keeper.ts';
import { errorChain } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';

const documentId = 'leader';

/** Two rounds of the lease without news of another leader: then nobody may be taken to lead. */
const newsMs = 2 * renewEveryMs;

const card = z.object({ holder: z.string(), url: z.string(), since: z.number() });

interface LeaderCardsOptions {
  readonly store: Store;
  readonly isStoreUp: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** How controllers on one store tell each other who leads and where it is reached. For people alone: the lease decides. */
export class LeaderCards {
  readonly #options: LeaderCardsOptions;
  #otherSeenAt = Number.NEGATIVE_INFINITY;
  #lastKnown: LeaderCard | undefined;

  constructor(options: LeaderCardsOptions) {
    this.#options = options;
  }

  /** Leaves our own card. Never rejects: to lead does not depend on it. */
  async present(own: LeaderCard): Promise<void> {
    this.#otherSeenAt = Number.NEGATIVE_INFINITY;
    this.#lastKnown = own;
    try {
      await this.#options.store.put('leader', documentId, own);
    } catch (error) {
      const facts = { err: errorChain(error) };
      this.#options.log.warn(facts, 'The address of this leader could not be written down');
    }
  }

  /** Takes in that another controller holds the lease now. */
  noteOther(): void {
    this.#otherSeenAt = this.#options.clock.monotonicMs();
  }

  isAnotherLeading(): boolean {
    return this.#options.clock.monotonicMs() - this.#otherSeenAt < newsMs;
  }

  /** The card of the one that led last. A store known to be away is not waited for: then it is the last card seen. */
  async leader(): Promise<LeaderCard | undefined> {
    const { store, isStoreUp } = this.#options;
    if (isStoreUp()) {
      try {
        const found = await store.get('leader', documentId);
        this.#lastKnown = card.safeParse(found?.value).data ?? this.#lastKnown;
      } catch {
        // The last card seen is still the best that is known.
      }
    }
    return this.#lastKnown;
  }
}
