import type { Marker } from '../core/probe-result.ts';
import type { Site } from '../core/site.ts';

/** What one fetch of a site by one door of one of its own addresses brought back. */
export interface PathSight {
  /** A marker with a valid signature, if the answer carried one. */
  readonly marker?: Marker;
  /** True when an HTTP answer came at all. */
  readonly isAnswered: boolean;
  readonly detail: string;
}

/** What is looked for at one of a site's own addresses. */
export interface PathLook {
  readonly site: Site;
  readonly address: string;
  readonly expect: 'notice' | 'origin';
}

/**
 * Looks through the data path as a visitor would, by every door at which the expected must be seen: over HTTP, over HTTPS,
 * or both. One sight for each, and at least one. Never rejects.
 */
export interface DataPath {
  look(look: PathLook, signal: AbortSignal): Promise<readonly PathSight[]>;
}
