import type { RefusalReason } from '../metrics/notice-metrics.ts';
import type { NoticeLimits } from '../ports/notice-limits.ts';
import type { Source } from './source.ts';
import { conductAt, isAbusive } from './source-conduct.ts';
import { SourceTable } from './source-table.ts';

/** Holds every source to its limits, and notices those that go on abusing. */
export class SourceGate {
  readonly #table = new SourceTable();
  readonly #onAbuse: (source: Source) => void;
  #limits: NoticeLimits;

  constructor(limits: NoticeLimits, onAbuse: (source: Source) => void) {
    this.#limits = limits;
    this.#onAbuse = onAbuse;
  }

  /** Stands for every trusted proxy: what counts there is the client it names. */
  get trusted(): Source {
    return this.#table.trusted;
  }

  get size(): number {
    return this.#table.size;
  }

  setLimits(limits: NoticeLimits): void {
    const isChanged = limits.largeSources.join() !== this.#limits.largeSources.join();
    this.#limits = limits;
    if (isChanged) {
      this.#table.setLarge(limits.largeSources);
    }
  }

  find(address: string, isProxied: boolean): Source {
    return this.#table.find(address, isProxied);
  }

  /**
   * Which limit stands against one more session of a source; it is counted against its rate when none does.
   * A crowd that was only learned of has more room as long as the whole is not short.
   */
  refuse(source: Source, nowMs: number, isShort: boolean): RefusalReason | undefined {
    if (source === this.trusted) {
      return;
    }
    const refused = this.#refuse(source, nowMs, isShort);
    if (refused !== undefined) {
      this.#judge(source, 'refusals', nowMs);
    }
    return refused;
  }

  hold(source: Source): void {
    for (let each: Source | undefined = source; each !== undefined; each = each.wider) {
      each.sessions += 1;
    }
  }

  leave(source: Source): void {
    for (let each: Source | undefined = source; each !== undefined; each = each.wider) {
      each.sessions -= 1;
    }
  }

  /** Notes something that no browser does. */
  offence(source: Source, nowMs: number): void {
    if (source !== this.trusted) {
      this.#judge(source, 'offences', nowMs);
    }
  }

  /** Notes a request that was answered, and its shape. */
  answered(source: Source, shape: number): void {
    source.shapes |= 1 << (shape & 31);
    const { conduct } = source;
    if (conduct !== undefined) {
      source.conduct = { ...conduct, answers: conduct.answers + 1 };
    }
  }

  #refuse(source: Source, nowMs: number, isShort: boolean): RefusalReason | undefined {
    const isRoomy = source.isListed || (source.isLarge && !isShort);
    const limits = this.#limits;
    const sessions = isRoomy ? this.#roomySessions : limits.sourceSessions;
    if (source.sessions >= sessions) {
      return 'source-sessions';
    }
    const perSecond = isRoomy ? this.#roomyPerSecond : limits.sourceNewPerSecond;
    if (!source.takeRate(perSecond, nowMs)) {
      return 'source-rate';
    }
    return source.isListed ? undefined : this.#refuseWider(source.wider, nowMs);
  }

  #refuseWider(wider: Source | undefined, nowMs: number): RefusalReason | undefined {
    const { source56Sessions, source48Sessions, sourceSessions, sourceNewPerSecond } = this.#limits;
    for (let source = wider; source !== undefined; source = source.wider) {
      // A wider prefix is never held tighter than a narrow one.
      const own = source.width === '56' ? source56Sessions : source48Sessions;
      const sessions = Math.max(own, sourceSessions);
      if (source.sessions >= sessions) {
        return 'source-sessions';
      }
      if (!source.takeRate((sourceNewPerSecond * sessions) / sourceSessions, nowMs)) {
        return 'source-rate';
      }
    }
    return;
  }

  get #roomySessions(): number {
    return Math.max(this.#limits.sourceSessions, this.#limits.largeSourceSessions);
  }

  get #roomyPerSecond(): number {
    return Math.max(this.#limits.sourceNewPerSecond, this.#limits.largeSourceNewPerSecond);
  }

  #judge(source: Source, what: 'refusals' | 'offences', nowMs: number): void {
    const { blocking } = this.#limits;
    const before = conductAt(source.conduct, blocking, nowMs);
    const conduct = { ...before, [what]: before[what] + 1 };
    const isBlockable = !source.isProxied && source !== this.#table.nameless;
    const isTooMuch = isBlockable && isAbusive(conduct, source.isLarge, blocking);
    source.conduct = isTooMuch ? undefined : conduct;
    if (isTooMuch) {
      this.#onAbuse(source);
    }
  }
}
