import { suggest } from '../lib/nearest.ts';
import type { Draft } from './draft.ts';
import { duplicates } from './duplicates.ts';
import { checkSecretFile } from './files.ts';
import type { Finding } from './finding.ts';

type OriginHost = Draft['originHosts'][number];

function secretFindings(
  { value: { transport }, path }: OriginHost,
  resolve: (file: string) => string,
): readonly Finding[] {
  if (transport?.type !== 'ssh') {
    return [];
  }
  const { privateKeyFile, passwordFile } = transport;
  if (privateKeyFile === undefined && passwordFile === undefined) {
    return [
      {
        path: [...path, 'transport'],
        what: 'the transport has neither privateKeyFile nor passwordFile',
        remedy: 'give the file of a key of a user without rights on that host',
      },
    ];
  }
  return Object.entries({ privateKeyFile, passwordFile }).flatMap(([key, file]) =>
    file === undefined ? [] : checkSecretFile(resolve(file), [...path, 'transport', key]),
  );
}

/** Checks the machines behind sites: names, files of secrets, and whether their sites are known. */
export function checkOriginHosts(
  { originHosts, sites }: Draft,
  resolve: (file: string) => string,
): readonly Finding[] {
  const known = sites.map(({ value }) => value.name);
  const names = originHosts.map(({ value, path }) => ({
    key: value.name,
    path: [...path, 'name'],
  }));
  const unknown = originHosts.flatMap(({ value, path }) =>
    value.sites.flatMap((site, index) =>
      known.includes(site)
        ? []
        : [
            {
              path: [...path, 'sites', index],
              what: `no site of this file is named ${site}`,
              remedy: `${suggest(site, known)} (or register it through the API)`,
              isWarning: true as const,
            },
          ],
    ),
  );
  return [
    ...duplicates(names, 'the name', 'rename one of the origin hosts'),
    ...unknown,
    ...originHosts.flatMap((host) => secretFindings(host, resolve)),
  ];
}
