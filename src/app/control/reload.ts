import { isDeepStrictEqual } from 'node:util';
import type { ReloadResult } from '../../api/http/options.ts';
import type { ConfigReport } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import type { AddressPins } from '../../controller/address-pins.ts';
import type { Controller } from '../../controller/controller.ts';
import type { Reconciler } from '../../controller/reconciler.ts';
import { errorChain } from '../../lib/errors.ts';
import { formatProblem } from '../../lib/problem.ts';
import { coreConfig } from '../core-config.ts';
import { submitter } from './controller.ts';
import type { Desks } from './desks.ts';
import type { Ground } from './ground.ts';
import { tellInsecure } from './insecure-routers.ts';
import type { Observers } from './observers.ts';
import { withPins } from './pins.ts';
import { reloadHindrances } from './reload-hindrances.ts';
import type { RouterFleet } from './router-fleet.ts';
import { type SettingsChange, settingsChange } from './settings-change.ts';

/** The parts that a reload touches. */
export interface Reloaded {
  readonly controller: Controller;
  readonly fleet: RouterFleet;
  readonly observers: Observers;
  readonly reconciler: Reconciler;
  readonly desks: Desks;
  readonly pins: AddressPins;
}

/** Reads the configuration file again. Throws when it cannot be read at all. */
export type Reread = () => ConfigReport;

/** Puts the configuration on disk in place of the one that holds. One that is not good in every part is refused whole. */
export class Reload {
  readonly #ground: Ground;
  readonly #parts: Reloaded;
  readonly #reread: Reread;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ground: Ground, parts: Reloaded, reread: Reread) {
    this.#ground = ground;
    this.#parts = parts;
    this.#reread = reread;
  }

  /** Reloads after any reload that is under way. Never rejects: what went wrong is in the answer, the log and the metric. */
  run(): Promise<ReloadResult> {
    const turn = this.#last.then(() => this.#run());
    this.#last = turn;
    return turn;
  }

  /** Tries again to pin the sites that have no addresses, and watches those that have some then. Never rejects. */
  repin(): Promise<void> {
    const turn = this.#last.then(() => this.#repin());
    this.#last = turn;
    return turn;
  }

  async #repin(): Promise<void> {
    const { inForce, log } = this.#ground;
    try {
      const sites = await this.#parts.pins.again();
      if (!isDeepStrictEqual(sites, inForce.settings.sites)) {
        await this.#apply({ ...inForce.settings, sites });
        this.#parts.pins.adopt();
      }
    } catch (error) {
      log.error({ err: errorChain(error) }, 'Sites that were pinned now could not be taken in');
    }
  }

  async #run(): Promise<ReloadResult> {
    const { inForce } = this.#ground;
    const warnings: string[] = [];
    try {
      const report = this.#reread();
      warnings.push(...report.warnings.map(formatProblem));
      if (report.settings === undefined) {
        return await this.#refuse(report.problems.map(formatProblem), warnings);
      }
      const wanted = await withPins(report.settings, this.#parts.pins);
      const state = this.#parts.controller.state();
      const hindrances = reloadHindrances(state, inForce.settings, wanted);
      if (hindrances.length > 0) {
        return await this.#refuse(hindrances, warnings);
      }
      const change = settingsChange(inForce.settings, wanted);
      await this.#apply(change.settings);
      this.#parts.pins.adopt();
      return this.#tell(change, warnings);
    } catch (error) {
      return await this.#refuse([errorChain(error)], warnings);
    }
  }

  /** What can fail comes first, and is taken back when it does. */
  async #apply(settings: Settings): Promise<void> {
    const { inForce } = this.#ground;
    const { fleet, observers, reconciler, desks } = this.#parts;
    const before = inForce.settings;
    const raised = fleet.raise(settings.routers);
    try {
      await desks.limits.rebase(settings.limits);
      await desks.sites.rebase(coreConfig(settings));
    } catch (error) {
      fleet.raise(before.routers);
      fleet.retire(before.routers);
      await this.#restoreLimits(before);
      throw error;
    }
    const isRaised = ({ name }: { readonly name: string }): boolean => raised.includes(name);
    const { log } = this.#ground;
    tellInsecure(settings.routers.filter(isRaised), submitter(this.#parts.controller, log), log);
    inForce.replace(settings);
    desks.drills.plan();
    fleet.retire(settings.routers);
    observers.replaceReferences(settings.references);
    reconciler.watch(settings.routers.map(({ name }) => name));
    for (const router of raised) {
      reconciler.readNow(router);
    }
  }

  async #restoreLimits({ limits }: Settings): Promise<void> {
    try {
      await this.#parts.desks.limits.rebase(limits);
    } catch (error) {
      this.#ground.log.error({ err: errorChain(error) }, 'The old limits were not restored');
    }
  }

  #tell({ applied, needsRestart }: SettingsChange, warnings: readonly string[]): ReloadResult {
    const { log, metrics } = this.#ground;
    metrics.configReload.set(1);
    log.info({ applied }, 'The configuration was reloaded');
    for (const warning of warnings) {
      log.warn({ warning }, 'The configuration has a weak spot');
    }
    if (needsRestart.length > 0) {
      log.warn({ needsRestart }, 'Parts of the configuration hold only after a restart');
    }
    return { isApplied: true, problems: [], warnings, applied, needsRestart };
  }

  async #refuse(problems: readonly string[], warnings: readonly string[]): Promise<ReloadResult> {
    const { log, metrics } = this.#ground;
    metrics.configReload.set(0);
    log.error({ problems }, 'The configuration was not reloaded; the old one stays');
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    const detail = `${count}; the old configuration stays`;
    await this.#parts.controller
      .submit({ type: 'noted', reason: 'config-rejected', owner: 'detour', detail })
      .catch((error: unknown) => {
        log.error({ err: errorChain(error) }, 'The refused reload could not be noted in the audit');
      });
    return { isApplied: false, problems, warnings, applied: [], needsRestart: [] };
  }
}
