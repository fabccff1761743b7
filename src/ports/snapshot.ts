import type { PassThrough } from '../core/site.ts';
import type { LogPlace } from '../lib/part-log.ts';
import type { PartRef } from '../lib/parted-file.ts';
import type { EpochMs } from '../lib/time.ts';
import type { NoticeLimits } from './notice-limits.ts';

/** One ready-made body. Bytes are base64 in the file. */
export interface SnapshotBody {
  readonly language: string;
  readonly format: 'html' | 'json' | 'text';
  /** `full` page, or the `small` one of at most 1,200 bytes for times of load. */
  readonly size: 'full' | 'small';
  readonly contentType: string;
  readonly identity: string;
  readonly gzip?: string;
  readonly br?: string;
}

/** A set of bodies and until when it may be shown: an expected recovery that has passed is no longer a promise. */
export interface SnapshotEdition {
  /** Undefined: until further notice. Editions are in order; the first whose end is not past is served. */
  readonly until?: EpochMs;
  readonly bodies: readonly SnapshotBody[];
}

/** A question of a certificate authority and our answer to it (RFC 8555 8.1). Neither is a secret. */
export interface Challenge {
  readonly token: string;
  /** The key authorization, which is the body of the answer. */
  readonly answer: string;
}

/** A source that every notice host drops the packets of until then: an IPv4 address or an IPv6 /64. */
export interface SnapshotBlock {
  readonly source: string;
  readonly until: EpochMs;
}

/** A tenth of what a notice host blocks at most; the rest is for what it sees itself. */
export const maxSnapshotBlocks = 1_000;

export interface SnapshotSite {
  readonly name: string;
  readonly hostnames: readonly string[];
  readonly addresses: readonly string[];
  /** 0 while the site has no diversion: the standby notice. */
  readonly generation: number;
  /** The whole value of the Detour-Notice header. */
  readonly marker: string;
  readonly status: number;
  readonly expectedRecoveryAt?: EpochMs;
  /** The small page for this site whatever the load. */
  readonly isSmallOnly: boolean;
  /** Its visitors use HTTPS, so a notice over plain HTTP alone does not do. */
  readonly needsHttps?: true;
  /** The site needs no notice now: its visitors are passed through to its own origin. */
  readonly passThrough?: PassThrough;
  readonly contentSecurityPolicy: string;
  readonly editions: readonly SnapshotEdition[];
}

/** All that passes from the control plane to the notice plane. */
export interface Snapshot {
  /** Grows with every write. */
  readonly generation: number;
  readonly writtenAt: EpochMs;
  readonly defaultLanguage: string;
  readonly limits: NoticeLimits;
  readonly sites: readonly SnapshotSite[];
  /** What authorities may ask for now; left out when nothing. */
  readonly challenges?: readonly Challenge[];
  /** Left out when nothing is blocked, so that a notice host of an older version goes on. */
  readonly blocked?: readonly SnapshotBlock[];
  /** Answers for hostnames that are nobody's here. */
  readonly neutral: Omit<
    SnapshotSite,
    'name' | 'hostnames' | 'addresses' | 'expectedRecoveryAt' | 'needsHttps' | 'passThrough'
  >;
}

/** One site as the manifest lists it: the digest stands for all that its part of the file says. */
export interface SiteRef extends PartRef {
  readonly name: string;
  /** Of its notice; 0 for standby. */
  readonly generation: number;
}

/** What is signed: a snapshot whose sites are named by the digests of their parts, so that one that did not change need not be read again. */
export interface Manifest extends Omit<Snapshot, 'sites'> {
  readonly format: 2;
  readonly sites: readonly SiteRef[];
}

/** The signed file of earlier versions, in which every site stands whole. */
export interface WholeSnapshot extends Snapshot {
  readonly format: 1;
}

/**
 * The snapshot file: the exact JSON text of a manifest, an Ed25519 signature over its UTF-8 bytes (RFC 8032), base64, and
 * where the sites' parts stand: each is a line of a log beside it, found by its digest. A node is given the first two alone.
 */
export interface SignedSnapshot {
  readonly snapshot: string;
  readonly signature: string;
  readonly parts?: LogPlace;
}

/**
 * Of the files in the hand-over folder; it grows when a notice process of an earlier version can no longer read what a
 * publisher writes. A process says which layout it reads, so that one that was left behind is seen before a notice fails.
 */
export const snapshotLayout = 3;

/** Name of the snapshot file inside the hand-over folder, and of the public key that checks it. */
export const snapshotFile = 'snapshot.json';
export const snapshotKeyFile = 'snapshot.pub';

/**
 * Stands at the end of a page that answers a form: what was sent is lost, and the page must not leave by itself.
 * The page cannot find that out alone, as no browser tells a document by which method it was asked for.
 */
export const sentMark = '<i data-sent></i>\n';

/** The header that proves a notice is ours. */
export const markerHeader = 'Detour-Notice';
