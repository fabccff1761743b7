import type { Marker } from '../core/probe-result.ts';
import type { Site } from '../core/site.ts';

/** What one fetch of a site at one of its own addresses brought back. */
export interface PathSight {
  /** A marker with a valid signature, if the answer carried one. */
  readonly marker?: Marker;
  /** True when an HTTP answer came at all. */
  readonly isAnswered: boolean;
  readonly detail: string;
}

/** Looks through the data path as a visitor would. Never rejects. */
export interface DataPath {
  look(site: Site, address: string, signal: AbortSignal): Promise<PathSight>;
}
