import type { Phase } from '../core/phase.ts';
import type { ProbeSpec, Site } from '../core/site.ts';
import type { State } from '../core/state.ts';
import { cadenceMs } from './probe-cadence.ts';
import { asksTheSame, newTarget, type ScheduledTarget, wantedTargets } from './probe-targets.ts';

/** What the roster tells the schedule. */
export interface RosterHooks {
  /** The target is new, or its next start must be worked out again. */
  readonly place: (target: ScheduledTarget) => void;
  /** The answer of a probe under way is no longer asked for. */
  readonly cancel: (target: ScheduledTarget) => void;
  readonly drop: (target: ScheduledTarget) => void;
  /** This probe of this site is no more at any address. */
  readonly forget: (site: string, probe: string) => void;
}

interface SiteEntry {
  site: Site;
  phase: Phase;
  readonly targets: Map<string, ScheduledTarget>;
}

const serving: Phase = { name: 'serving' };

/** The phase of a site; one that the core has not met yet is serving. */
export function phaseOf(state: State, site: string): Phase {
  return state.sites.get(site)?.phase ?? serving;
}

/** Keeps the list of targets in line with the registered sites, and their pace in line with the phases. */
export class ProbeRoster {
  readonly #hooks: RosterHooks;
  readonly #sites = new Map<string, SiteEntry>();
  #size = 0;

  constructor(hooks: RosterHooks) {
    this.#hooks = hooks;
  }

  /** How many targets there are, those about to be added included. */
  get size(): number {
    return this.#size;
  }

  /** The targets of a site; none when it is not registered. */
  targetsOf(site: string): Iterable<ScheduledTarget> {
    return this.#sites.get(site)?.targets.values() ?? [];
  }

  *targets(): Generator<ScheduledTarget> {
    for (const { targets } of this.#sites.values()) {
      yield* targets.values();
    }
  }

  /** Takes over new, changed and gone sites. What stays the same keeps its place in the schedule. */
  replaceSites(state: State): void {
    const { sites } = state.config;
    this.#size = Object.values(sites).reduce(
      (count, { probes, addresses }) => count + probes.length * addresses.length,
      0,
    );
    for (const [name, { site }] of this.#sites) {
      if (sites[name] === undefined) {
        this.#replaceProbes(name, { ...site, probes: [] });
        this.#sites.delete(name);
      }
    }
    for (const [name, site] of Object.entries(sites)) {
      const entry = this.#sites.get(name);
      if (entry === undefined) {
        this.#sites.set(name, { site, phase: phaseOf(state, name), targets: new Map() });
      }
      if (entry?.site !== site) {
        this.#replaceProbes(name, site);
      }
    }
  }

  /** Gives the targets of sites that changed phase their new pace. */
  review(state: State): void {
    for (const [name, entry] of this.#sites) {
      const phase = phaseOf(state, name);
      if (phase !== entry.phase) {
        entry.phase = phase;
        for (const target of entry.targets.values()) {
          this.#setPace(target, phase);
        }
      }
    }
  }

  #replaceProbes(name: string, site: Site): void {
    const entry = this.#sites.get(name);
    if (entry === undefined) {
      return;
    }
    const wanted = wantedTargets(site);
    for (const [id, target] of entry.targets) {
      if (!wanted.has(id)) {
        entry.targets.delete(id);
        this.#hooks.drop(target);
      }
    }
    for (const [id, { spec, address }] of wanted) {
      const target = entry.targets.get(id);
      if (target === undefined) {
        const fresh = newTarget(site, spec, address);
        fresh.intervalMs = cadenceMs(entry.phase, spec);
        entry.targets.set(id, fresh);
        this.#hooks.place(fresh);
      } else {
        this.#redefine(target, site, spec);
        this.#setPace(target, entry.phase);
      }
    }
    for (const { name: probe } of entry.site.probes) {
      if (!site.probes.some((spec) => spec.name === probe)) {
        this.#hooks.forget(name, probe);
      }
    }
    entry.site = site;
  }

  #redefine(target: ScheduledTarget, site: Site, spec: ProbeSpec): void {
    const isSame = asksTheSame(target, site, spec);
    target.site = site;
    target.spec = spec;
    if (!isSame) {
      this.#hooks.cancel(target);
      target.lastStart = undefined;
      this.#hooks.place(target);
    }
  }

  #setPace(target: ScheduledTarget, phase: Phase): void {
    const intervalMs = cadenceMs(phase, target.spec);
    if (intervalMs !== target.intervalMs) {
      target.intervalMs = intervalMs;
      this.#hooks.place(target);
    }
  }
}
