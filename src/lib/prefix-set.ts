import { BlockList } from 'node:net';
import { familyOf, hostPrefixAddress, parseAddress, prefixContains } from './ip.ts';

/** A set of CIDR prefixes that can be asked whether it holds an address. Prefixes are canonical, as `parsePrefix` gives them. */
export class PrefixSet {
  readonly isEmpty: boolean;
  readonly #list = new BlockList();
  readonly #networks: readonly string[];
  /** Single addresses, found at a fraction of the price of a prefix: some are in every set, and each visitor is asked about. */
  readonly #hosts = new Set<string>();
  readonly #isOfHosts: boolean;

  constructor(prefixes: readonly string[]) {
    this.isEmpty = prefixes.length === 0;
    this.#networks = prefixes.map((prefix) => prefix.split('/')[0] ?? '');
    for (const prefix of prefixes) {
      const [network = '', length] = prefix.split('/');
      this.#list.addSubnet(network, Number(length), familyOf(network));
      const host = hostPrefixAddress(prefix);
      if (host !== undefined) {
        this.#hosts.add(host);
      }
    }
    this.#isOfHosts = prefixes.every((prefix) => hostPrefixAddress(prefix) !== undefined);
  }

  /** True when one of the prefixes holds the address; false for what is no address. */
  has(address: string): boolean {
    if (this.isEmpty) {
      return false;
    }
    if (this.#hosts.has(address)) {
      return true;
    }
    if (this.#isOfHosts && !address.includes(':')) {
      return false;
    }
    const canonical = parseAddress(address);
    return canonical !== undefined && this.#list.check(canonical, familyOf(canonical));
  }

  /** True when the canonical prefix and one of the set have an address in common. */
  overlaps(prefix: string): boolean {
    return (
      this.has(prefix.split('/')[0] ?? '') ||
      this.#networks.some((network) => prefixContains(prefix, network))
    );
  }
}
