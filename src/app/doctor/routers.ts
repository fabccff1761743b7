import type { RouterSettings, Settings } from '../../config/settings.ts';
import { type ErrorCode, errorChain, errorCode } from '../../lib/errors.ts';
import { hostPrefix } from '../../lib/ip.ts';
import { openDriver } from '../control/router-fleet.ts';
import { bad, type Finding, good, note } from './finding.ts';

/** A router that takes longer to be read is too slow to divert in time. */
const readMs = 15_000;

const remedies: Partial<Record<ErrorCode, string>> = {
  DETOUR_TRANSPORT_HOST_KEY_MISMATCH:
    'find out why the key changed; if it is meant, put the new fingerprint into hostKeys',
  DETOUR_TRANSPORT_HOST_KEY_MISSING:
    'pin its key: ssh-keyscan HOST | ssh-keygen -lf - prints what belongs into hostKeys',
  DETOUR_TRANSPORT_AUTH_FAILED: 'give the router the public half of privateKeyFile for this user',
  DETOUR_TRANSPORT_SECRET_UNREADABLE: 'put the file there, closed to everybody else (chmod 600)',
  DETOUR_TRANSPORT_CONNECT_FAILED:
    'check host, port, and the way there (firewall, management network)',
  DETOUR_TRANSPORT_TIMEOUT: 'check the way there, and whether the device is busy',
  DETOUR_ROUTER_ANSWER_UNREADABLE: 'check that driver names this kind of device',
  DETOUR_ROUTER_COMMAND_REJECTED: 'give the user the right to read and change static routes',
};

const placeOf = ({ transport }: RouterSettings): string =>
  ({
    ssh: (at: string): string => `over SSH at ${at}, its key is the pinned one`,
    telnet: (at: string): string => `over telnet at ${at}`,
    local: (): string => 'on this machine',
    grpc: (): string => 'a daemon of this machine',
  })[transport.type]('host' in transport ? `${transport.host} port ${transport.port}` : '');

function weakness(
  { name, transport }: RouterSettings,
  old: ReadonlySet<string>,
): readonly Finding[] {
  if (transport.type === 'telnet') {
    return [
      note(
        `router ${name} is reached by telnet: everybody on the way can read its password and change its commands - use ssh as soon as the device has it`,
      ),
    ];
  }
  if (transport.type !== 'ssh' || transport.algorithms !== 'legacy-2012') {
    return [];
  }
  const found =
    old.size === 0
      ? 'may be reached with the old SSH algorithms of legacy-2012, and none was needed now'
      : `is reached with old SSH algorithms (${[...old].join(', ')}): whoever is on the way may read its password`;
  return [
    note(
      `router ${name} ${found} - update the device or its keys and take algorithms: legacy-2012 out`,
    ),
  ];
}

async function checkRouter(
  router: RouterSettings,
  { sites }: Settings,
): Promise<readonly Finding[]> {
  const { name, driver: kind } = router;
  const old = new Set<string>();
  const onOldAlgorithms = (names: readonly string[]): void => {
    for (const algorithm of names) {
      old.add(algorithm);
    }
  };
  await using driver = openDriver(router, { onOldAlgorithms });
  try {
    const { owned, foreign } = await driver.read(AbortSignal.timeout(readMs));
    const prefixes = new Set(sites.flatMap((site) => site.addresses.map(hostPrefix)));
    const inTheWay = foreign.filter(({ prefix }) => prefixes.has(prefix));
    const ours = `it has ${owned.length === 0 ? 'no' : owned.length} routes of ours`;
    return [
      ...weakness(router, old),
      good(`router ${name} (${kind}) can be read ${placeOf(router)}; ${ours}`),
      ...inTheWay.map(({ prefix, nextHop }) =>
        note(
          `router ${name} has a route for ${prefix} via ${nextHop} that is not ours; Detour leaves it alone and cannot divert that address - take it off if it is not meant`,
        ),
      ),
    ];
  } catch (error) {
    const code = errorCode(error);
    const remedy = (code === undefined ? undefined : remedies[code]) ?? 'see docs/errors.md';
    return [
      ...weakness(router, old),
      bad(`router ${name} (${kind}) cannot be read: ${errorChain(error)}`, remedy),
    ];
  }
}

/** Every router, read and no more. */
export async function checkRouters(settings: Settings): Promise<readonly Finding[]> {
  if (settings.routers.length === 0) {
    return [note('no router is configured: nothing can be diverted - describe one under routers:')];
  }
  const found = await Promise.all(settings.routers.map((router) => checkRouter(router, settings)));
  return found.flat();
}
