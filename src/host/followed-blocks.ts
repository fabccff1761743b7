import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { type EpochMs, second } from '../lib/time.ts';
import { longestBlockMs } from '../ports/notice-limits.ts';
import type { SnapshotBlock } from '../ports/snapshot.ts';
import type { BlockedSources } from './blocked-sources.ts';

/** The blocks that the signed snapshot asks for, beside those that the notice process asks for. */
export class FollowedBlocks {
  readonly #blocked: BlockedSources;
  readonly #log: Log;
  /** What the snapshot asked for, done or refused, and until when. */
  #known: ReadonlyMap<string, EpochMs> = new Map();

  constructor(blocked: BlockedSources, log: Log) {
    this.#blocked = blocked;
    this.#log = log;
  }

  /** Blocks what is new and lets in again what the snapshot no longer names. Never rejects; what could not be done is tried again. */
  async follow(blocks: readonly SnapshotBlock[], now: EpochMs): Promise<void> {
    const wanted = new Map(
      blocks.filter(({ until }) => until > now).map(({ source, until }) => [source, until]),
    );
    const fresh = [...wanted].filter(([source, until]) => this.#known.get(source) !== until);
    const lifted = [...this.#known].filter(([source, until]) => until > now && !wanted.has(source));
    const failed = new Set<string>();
    await Promise.all([
      ...fresh.map(async ([source, until]) => {
        const seconds = Math.ceil(Math.min(until - now, longestBlockMs) / second);
        if (!(await this.#done('blocked', source, this.#blocked.block(source, seconds)))) {
          failed.add(source);
        }
      }),
      ...lifted.map(([source]) => this.#done('let in', source, this.#blocked.lift(source))),
    ]);
    this.#known = new Map([...wanted].filter(([source]) => !failed.has(source)));
  }

  async #done(what: string, source: string, act: Promise<unknown>): Promise<boolean> {
    try {
      await act;
      this.#log.warn({ source, what }, 'Source follows the snapshot');
      return true;
    } catch (error) {
      this.#log.error(
        { source, what, err: errorChain(error) },
        'Source does not follow the snapshot',
      );
      return false;
    }
  }
}
