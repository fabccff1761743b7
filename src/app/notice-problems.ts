import { readLook } from '../adapters/publishers/snapshot/look.ts';
import type { ConfigReport } from '../config/load.ts';
import { sortProblems } from '../lib/problem.ts';

/** Adds to a report what is wrong with the notice's own templates and words, as the publisher will read them. */
export function withNoticeProblems(report: ConfigReport): ConfigReport {
  const { settings, ...rest } = report;
  if (settings === undefined) {
    return report;
  }
  const { defaultLanguage, templates } = settings.notice;
  const { problems } = readLook({
    defaultLanguage,
    ...(templates === undefined ? {} : { templates }),
  });
  return problems.length === 0
    ? report
    : { ...rest, problems: sortProblems([...report.problems, ...problems]) };
}
