import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { DetourError } from '../../../src/lib/errors.ts';
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

/** A reading of a spoiled answer is one of the first two. */
export type Fate = 'read' | 'refused' | 'false proof' | 'crash' | 'hang';

/** A driver, and a router whose words are spoiled by the random source. */
export interface TranscriptSubject {
  readonly name: string;
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly transport: (random: Random) => Transport;
}

/** Past its limit by this much, a reading has not kept it. */
const graceMs = 20_000;

/** Our route stands configured and not forwarded by, another one is in use. */
function ready<Kind extends Device>(device: Kind, configure: (device: Kind) => void): Kind {
  configure(device);
  device.addForeign(otherRoute);
  return device;
}

const devices: readonly TranscriptSubject[] = [
  {
    name: 'ios',
    driver: 'ios',
    transport: (random) =>
      spoiledDevice(
        ready(new IosDevice({ hasArchive: true }), (device) => {
          device.running = [
            {
              family: 'ip',
              target: '192.0.2.10 255.255.255.255',
              nextHop: silentRoute.nextHop,
              tag: 6310,
              name: 'detour',
            },
          ];
        }),
        random,
      ),
  },
  {
    name: 'eos',
    driver: 'eos',
    transport: (random) =>
      spoiledDevice(
        ready(new EosDevice(), (device) => {
          device.running = [{ ...silentRoute, options: ' tag 6310 name detour' }];
        }),
        random,
      ),
  },
  {
    name: 'vyos',
    driver: 'vyos',
    transport: (random) =>
      spoiledDevice(
        ready(new VyosDevice(), (device) => {
          device.running = new Map([
            [silentRoute.prefix, [`next-hop ${silentRoute.nextHop}`, 'description detour']],
          ]);
        }),
        random,
      ),
  },
  ...(['cli', 'netconf'] as const).map((protocol) => ({
    name: `junos ${protocol}`,
    driver: 'junos',
    options: { protocol },
    transport: (random: Random): Transport =>
      spoiledDevice(
        ready(new JunosDevice({ netconf: '1.1' }), (device) => {
          device.store.byHand(() => [
            { prefix: silentRoute.prefix, nextHops: [silentRoute.nextHop], tag: 6310 },
          ]);
        }),
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
  transport: (random: Random): Transport => spoiledCommands(answer, random),
}));

/** Every driver that reads words, with whole dialogues where it leads one. */
export const transcriptSubjects: readonly TranscriptSubject[] = [...commands, ...devices];

/** Reads one spoiled router and says what came of it. */
export async function fateOf(
  subject: TranscriptSubject,
  { seed, patienceMs }: { readonly seed: number; readonly patienceMs: number },
): Promise<Fate> {
  await using driver = openRouteDriver(subject.driver, {
    router: 'edge-1',
    transport: subject.transport(new Random(seed)),
    options: subject.options ?? {},
  });
  const limit = Promise.withResolvers<Fate>();
  const timer = setTimeout(() => limit.resolve('hang'), patienceMs + graceMs);
  const reading = driver.read(AbortSignal.timeout(patienceMs)).then(
    ({ owned }): Fate =>
      owned.some(
        ({ prefix, nextHop, isInstalled }) =>
          isInstalled && prefix === silentRoute.prefix && nextHop === silentRoute.nextHop,
      )
        ? 'false proof'
        : 'read',
    // The signal's own reason may come through before anything was said.
    (error): Fate =>
      error instanceof DetourError || error instanceof DOMException ? 'refused' : 'crash',
  );
  const fate = await Promise.race([reading, limit.promise]);
  clearTimeout(timer);
  return fate;
}

/** Reads so many spoiled routers, some at once, and counts what came of them. Throws at the first that must not be. */
export async function playTranscripts(
  subject: TranscriptSubject,
  {
    count,
    seed,
    atOnce,
    patienceMs,
  }: {
    readonly count: number;
    readonly seed: number;
    /** Dialogues that are led at once: their patience is one of the clock, and they share a processor. */
    readonly atOnce: number;
    readonly patienceMs: number;
  },
): Promise<Readonly<Record<'read' | 'refused', number>>> {
  const fates = { read: 0, refused: 0 };
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const at = seed + next;
      next += 1;
      const fate = await fateOf(subject, { seed: at, patienceMs });
      if (fate !== 'read' && fate !== 'refused') {
        throw new Error(`A spoiled answer of ${subject.name} came to a ${fate} with seed ${at}`);
      }
      fates[fate] += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return fates;
}
