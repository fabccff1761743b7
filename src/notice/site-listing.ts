import type { PreparedSite } from './prepared-site.ts';

/** The place of what two sites claim: a name that is both's says nothing about which is meant. Better neutral than another's words. */
const nobody = -1;

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((text, at) => text === other[at]));

/** Whose each name and address is. Notices come and go; this is made anew only when sites, or their names, change. */
export class SiteListing {
  readonly names: readonly string[];
  readonly #sites: readonly PreparedSite[];
  readonly #bySite = new Map<string, number>();
  readonly #byHost = new Map<string, number>();
  readonly #addresses = new Set<string>();

  constructor(sites: readonly PreparedSite[]) {
    this.#sites = sites;
    this.names = sites.map(({ name }) => name);
    for (const [at, { name, hostnames, addresses }] of sites.entries()) {
      this.#bySite.set(name, at);
      for (const host of [...hostnames, ...addresses]) {
        this.#byHost.set(host, this.#byHost.has(host) ? nobody : at);
      }
      for (const address of addresses) {
        this.#addresses.add(address);
      }
    }
  }

  /** True when these sites, in this order, are listed just so. */
  fits(sites: readonly PreparedSite[]): boolean {
    return (
      sites.length === this.#sites.length &&
      sites.every((site, at) => {
        const listed = this.#sites[at];
        return (
          site === listed ||
          (site.name === listed?.name &&
            isSame(site.hostnames, listed.hostnames) &&
            isSame(site.addresses, listed.addresses))
        );
      })
    );
  }

  /** The place of a site by its name; undefined when there is none. */
  placeOf(site: string | undefined): number | undefined {
    return site === undefined ? undefined : this.#bySite.get(site);
  }

  /** The place of the site that has a name or address; undefined when none has, and no place of a site when several do. */
  placeAt(host: string): number | undefined {
    return this.#byHost.get(host);
  }

  /** True for an address of any site. */
  isOfSite(address: string): boolean {
    return this.#addresses.has(address);
  }
}
