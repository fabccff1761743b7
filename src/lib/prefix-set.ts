import { BlockList } from 'node:net';
import { familyOf, parseAddress } from './ip.ts';

/** A set of CIDR prefixes that can be asked whether it holds an address. Prefixes are canonical, as `parsePrefix` gives them. */
export class PrefixSet {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  constructor(prefixes: readonly string[]) {
    this.isEmpty = prefixes.length === 0;
    for (const prefix of prefixes) {
      const [network = '', length] = prefix.split('/');
      this.#list.addSubnet(network, Number(length), familyOf(network));
    }
  }

  /** True when one of the prefixes holds the address; false for what is no address. */
  has(address: string): boolean {
    if (this.isEmpty) {
      return false;
    }
    const canonical = parseAddress(address);
    return canonical !== undefined && this.#list.check(canonical, familyOf(canonical));
  }
}
