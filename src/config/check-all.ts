import path from 'node:path';
import { suggest } from '../lib/nearest.ts';
import type { Problem } from '../lib/problem.ts';
import { checkOnDeath } from './check-on-death.ts';
import { checkOriginHosts } from './check-origin-hosts.ts';
import { checkParts } from './check-parts.ts';
import {
  type CheckedRouter,
  checkRouter,
  type DriverCatalogue,
  routerNames,
} from './check-routers.ts';
import { checkSites } from './check-sites.ts';
import type { Draft } from './draft.ts';
import { duplicates } from './duplicates.ts';
import { checkSecretFile } from './files.ts';
import type { Finding } from './finding.ts';
import { type LoadedRules, loadRules, ruleFiles, shippedRules } from './rules/load-rules.ts';
import { issueProblems, valueAt } from './schema-problems.ts';
import type { TokenSettings } from './settings.ts';
import { loadTokens } from './tokens.ts';
import type { YamlSource } from './yaml-source.ts';

/** What the checks beyond the schema found and loaded. */
export interface Checked {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly rules: LoadedRules;
  readonly tokens: readonly TokenSettings[];
  /** In the order of the draft's routers. */
  readonly routers: readonly CheckedRouter[];
}

/** Leads from the folder of the configuration file to absolute paths, and back to short names for people. */
export interface Paths {
  readonly resolve: (file: string) => string;
  readonly show: (file: string) => string;
}

/** Paths of a configuration are relative to its own folder, and shown as they lie from the working folder of `file`. */
export function pathsOf(file: string): Paths {
  const folder = path.resolve(path.dirname(file));
  const shownFolder = path.dirname(file);
  return {
    resolve: (name) => path.resolve(folder, name),
    show: (name) =>
      path.isAbsolute(file) ? name : path.join(shownFolder, path.relative(folder, name)),
  };
}

function rulesOf(draft: Draft, paths: Paths): { rules: LoadedRules; findings: readonly Finding[] } {
  if (draft.rules === undefined) {
    const files = ruleFiles('*.yaml', shippedRules);
    return { rules: loadRules(files, paths.show), findings: [] };
  }
  const found = draft.rules.map((pattern) => ruleFiles(pattern, paths.resolve('.')));
  const findings = draft.rules.flatMap((pattern, index) =>
    found[index]?.length === 0
      ? [
          {
            path: ['rules', index],
            what: `no rule file is named ${pattern}`,
            remedy: 'correct the name or pattern: it is relative to this file',
          },
        ]
      : [],
  );
  return { rules: loadRules([...new Set(found.flat())], paths.show), findings };
}

/** A rule that speaks about no site in the file is a misspelt probe, or a rule to take out. */
function uselessRules(draft: Draft, rules: LoadedRules): readonly Problem[] {
  const probes = draft.sites.flatMap(({ value }) => value.probes.map(({ name }) => name));
  if (probes.length === 0) {
    return [];
  }
  return rules.rules.flatMap(({ rule, probePlaces }) =>
    Object.entries(probePlaces)
      .filter(([name]) => !probes.includes(name))
      .map(([name, place]) => ({
        ...place,
        what: `rule ${rule.name} asks about the probe ${name}, which no site has`,
        remedy: `${suggest(name, [...new Set(probes)])} (for sites with and without it, ask has(probes.${name}) first)`,
      })),
  );
}

function writtenNames(source: YamlSource, key: string): readonly string[] {
  const items = valueAt(source.data, [key]);
  return Array.isArray(items)
    ? items
        .map((item: unknown) => valueAt(item, ['name']))
        .filter((name) => typeof name === 'string')
    : [];
}

function alertFindings(draft: Draft, paths: Paths): readonly Finding[] {
  const names = draft.alerts.map(({ value, path: at }) => ({
    key: value.name,
    path: [...at, 'name'],
  }));
  const files = draft.alerts.flatMap(({ value, path: at }) =>
    value.authorizationFile === undefined
      ? []
      : checkSecretFile(paths.resolve(value.authorizationFile), [...at, 'authorizationFile']),
  );
  return [...duplicates(names, 'the name', 'rename one of the alerts'), ...files];
}

function nodeFindings({ notice }: Draft, paths: Paths): readonly Finding[] {
  const parts = [
    ['nodes', notice?.nodes],
    ['snapshot', notice?.snapshot],
  ] as const;
  const files = parts.flatMap(([part, tls]) =>
    tls === undefined
      ? []
      : checkSecretFile(paths.resolve(tls.keyFile), ['notice', part, 'keyFile']),
  );
  const names = (notice?.nodes?.list ?? []).map(({ name: key }, index) => ({
    key,
    path: ['notice', 'nodes', 'list', index, 'name'],
  }));
  return [...duplicates(names, 'the name', 'rename one of the nodes'), ...files];
}

/** Makes every check that no schema can: names that must exist or be single, files, rules, tokens, what may be diverted. */
export function checkAll(
  source: YamlSource,
  draft: Draft,
  drivers: DriverCatalogue | undefined,
): Checked {
  const paths = pathsOf(source.file);
  const routers = draft.routers.map((router) => checkRouter(router, drivers, paths.resolve));
  const { rules, findings: ruleFindings } = rulesOf(draft, paths);
  const tokensFile = draft.admin?.tokensFile;
  const tokens =
    tokensFile === undefined ? undefined : loadTokens(paths.resolve(tokensFile), paths.show);
  const sites = checkSites(draft.sites, {
    routers: draft.routers,
    brokenRouters: writtenNames(source, 'routers'),
    references: draft.guards?.references ?? [],
    listeners: [...(draft.notice?.http ?? []), ...(draft.notice?.https ?? [])],
  });
  const findings = [
    ...routerNames(draft.routers),
    ...routers.flatMap((router) => router.findings),
    ...sites,
    ...ruleFindings,
    ...(tokens?.findings ?? []),
    ...alertFindings(draft, paths),
    ...nodeFindings(draft, paths),
    ...checkParts(draft, paths.resolve),
    ...checkOriginHosts(draft, paths.resolve),
    ...checkOnDeath(draft, routers, drivers),
  ];
  const placed = (found: readonly Finding[]): readonly Problem[] =>
    found.map(({ path: at, what, remedy }) => ({ ...source.place(at), what, remedy }));
  const isWarning = (finding: Finding): boolean => finding.isWarning === true;
  return {
    problems: [
      ...placed(findings.filter((finding) => !isWarning(finding))),
      ...routers.flatMap(({ issues, issuesAt }) => issueProblems({ source }, issues, issuesAt)),
      ...rules.problems,
      ...uselessRules(draft, rules),
      ...(tokens?.problems ?? []),
    ],
    warnings: [...placed(findings.filter(isWarning)), ...(tokens?.warnings ?? [])],
    rules,
    tokens: tokens?.tokens ?? [],
    routers,
  };
}
