import { PrefixSet } from '../lib/prefix-set.ts';
import { kindOf, Source } from './source.ts';
import { type Ipv6Front, ipv4Number, ipv6Front, prefixOf } from './source-key.ts';
import { type SourceName, SourceRecords } from './source-records.ts';

/** Sources remembered at once, whatever number of addresses comes: 34 MB when all are there, nothing before they come. */
export const maxSources = 500_000;

/** For those that are no visitors' addresses: see `trusted` and `nameless`. */
const nobody: SourceName = { kind: 0, high: 0, low: 0 };

/** The sources seen last. When full, the one unseen for longest goes, but never one with a session open. */
export class SourceTable {
  /** Stands for every trusted proxy: what counts there is the client it names. */
  readonly trusted: Source;
  /** Stands for all who have no address that can be told, or for whom there is no room: they share the limits of one. */
  readonly nameless: Source;
  readonly #records: SourceRecords;
  #large = new PrefixSet([]);

  constructor(capacity = maxSources) {
    const apart = new SourceRecords(2);
    this.trusted = new Source(apart, apart.add(nobody));
    this.nameless = new Source(apart, apart.add({ ...nobody, low: 1 }));
    this.#records = new SourceRecords(capacity);
  }

  get size(): number {
    return this.#records.size;
  }

  /** Names the prefixes whose addresses each stand for many people. */
  setLarge(prefixes: readonly string[]): void {
    this.#large = new PrefixSet(prefixes);
    for (const at of this.#records.all()) {
      const source = new Source(this.#records, at);
      source.isListed = source.width === 'narrow' && this.#large.has(source.address);
    }
  }

  /** The source of an address, now the one seen last. */
  find(address: string, isProxied = false): Source {
    const ipv4 = ipv4Number(address);
    if (ipv4 !== -1) {
      const kind = kindOf('ipv4', isProxied);
      return this.#narrow({ kind, high: 0, low: ipv4 }, address);
    }
    return address.includes(':')
      ? this.#findIpv6(ipv6Front(address), isProxied, address)
      : this.nameless;
  }

  #findIpv6(front: Ipv6Front, isProxied: boolean, address: string): Source {
    const organisation = this.#find({ kind: kindOf('of48', isProxied), ...prefixOf(front, 48) });
    const line = this.#find({ kind: kindOf('of56', isProxied), ...prefixOf(front, 56) });
    const source = this.#narrow({ kind: kindOf('of64', isProxied), ...front }, address);
    // Told anew each time: one that nobody used may have made room for another.
    if (source !== this.nameless && line !== undefined) {
      source.wider = line;
      if (organisation !== undefined) {
        line.wider = organisation;
      }
    }
    return source;
  }

  #find(name: SourceName): Source | undefined {
    const at = this.#records.find(name) || this.#records.add(name);
    return at === 0 ? undefined : new Source(this.#records, at);
  }

  #narrow(name: SourceName, address: string): Source {
    const known = this.#records.find(name);
    if (known !== 0) {
      return new Source(this.#records, known);
    }
    const at = this.#records.add(name);
    if (at === 0) {
      return this.nameless;
    }
    const source = new Source(this.#records, at);
    source.isListed = this.#large.has(address);
    return source;
  }
}
