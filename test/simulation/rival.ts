import { leaseMs, leaseName } from '../../src/controller/lease-keeper.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { MemoryStore, type SharedMemory } from '../fakes/memory-store.ts';

const rivalName = 'rival';

/** The other controller on the same store: it takes the lease when it can, and changes nothing. */
export class Rival {
  readonly #memory: SharedMemory;
  readonly #store: MemoryStore;
  isKeen = false;
  /** How often it led. */
  terms = 0;

  constructor(clock: Clock, memory: SharedMemory) {
    this.#memory = memory;
    this.#store = new MemoryStore(clock, memory);
  }

  /** Resolves to true when it has just begun to lead. */
  async play(): Promise<boolean> {
    if (!this.#memory.isUp) {
      return false;
    }
    const wasLeading = this.holder() === rivalName;
    if (this.isKeen) {
      await this.#store.acquireLease(leaseName, rivalName, leaseMs);
    } else {
      await this.#store.releaseLease(leaseName, rivalName);
    }
    const hasBegun = !wasLeading && this.holder() === rivalName;
    this.terms += hasBegun ? 1 : 0;
    return hasBegun;
  }

  /** Who holds the lease, by the book of the store. */
  holder(): string | undefined {
    return this.#memory.leases.get(leaseName)?.holder;
  }
}
