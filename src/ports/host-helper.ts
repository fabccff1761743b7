/** A source whose packets the kernel of the notice host drops, until it expires. */
export interface BlockedSource {
  /** An IPv4 address, or the /64 of an IPv6 one. */
  readonly source: string;
  readonly expiresInSeconds: number;
}

/** An address that a notice host must never take. */
export interface RefusedAddress {
  readonly address: string;
  readonly why: string;
}

/** What the helper of a notice host says of itself. */
export interface HostStatus {
  readonly pid: number;
  /** The snapshot whose diverted addresses this host takes; null before the first. */
  readonly generation: number | null;
  readonly takenAddresses: number;
  readonly blockedSources: number;
  /** Addresses of registered sites that this host would not take if they were diverted, each with the reason. */
  readonly refusedAddresses: readonly RefusedAddress[];
  /** In words, what is wrong with this host; empty when nothing is. */
  readonly problems: readonly string[];
}

/**
 * The one small process of a notice host that may change its kernel: it takes diverted addresses and blocks sources.
 * Every method rejects with DETOUR_HOST_FAILED when no helper answers, or with the helper's own refusal.
 */
export interface HostHelper {
  status(signal: AbortSignal): Promise<HostStatus>;
  /** Resolves when this host takes every address that the snapshot on disk says is diverted. */
  follow(signal: AbortSignal): Promise<HostStatus>;
  blocked(signal: AbortSignal): Promise<readonly BlockedSource[]>;
  /** Blocks a source, or moves the end of its block. */
  block(source: string, seconds: number, signal: AbortSignal): Promise<void>;
  /** False when it was not blocked. */
  lift(source: string, signal: AbortSignal): Promise<boolean>;
}

/** Where the control plane asks about the sources that notice hosts block. Every method rejects with DETOUR_NOTICE_NOT_LIVE or DETOUR_HOST_FAILED. */
export interface BlockedSourceDesk {
  blockedSources(signal: AbortSignal): Promise<readonly BlockedSource[]>;
  blockSource(source: string, seconds: number, signal: AbortSignal): Promise<void>;
  liftSource(source: string, signal: AbortSignal): Promise<void>;
}
