import { RateLimit } from './rate-limit.ts';

/** Sources remembered at once: about 20 MB at most, whatever number of addresses comes. */
export const maxSources = 100_000;

/** What one source has open and how fast it opens more. */
export interface Source {
  readonly key: string;
  sessions: number;
  readonly rate: RateLimit;
}

const mappedPrefix = '::ffff:';

/**
 * The source that an address belongs to: an IPv4 address itself, or the /64 of an IPv6 address,
 * because one subscriber has a whole /64 to choose addresses from.
 */
export function sourceKey(address: string): string {
  if (!address.includes(':')) {
    return address;
  }
  if (address.startsWith(mappedPrefix) && address.includes('.')) {
    return address.slice(mappedPrefix.length);
  }
  const [front = '', back] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  if (back !== undefined) {
    const tail = back === '' ? [] : back.split(':');
    // An address ending in dotted decimal counts for one group more than it has colons.
    const missing = 8 - groups.length - tail.length - (back.includes('.') ? 1 : 0);
    groups.push(...new Array<string>(Math.max(0, missing)).fill('0'), ...tail);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The sources seen last. When full, the one unseen for longest goes, but never one with a session open. */
export class SourceTable {
  readonly #sources = new Map<string, Source>();
  readonly #capacity: number;

  constructor(capacity = maxSources) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** The source of this key, now the one seen last. */
  touch(key: string): Source {
    const known = this.#sources.get(key);
    const source = known ?? { key, sessions: 0, rate: new RateLimit() };
    if (known === undefined) {
      this.#makeRoom();
    } else {
      this.#sources.delete(key);
    }
    this.#sources.set(key, source);
    return source;
  }

  /** Sources with sessions move to the front of the queue's end, so each is looked at once a round. */
  #makeRoom(): void {
    let tries = this.#sources.size;
    while (this.#sources.size >= this.#capacity && tries > 0) {
      tries -= 1;
      const oldest = this.#sources.values().next().value;
      if (oldest === undefined) {
        return;
      }
      this.#sources.delete(oldest.key);
      if (oldest.sessions > 0) {
        this.#sources.set(oldest.key, oldest);
      }
    }
  }
}
