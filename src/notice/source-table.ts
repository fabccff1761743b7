import { PrefixSet } from '../lib/prefix-set.ts';
import { RateLimit } from './rate-limit.ts';
import { type Conduct, isCrowd } from './source-conduct.ts';
import { ipv4Of, ipv6Keys } from './source-key.ts';

/** Sources remembered at once, whatever number of addresses comes: 30 MB of IPv4 or 38 MB of IPv6 as measured, 40 MB at most. */
export const maxSources = 90_000;

/** How wide a source is: one address or link, one customer's line, one organisation. */
export type SourceWidth = 'narrow' | '56' | '48';

/** What one source has open, how fast it opens more, and how it behaves. */
export class Source {
  readonly key: string;
  readonly width: SourceWidth;
  /** The next wider source that holds this one; an IPv4 address has none. */
  readonly wider: Source | undefined;
  readonly rate = new RateLimit();
  sessions = 0;
  /** One bit for each shape of request seen: many people behind one address ask in many ways. */
  shapes = 0;
  /** True when the owner listed it as one that stands for many people. */
  isListed = false;
  /** Undefined as long as it was never refused. */
  conduct: Conduct | undefined = undefined;
  /** Its neighbours in the order in which sources were last seen; the table's own. */
  older: Source | undefined = undefined;
  newer: Source | undefined = undefined;

  constructor(key: string, width: SourceWidth = 'narrow', wider?: Source) {
    this.key = key;
    this.width = width;
    this.wider = wider;
  }

  /** True when it came through a trusted proxy: the kernel would see the proxy, so it is never blocked there. */
  get isProxied(): boolean {
    return this.key.startsWith(proxied);
  }

  /** True when it stands for many people: listed, or learned from the ways it asks in. */
  get isLarge(): boolean {
    return this.isListed || isCrowd(this.shapes);
  }
}

/** What a proxy says of an address must not count against the address itself, nor the other way round. */
const proxied = 'via ';

/** The key of a client that a trusted proxy speaks for. */
export function proxiedKey(key: string): string {
  return proxied + key;
}

/**
 * The sources seen last. When full, the one unseen for longest goes, but never one with a session open.
 * A list of our own keeps the order: a Map whose first entry goes again and again is searched past all that went before.
 */
export class SourceTable {
  readonly #sources = new Map<string, Source>();
  readonly #capacity: number;
  #oldest: Source | undefined;
  #newest: Source | undefined;
  #large = new PrefixSet([]);

  constructor(capacity = maxSources) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** Names the prefixes whose addresses each stand for many people. */
  setLarge(prefixes: readonly string[]): void {
    this.#large = new PrefixSet(prefixes);
    for (const source of this.#sources.values()) {
      const [prefix = ''] = source.key.replace(proxied, '').split('/');
      source.isListed = source.width === 'narrow' && this.#large.has(prefix);
    }
  }

  /** The source of an address, now the one seen last. */
  find(address: string, isProxied = false): Source {
    const by = isProxied ? proxied : '';
    const ipv4 = ipv4Of(address);
    if (ipv4 !== undefined) {
      const key = by + ipv4;
      return this.#seen(key) ?? this.#add(new Source(key), ipv4);
    }
    const { of64, of56, of48 } = ipv6Keys(address);
    const organisation = this.#seen(by + of48) ?? this.#add(new Source(by + of48, '48'));
    const line = this.#seen(by + of56) ?? this.#add(new Source(by + of56, '56', organisation));
    const key = by + of64;
    return this.#seen(key) ?? this.#add(new Source(key, 'narrow', line), address);
  }

  #seen(key: string): Source | undefined {
    const source = this.#sources.get(key);
    if (source !== undefined && source !== this.#newest) {
      this.#unlink(source);
      this.#link(source);
    }
    return source;
  }

  #add(source: Source, address?: string): Source {
    this.#makeRoom();
    source.isListed = address !== undefined && this.#large.has(address);
    this.#sources.set(source.key, source);
    this.#link(source);
    return source;
  }

  /** Sources with sessions move to the newest end, so each is looked at once a round. */
  #makeRoom(): void {
    let tries = this.#sources.size;
    while (this.#sources.size >= this.#capacity && tries > 0 && this.#oldest !== undefined) {
      tries -= 1;
      const oldest = this.#oldest;
      this.#unlink(oldest);
      if (oldest.sessions > 0) {
        this.#link(oldest);
      } else {
        this.#sources.delete(oldest.key);
      }
    }
  }

  #link(source: Source): void {
    source.older = this.#newest;
    source.newer = undefined;
    if (this.#newest !== undefined) {
      this.#newest.newer = source;
    }
    this.#newest = source;
    this.#oldest ??= source;
  }

  #unlink(source: Source): void {
    const { older, newer } = source;
    if (older === undefined) {
      this.#oldest = newer;
    } else {
      older.newer = newer;
    }
    if (newer === undefined) {
      this.#newest = older;
    } else {
      newer.older = older;
    }
  }
}
