/** How far Detour may go for a site without asking: only say what it would do, ask first, or act. */
export const siteModes = ['observe', 'confirm', 'auto'] as const;
export type SiteMode = (typeof siteModes)[number];

/**
 * What becomes of a site's diversion when no controller is alive to watch it: it stays as it is, or the routers take it back
 * by themselves after a while, so that visitors reach the origin again.
 */
export const deathWishes = ['stay', 'fall-back'] as const;
export type DeathWish = (typeof deathWishes)[number];

export const probeTypes = ['http', 'https', 'tcp'] as const;
export type ProbeType = (typeof probeTypes)[number];

/**
 * What must hold before an address that several sites share may be moved automatically:
 * `any` site of it down, `all` of them down, or at least a `share` of them.
 */
export type SharedAddressPolicy = 'any' | 'all' | { readonly share: number };

/** One check of a site, tried against each of its addresses. */
export interface ProbeSpec {
  /** Unique within the site; rules say `probes.<name>`. */
  readonly name: string;
  readonly type: ProbeType;
  /** For http and https: host, port and path. The connection goes to the site's address; the name is Host and SNI. */
  readonly url?: string;
  /** For tcp: the port. */
  readonly port?: number;
  readonly intervalMs: number;
  /** Pace while the site is suspect. */
  readonly suspectIntervalMs: number;
  /** Pace while the site is diverted. */
  readonly divertedIntervalMs: number;
  readonly timeoutMs: number;
  /** Passes in a row that make the target up. */
  readonly rise: number;
  /** Fails in a row that make the target down. */
  readonly fall: number;
  readonly expect: {
    /** Inclusive ranges of HTTP status that pass. */
    readonly status: readonly (readonly [number, number])[];
    /** RE2 pattern that the first 64 KiB of the body must contain. */
    readonly body?: string;
  };
}

/**
 * Where the notice host passes the visitors of a healthy site on to while a neighbour's diversion has taken their shared
 * address: the site's own origin, at an address that is never diverted.
 */
export interface PassThrough {
  readonly address: string;
  /** Ports of the origin for what came over plain HTTP, and over TLS. */
  readonly http: number;
  readonly https: number;
  /** Each connection begins with a preamble (PROXY protocol, version 2) that names the visitor. */
  readonly proxyProtocol: boolean;
}

/** A path that still reaches the true origin while the site's address is diverted. */
export interface OriginPath {
  /** Another address of the origin; Host and SNI stay the site's. */
  readonly address?: string;
  /** A local source address whose packets the routers send to the true origin. */
  readonly sourceAddress?: string;
  readonly passThrough?: PassThrough;
}

/** A registered site: what a customer owns, where it lives, and what may be done for it. */
export interface Site {
  readonly name: string;
  readonly title: Readonly<Record<string, string>>;
  /** Lower-case names without a trailing dot. */
  readonly hostnames: readonly string[];
  /** Canonical addresses. */
  readonly addresses: readonly string[];
  /** Names of the routers that carry its diversions. */
  readonly routers: readonly string[];
  readonly mode: SiteMode;
  readonly origin?: OriginPath;
  readonly probes: readonly ProbeSpec[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sharedAddress: SharedAddressPolicy;
  /** Status of the notice: 503 unless the owner chose 200. */
  readonly noticeStatus: number;
  /** Unlike that of the guards. */
  readonly onDeath?: DeathWish;
  /** Where it is written down; sites from the file are read-only in the API. */
  readonly owner: 'file' | 'api';
  /** Where its notice is looked for, when no probe tells: 80 unless said. */
  readonly lookPort?: number;
  /** It left the configuration while its routes stood, and is known only until those are gone. */
  readonly isLeaving?: true;
}

/** True when visitors of a site use HTTPS, as far as its probes tell. */
export function isOverHttps({ probes }: Pick<Site, 'probes'>): boolean {
  return probes.some(({ type, url }) => type === 'https' || url?.startsWith('https:') === true);
}

/** What the core needs to know of a router. How to reach it is the driver's affair. */
export interface RouterSpec {
  readonly name: string;
  readonly nextHop: { readonly ipv4?: string; readonly ipv6?: string };
  /** Prefixes inside which host routes may be installed at all. */
  readonly estate: readonly string[];
  /** It has an address for drills: without a fresh one that passed, nothing is diverted there automatically. */
  readonly isDrilled?: true;
  /** It can take routes back by itself when nobody renews their lease. */
  readonly canLease?: true;
  /** Its password and our commands go there in clear text. */
  readonly isInsecure?: true;
  /** It may be reached with SSH algorithms that can be broken. */
  readonly allowsOldAlgorithms?: true;
}
