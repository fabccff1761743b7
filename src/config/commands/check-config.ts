import { errorChain } from '../../lib/errors.ts';
import { formatProblem } from '../../lib/problem.ts';
import type { ConfigReport } from '../load.ts';
import type { Settings } from '../settings.ts';
import { counted, exitCodes, type Output, writeProblems } from './output.ts';

export interface CheckConfigInput {
  readonly file: string;
  /** Reads the file and everything it names. */
  readonly inspect: () => ConfigReport;
  readonly output: Output;
}

function summary(settings: Settings): string {
  const probes = settings.sites.reduce((sum, site) => sum + site.probes.length, 0);
  return [
    counted(settings.sites.length, 'site'),
    counted(probes, 'probe'),
    counted(settings.routers.length, 'router'),
    counted(settings.rules.length, 'rule'),
    counted(settings.admin.tokens.length, 'token'),
  ].join(', ');
}

function inspected({ inspect, output }: CheckConfigInput): ConfigReport | undefined {
  try {
    return inspect();
  } catch (error) {
    output.write(`${errorChain(error)}\n`);
    return undefined;
  }
}

/** `detour check-config`: one line when the file can be used, every problem with its place when not. Changes nothing. */
export function checkConfig(input: CheckConfigInput): number {
  const report = inspected(input);
  if (report === undefined) {
    return exitCodes.failed;
  }
  for (const warning of report.warnings) {
    input.output.write(`warning: ${formatProblem(warning)}\n`);
  }
  if (report.settings === undefined) {
    writeProblems(input.output, report.problems, report.sources);
    input.output.write(`${input.file}: ${counted(report.problems.length, 'problem')}\n`);
    return exitCodes.failed;
  }
  input.output.write(`${input.file}: good (${summary(report.settings)})\n`);
  return exitCodes.done;
}
