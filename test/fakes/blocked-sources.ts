import { DetourError } from '../../src/lib/errors.ts';
import type { BlockedSource, BlockedSourceDesk } from '../../src/ports/host-helper.ts';

/** A notice host's blocked sources in memory. */
export class FakeBlockedSources implements BlockedSourceDesk {
  readonly #sources = new Map<string, number>([['198.51.100.66', 300]]);
  isAway = false;

  async blockedSources(): Promise<readonly BlockedSource[]> {
    this.#failIfAway();
    return [...this.#sources].map(([source, expiresInSeconds]) => ({ source, expiresInSeconds }));
  }

  async blockSource(source: string, seconds: number): Promise<void> {
    this.#failIfAway();
    this.#sources.set(source, seconds);
  }

  async liftSource(source: string): Promise<void> {
    this.#failIfAway();
    this.#sources.delete(source);
  }

  #failIfAway(): void {
    if (this.isAway) {
      throw new DetourError('The helper of this host does not answer', {
        code: 'DETOUR_HOST_FAILED',
      });
    }
  }
}
