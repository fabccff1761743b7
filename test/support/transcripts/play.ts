import { allowedLines as eosLines } from '../../../src/adapters/routers/eos/commands.ts';
import { allowedLines as iosLines } from '../../../src/adapters/routers/ios/commands.ts';
import { allowedLines as junosLines } from '../../../src/adapters/routers/junos/commands.ts';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { allowedLines as vyosLines } from '../../../src/adapters/routers/vyos/commands.ts';
import type { RouterReading } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { Random } from '../../simulation/random.ts';
import { EosDevice } from '../../simulators/eos/eos-device.ts';
import { IosDevice } from '../../simulators/ios/ios-device.ts';
import { JunosDevice } from '../../simulators/junos/junos-device.ts';
import type { Device } from '../../simulators/support/device.ts';
import { VyosDevice } from '../../simulators/vyos/vyos-device.ts';
import {
  birdAnswer,
  frrAnswer,
  linuxAnswer,
  nftablesAnswer,
  otherRoute,
  silentRoute,
} from './samples.ts';
import { spoiledCommands, spoiledDevice } from './spoiled.ts';

/** A dialogue with a spoiled router comes to one of the first two. */
export type Fate =
  | 'read'
  | 'refused'
  | 'false proof'
  | 'crash'
  | 'hang'
  | 'stray line'
  | 'foreign route harmed';

/** A driver, and a router whose words are spoiled by the random source. */
export interface TranscriptSubject {
  readonly name: string;
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** The whole of what the account may send. */
  readonly allowed?: readonly RegExp[];
  readonly router: (random: Random) => SpoiledRouter;
}

/** Where there is a device, a change is tried too, and the device is asked afterwards what came of it. */
interface SpoiledRouter {
  readonly transport: Transport;
  readonly device?: Device;
}

/** Past its limit by this much, a reading has not kept it. */
const graceMs = 20_000;

/** A change that half of the dialogues make; its next hop is as dead as the one that is configured. */
const change = {
  add: [{ prefix: '192.0.2.11/32', nextHop: silentRoute.nextHop }],
  remove: [],
  unchanged: [],
};

/** What the account needs of NETCONF, by operation. */
const netconfOperations = [
  /^get-(config|route-information|commit-information)$/,
  /^(lock|unlock|edit-config|validate|commit|cancel-commit|discard-changes)$/,
  /^(load-configuration|close-session)$/,
];

/** Our route stands configured and not forwarded by, another one is in use. */
function ready<Kind extends Device>(
  device: Kind,
  configure: (device: Kind) => void,
  random: Random,
): SpoiledRouter {
  configure(device);
  device.addForeign(otherRoute);
  return { transport: spoiledDevice(device, random), device };
}

const devices: readonly TranscriptSubject[] = [
  {
    name: 'ios',
    driver: 'ios',
    allowed: iosLines,
    router: (random) =>
      ready(
        new IosDevice({ hasArchive: true }),
        (device) => {
          device.running = [
            {
              family: 'ip',
              target: '192.0.2.10 255.255.255.255',
              nextHop: silentRoute.nextHop,
              tag: 6310,
              name: 'detour',
            },
          ];
        },
        random,
      ),
  },
  {
    name: 'eos',
    driver: 'eos',
    allowed: eosLines,
    router: (random) =>
      ready(
        new EosDevice(),
        (device) => {
          device.running = [{ ...silentRoute, options: ' tag 6310 name detour' }];
        },
        random,
      ),
  },
  {
    name: 'vyos',
    driver: 'vyos',
    allowed: vyosLines,
    router: (random) =>
      ready(
        new VyosDevice({ action: 'reload' }),
        (device) => {
          device.running = new Map([
            [silentRoute.prefix, [`next-hop ${silentRoute.nextHop}`, 'description detour']],
          ]);
        },
        random,
      ),
  },
  ...(['cli', 'netconf'] as const).map((protocol) => ({
    name: `junos ${protocol}`,
    driver: 'junos',
    options: { protocol },
    allowed: protocol === 'cli' ? junosLines : netconfOperations,
    router: (random: Random): SpoiledRouter =>
      ready(
        new JunosDevice({ netconf: '1.1' }),
        (device) => {
          device.store.byHand(() => [
            { prefix: silentRoute.prefix, nextHops: [silentRoute.nextHop], tag: 6310 },
          ]);
        },
        random,
      ),
  })),
];

const commands: readonly TranscriptSubject[] = [
  { name: 'frr', driver: 'frr', options: { shell: 'vtysh' }, answer: frrAnswer },
  { name: 'linux', driver: 'linux', answer: linuxAnswer },
  { name: 'bird', driver: 'bird', answer: birdAnswer },
  { name: 'nftables', driver: 'nftables', answer: nftablesAnswer },
].map(({ answer, ...subject }) => ({
  ...subject,
  router: (random: Random): SpoiledRouter => ({ transport: spoiledCommands(answer, random) }),
}));

/** Every driver that reads words, with whole dialogues where it leads one. */
export const transcriptSubjects: readonly TranscriptSubject[] = [...commands, ...devices];

interface FateOptions {
  readonly seed: number;
  readonly patienceMs: number;
}

/** Leads one dialogue with a spoiled router and says what came of it; every other one changes the router before it reads. */
export async function fateOf(
  subject: TranscriptSubject,
  { seed, patienceMs }: FateOptions,
): Promise<Fate> {
  const { transport, device } = subject.router(new Random(seed));
  await using driver = openRouteDriver(subject.driver, {
    router: 'edge-1',
    transport,
    options: subject.options ?? {},
  });
  const limit = Promise.withResolvers<Fate>();
  const timer = setTimeout(() => limit.resolve('hang'), patienceMs + graceMs);
  const act = device === undefined ? 'read' : (acts[seed % acts.length] ?? 'read');
  const fate = await Promise.race([talk(driver, act, patienceMs), limit.promise]);
  clearTimeout(timer);
  return device === undefined ? fate : (harmOf(device, subject) ?? fate);
}

/** What is done before the reading: a change for good, or one with a way back that is then confirmed. */
const acts = ['read', 'apply', 'read', 'try'] as const;

async function talk(
  driver: RouteDriver,
  act: (typeof acts)[number],
  patienceMs: number,
): Promise<Fate> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    if (act === 'try' && driver.applyUnconfirmed !== undefined) {
      const tried = await driver.applyUnconfirmed(change, 60_000, signal);
      await tried?.confirm(signal);
    } else if (act !== 'read') {
      await driver.apply(change, signal);
    }
    return isFalseProof(await driver.read(signal)) ? 'false proof' : 'read';
  } catch (error) {
    // The signal's own reason may come through before anything was said.
    return error instanceof DetourError || error instanceof DOMException ? 'refused' : 'crash';
  }
}

/** Neither route is forwarded by: whoever calls one of them installed has believed what was never said. */
function isFalseProof({ owned }: RouterReading): boolean {
  const dead = [silentRoute, ...change.add];
  return owned.some(
    ({ prefix, nextHop, isInstalled }) =>
      isInstalled && dead.some((one) => one.prefix === prefix && one.nextHop === nextHop),
  );
}

/** What was done to the device that must not be, whatever the driver says of it. */
function harmOf(device: Device, { allowed = [] }: TranscriptSubject): Fate | undefined {
  if (device.received.some((line) => !allowed.some((one) => one.test(line)))) {
    return 'stray line';
  }
  const isWhole = device
    .hostRoutes()
    .some(({ prefix, nextHop }) => prefix === otherRoute.prefix && nextHop === otherRoute.nextHop);
  return isWhole ? undefined : 'foreign route harmed';
}

/** What many dialogues came to; nothing may be among the bad ones. */
export interface Fates {
  read: number;
  refused: number;
  readonly bad: { readonly seed: number; readonly fate: Fate }[];
}

export interface PlayOptions {
  readonly count: number;
  readonly seed: number;
  /** Dialogues that are led at once: their patience is one of the clock, and they share a processor. */
  readonly atOnce: number;
  readonly patienceMs: number;
}

/** Leads so many dialogues with spoiled routers, some at once, and counts what came of them. */
export async function playTranscripts(
  subject: TranscriptSubject,
  { count, seed, atOnce, patienceMs }: PlayOptions,
): Promise<Fates> {
  const fates: Fates = { read: 0, refused: 0, bad: [] };
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const at = seed + next;
      next += 1;
      const fate = await fateOf(subject, { seed: at, patienceMs });
      if (fate === 'read' || fate === 'refused') {
        fates[fate] += 1;
      } else {
        fates.bad.push({ seed: at, fate });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return fates;
}
