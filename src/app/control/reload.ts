import type { ReloadResult } from '../../api/http/options.ts';
import { environment } from '../../config/env.ts';
import { inspectConfigFile } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import type { Controller } from '../../controller/controller.ts';
import { coreConfig } from '../core-config.ts';
import { drivers } from '../load-settings.ts';
import type { Desks } from './desks.ts';
import type { Ground } from './ground.ts';

/** Reads the configuration again and puts it in place; one with problems is refused whole, and the old one stays. */
export async function reload(
  { settings, metrics, log }: Ground,
  controller: Controller,
  { sites }: Desks,
): Promise<ReloadResult> {
  if (settings.file === undefined) {
    return {
      isApplied: false,
      problems: ['There is no configuration file to read again.'],
      warnings: [],
    };
  }
  const report = inspectConfigFile(settings.file, environment(), drivers);
  const problems = report.problems.map(formatProblem);
  const warnings = report.warnings.map(formatProblem);
  if (report.settings === undefined) {
    metrics.configReload.set(0);
    log.error({ problems }, 'The configuration was not reloaded; the old one stays');
    const detail = `${problems.length} problems; the old configuration stays`;
    await controller.submit({ type: 'noted', reason: 'config-rejected', owner: 'detour', detail });
    return { isApplied: false, problems, warnings };
  }
  await sites.rebase(coreConfig(report.settings));
  metrics.configReload.set(1);
  return { isApplied: true, problems: [], warnings };
}
