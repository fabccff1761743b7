import { readLook } from '../adapters/publishers/snapshot/look.ts';
import type { ConfigReport } from '../config/load.ts';
import { sortProblems } from '../lib/problem.ts';

/**
 * Adds to a report what is wrong with the notice's own templates and words, as the publisher will read them:
 * all that is wrong is told at once, so other problems of the file do not hide these.
 */
export function withNoticeProblems(report: ConfigReport): ConfigReport {
  const { settings: _, ...rest } = report;
  const problems = report.noticeStyle === undefined ? [] : readLook(report.noticeStyle).problems;
  return problems.length === 0
    ? report
    : { ...rest, problems: sortProblems([...report.problems, ...problems]) };
}
