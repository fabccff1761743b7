import type { Settings } from '../../config/settings.ts';

/** Addresses that Detour itself depends on, with what they are for: no site may have one. */
export function neededAddresses({ routers, references }: Settings): ReadonlyMap<string, string> {
  return new Map([
    ...routers.flatMap(({ name, transport }): readonly [string, string][] =>
      transport.type === 'ssh'
        ? [[transport.host, `the management address of router ${name}`]]
        : [],
    ),
    ...references.map(({ address }): [string, string] => [
      address,
      'a reference of guards.isolation',
    ]),
  ]);
}
