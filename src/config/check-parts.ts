import { type IsInstalled, isInstalled } from '../lib/installed.ts';
import type { Draft } from './draft.ts';
import { duplicates } from './duplicates.ts';
import { checkFolder, checkSecretFile } from './files.ts';
import type { Finding } from './finding.ts';
import type { YamlPath } from './yaml-source.ts';

/** The package is optional: an installation may have left it out, and would find out only in an outage. */
function libraryFindings(path: YamlPath, isThere: IsInstalled): readonly Finding[] {
  return isThere('acme-client')
    ? []
    : [
        {
          path,
          what: 'notice.acme needs the package acme-client, which is not installed',
          remedy: 'run npm ci without --omit=optional, or npm install acme-client',
        },
      ];
}

/** Certificates that are ordered must have a place, and somebody who answers over them. */
function placeFindings(notice: NonNullable<Draft['notice']>, path: YamlPath): readonly Finding[] {
  if (notice.certificates === undefined) {
    return [
      {
        path,
        what: 'notice.acme has no folder to put certificates into',
        remedy: 'add notice.certificates, such as ./certificates',
      },
    ];
  }
  return notice.https.length > 0 && notice.http.length > 0
    ? []
    : [
        {
          path,
          what: 'notice.acme needs a notice server that answers over HTTP and HTTPS',
          remedy: 'add notice.http and notice.https, unless notice nodes run elsewhere',
          isWarning: true,
        },
      ];
}

function acmeFindings(
  { notice }: Draft,
  resolve: (file: string) => string,
  isThere: IsInstalled,
): readonly Finding[] {
  if (notice?.acme === undefined) {
    return [];
  }
  const path = ['notice', 'acme'];
  const binding = notice.acme.externalAccountBinding;
  return [
    ...libraryFindings(path, isThere),
    ...placeFindings(notice, path),
    ...(binding === undefined
      ? []
      : checkSecretFile(resolve(binding.keyFile), [...path, 'externalAccountBinding', 'keyFile'])),
  ];
}

function noticeFindings({ notice }: Draft, resolve: (file: string) => string): readonly Finding[] {
  const folders = (['certificates', 'templates'] as const).flatMap((key) => {
    const folder = notice?.[key];
    return folder === undefined ? [] : checkFolder(resolve(folder), ['notice', key]);
  });
  const isSilent = notice !== undefined && notice.http.length + notice.https.length === 0;
  return isSilent
    ? [
        ...folders,
        {
          path: ['notice'],
          what: 'the notice server listens nowhere',
          remedy: 'add notice.http, such as ["0.0.0.0:80"], unless notice nodes run elsewhere',
          isWarning: true,
        },
      ]
    : folders;
}

function guardFindings({ guards, sites, vantages }: Draft): readonly Finding[] {
  const found: Finding[] = [];
  const warn = (at: readonly string[], what: string, remedy: string): void => {
    found.push({ path: at, what, remedy, isWarning: true });
  };
  const pairs = [
    ['holdDown', guards?.guards.holdDown],
    ['trial', guards?.guards.trial],
  ] as const;
  for (const [key, pair] of pairs) {
    if (pair !== undefined && pair.maxMs < pair.initialMs) {
      warn(['guards', key], `guards.${key}.max is shorter than initial`, 'make max the longer one');
    }
  }
  const times = guards?.guards.override;
  if (times !== undefined && times.maxMs < times.defaultMs) {
    warn(
      ['guards', 'override'],
      'guards.override.max is shorter than default',
      'make max the longer one',
    );
  }
  if (guards !== undefined && guards.references.length === 0 && sites.length > 0) {
    const what =
      'guards.isolation.references is empty: our own uplink down looks like every site down';
    warn(['guards'], what, 'name two targets that always answer, such as ["10.0.0.1:80"]');
  }
  const names = (vantages ?? []).map((key, index) => ({ key, path: ['vantages', index] }));
  return [...found, ...duplicates(names, 'the vantage', 'take one of them out')];
}

function adminFindings({ admin }: Draft): readonly Finding[] {
  return admin === undefined || admin.tokensFile !== undefined
    ? []
    : [
        {
          path: ['admin'],
          what: 'admin.tokensFile is not set: nobody may use the API',
          remedy: 'make a file of tokens as in examples/tokens.yaml and name it',
          isWarning: true,
        },
      ];
}

/** Checks the small parts of a configuration: the notice server, the brakes, the operators' side. */
export function checkParts(
  draft: Draft,
  resolve: (file: string) => string,
  isThere: IsInstalled = isInstalled,
): readonly Finding[] {
  return [
    ...noticeFindings(draft, resolve),
    ...acmeFindings(draft, resolve, isThere),
    ...guardFindings(draft),
    ...adminFindings(draft),
  ];
}
