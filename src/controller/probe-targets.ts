import type { ProbeSpec, Site } from '../core/site.ts';
import { targetId } from '../core/state.ts';
import type { HeapItem } from '../lib/min-heap.ts';

/** Where a target stands in the schedule; it is in the heap only while `planned`, in the queue only while `queued`. */
export type Standing = 'new' | 'planned' | 'queued' | 'running' | 'gone';

/** One target in the schedule: one probe of one site at one address. */
export interface ScheduledTarget extends HeapItem {
  /** Unique over all sites. */
  readonly key: string;
  readonly address: string;
  site: Site;
  spec: ProbeSpec;
  standing: Standing;
  intervalMs: number;
  /** Start of the last probe on the monotonic clock; undefined before the first, and after a change of what is asked. */
  lastStart: number | undefined;
  /** The random number behind the present gap, kept so that a change of pace does not draw again. */
  draw: number;
  /** When it should start next on the monotonic clock. */
  dueAt: number;
  /** Its moment was missed and it was given another; that happens once in a row, so a slow machine still probes. */
  isPostponed: boolean;
  /** Somebody asked for a fresh sample while a probe was under way. */
  isWantedAgain: boolean;
  /** Cancels the probe under way. */
  running: AbortController | undefined;
}

/** Every probe and address of a site, by target id. */
export function wantedTargets(
  site: Site,
): ReadonlyMap<string, { readonly spec: ProbeSpec; readonly address: string }> {
  return new Map(
    site.probes.flatMap((spec) =>
      site.addresses.map((address) => [targetId(spec.name, address), { spec, address }] as const),
    ),
  );
}

/** A target that has not been probed yet and stands in no queue. */
export function newTarget(site: Site, spec: ProbeSpec, address: string): ScheduledTarget {
  return {
    key: `${site.name} ${targetId(spec.name, address)}`,
    address,
    site,
    spec,
    standing: 'new',
    intervalMs: spec.intervalMs,
    lastStart: undefined,
    draw: 0,
    dueAt: 0,
    isPostponed: false,
    isWantedAgain: false,
    running: undefined,
    heapIndex: -1,
  };
}

/** True when a probe made for one definition also answers the other: a reload makes new objects of the same words. */
export function asksTheSame(target: ScheduledTarget, site: Site, spec: ProbeSpec): boolean {
  return (
    (target.spec === spec || JSON.stringify(target.spec) === JSON.stringify(spec)) &&
    target.site.origin?.address === site.origin?.address &&
    target.site.origin?.sourceAddress === site.origin?.sourceAddress
  );
}
