import type { Settings } from '../../config/settings.ts';

/** Addresses that Detour itself depends on, with what they are for: no site may have one. */
export function neededAddresses({
  routers,
  references,
  notice,
}: Settings): ReadonlyMap<string, string> {
  return new Map([
    ...routers.flatMap(({ name, transport }): readonly [string, string][] =>
      'host' in transport ? [[transport.host, `the management address of router ${name}`]] : [],
    ),
    ...routers.flatMap(({ name, drill }): readonly [string, string][] =>
      drill === undefined ? [] : [[drill.address, `the drill address of router ${name}`]],
    ),
    ...(notice.nodes?.list ?? []).flatMap(({ name, http, https }) =>
      [...http, ...https].map(({ host }): [string, string] => [
        host,
        `the address of notice node ${name}`,
      ]),
    ),
    ...references.map(({ address }): [string, string] => [
      address,
      'a reference of guards.isolation',
    ]),
  ]);
}
