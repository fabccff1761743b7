import type { z } from 'zod';
import { familyOf, prefixContains } from '../lib/ip.ts';
import { suggest } from '../lib/nearest.ts';
import type { Placed } from './draft.ts';
import { duplicates } from './duplicates.ts';
import { checkSecretFile } from './files.ts';
import type { Finding } from './finding.ts';
import type { RouterInput } from './schema/router-schema.ts';
import type { YamlPath } from './yaml-source.ts';

/** What the configuration needs to know of the drivers, without knowing one of them. */
export interface DriverCatalogue {
  readonly driverNames: readonly string[];
  /** The schema of a driver's `options`; undefined for a driver that has none. */
  readonly driverOptions: (driver: string) => z.ZodType | undefined;
  /** What a driver with these options asks of its transport: any one of `commands`, `shell`, `netconf`, `grpc`. */
  readonly driverCarriage: (
    driver: string,
    options: Readonly<Record<string, unknown>>,
  ) => readonly string[] | undefined;
  /** What keeps such a router from taking routes back by itself, and what to do; undefined when it can. */
  readonly driverLeaseProblem: (
    driver: string,
    options: Readonly<Record<string, unknown>>,
  ) => string | undefined;
}

/** A router whose own options were read by its driver's schema. */
export interface CheckedRouter {
  readonly findings: readonly Finding[];
  readonly issues: readonly z.core.$ZodIssue[];
  readonly issuesAt: YamlPath;
  readonly options: Readonly<Record<string, unknown>>;
}

function driverFindings(
  { path, value }: Placed<RouterInput>,
  drivers: DriverCatalogue | undefined,
): readonly Finding[] {
  return drivers === undefined || drivers.driverNames.includes(value.driver)
    ? []
    : [
        {
          path: [...path, 'driver'],
          what: `there is no driver ${value.driver}`,
          remedy: suggest(value.driver, drivers.driverNames),
        },
      ];
}

/** Telnet is refused unless it is allowed, and even then it is never passed over in silence. */
function clearText(path: YamlPath, { name, allowInsecureTransport }: RouterInput): Finding {
  const what = `router ${name} is reached by telnet: everybody on the way can read its password and change its commands`;
  const remedy = allowInsecureTransport
    ? 'use ssh as soon as the device has it; until then keep its management network closed to others'
    : 'use transport type ssh; for a device without SSH say allowInsecureTransport: true on the router';
  return {
    path: [...path, 'transport', 'type'],
    what,
    remedy,
    ...(allowInsecureTransport ? { isWarning: true } : {}),
  };
}

/** They are off unless asked for by name, and even then never passed over in silence. */
const oldAlgorithms = (path: YamlPath, { name }: RouterInput): Finding => ({
  path: [...path, 'transport', 'algorithms'],
  what: `router ${name} may be reached with the old SSH algorithms of legacy-2012: whoever is on the way may read its password and change its commands`,
  remedy:
    'update the device or its keys and take the line out; until then keep its management network closed to others',
  isWarning: true,
});

function transportFindings(
  { path, value }: Placed<RouterInput>,
  resolve: (file: string) => string,
): readonly Finding[] {
  const { transport } = value;
  if (transport.type === 'local' || transport.type === 'grpc') {
    return [];
  }
  if (transport.type === 'telnet') {
    return [
      clearText(path, value),
      ...checkSecretFile(resolve(transport.passwordFile), [...path, 'transport', 'passwordFile']),
    ];
  }
  const files = (['privateKeyFile', 'passwordFile'] as const).flatMap((key) => {
    const file = transport[key];
    return file === undefined ? [] : checkSecretFile(resolve(file), [...path, 'transport', key]);
  });
  const old = transport.algorithms === 'legacy-2012' ? [oldAlgorithms(path, value)] : [];
  const hasSecret = transport.privateKeyFile !== undefined || transport.passwordFile !== undefined;
  return hasSecret
    ? [...old, ...files]
    : [
        ...old,
        {
          path: [...path, 'transport'],
          what: `router ${value.name} has neither privateKeyFile nor passwordFile`,
          remedy: 'make a key with ssh-keygen -t ed25519 and name its file',
        },
      ];
}

/** What each transport carries. */
const carried: Readonly<Record<RouterInput['transport']['type'], readonly string[]>> = {
  ssh: ['commands', 'shell', 'netconf'],
  telnet: ['shell'],
  local: ['commands'],
  grpc: ['grpc'],
};

/** A driver that needs a terminal cannot be reached by calls, and so on. */
function carriageFindings(
  { path, value }: Placed<RouterInput>,
  carriage: readonly string[] | undefined,
): readonly Finding[] {
  const { driver, transport } = value;
  const isCarried = (kinds: readonly string[]): boolean =>
    carriage?.some((kind) => kinds.includes(kind)) ?? true;
  if (carriage === undefined || isCarried(carried[transport.type])) {
    return [];
  }
  const others = Object.entries(carried)
    .filter(([, kinds]) => isCarried(kinds))
    .map(([type]) => type);
  return [
    {
      path: [...path, 'transport', 'type'],
      what: `driver ${driver} needs ${carriage.join(' or ')}, which a transport of type ${transport.type} does not carry`,
      remedy: `use transport type ${others.join(' or ')}, or the options under which the driver needs something else`,
    },
  ];
}

function drillFindings({ path, value }: Placed<RouterInput>): readonly Finding[] {
  const { name, drill, estate, nextHop } = value;
  if (drill === undefined) {
    return [];
  }
  const at = [...path, 'drill', 'address'];
  if (!estate.some((prefix) => prefixContains(prefix, drill.address))) {
    const what = `${drill.address} lies outside the estate of ${name}`;
    return [{ path: at, what, remedy: 'reserve an address inside the estate for drills' }];
  }
  const family = familyOf(drill.address);
  return nextHop[family] === undefined || nextHop[family] === drill.address
    ? [
        {
          path: at,
          what: `router ${name} cannot divert ${drill.address} to its next hop`,
          remedy: `give nextHop.${family} and an address other than that`,
        },
      ]
    : [];
}

/** Checks one router beyond its schema: its driver, the files of its secrets, and its driver's own options. */
export function checkRouter(
  router: Placed<RouterInput>,
  drivers: DriverCatalogue | undefined,
  resolve: (file: string) => string,
): CheckedRouter {
  const { value, path } = router;
  const parsed = drivers?.driverOptions(value.driver)?.safeParse(value.options);
  const data: unknown = parsed?.data;
  const options = typeof data === 'object' && data !== null ? { ...data } : value.options;
  return {
    findings: [
      ...driverFindings(router, drivers),
      ...transportFindings(router, resolve),
      ...carriageFindings(router, drivers?.driverCarriage(value.driver, options)),
      ...drillFindings(router),
      ...(value.enablePasswordFile === undefined
        ? []
        : checkSecretFile(resolve(value.enablePasswordFile), [...path, 'enablePasswordFile'])),
    ],
    issues: parsed?.error?.issues ?? [],
    issuesAt: [...path, 'options'],
    options,
  };
}

/** Checks that span all routers. */
export function routerNames(routers: readonly Placed<RouterInput>[]): readonly Finding[] {
  const names = routers.map(({ value, path }) => ({ key: value.name, path: [...path, 'name'] }));
  return duplicates(names, 'the name', 'rename one of the routers');
}
