import { allowedLines as eosLines } from '../../../src/adapters/routers/eos/commands.ts';
import { allowedLines as frrLines } from '../../../src/adapters/routers/frr/terminal.ts';
import { allowedLines as iosLines } from '../../../src/adapters/routers/ios/commands.ts';
import { allowedLines as junosLines } from '../../../src/adapters/routers/junos/commands.ts';
import { allowedLines as vyosLines } from '../../../src/adapters/routers/vyos/commands.ts';
import { openGrpcTransport } from '../../../src/adapters/transports/grpc/transport.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import type { Random } from '../../simulation/random.ts';
import { EosDevice } from '../../simulators/eos/eos-device.ts';
import { FrrDevice } from '../../simulators/frr/frr-device.ts';
import { IosDevice } from '../../simulators/ios/ios-device.ts';
import { JunosDevice } from '../../simulators/junos/junos-device.ts';
import type { Device } from '../../simulators/support/device.ts';
import { VyosDevice } from '../../simulators/vyos/vyos-device.ts';
import {
  birdAnswer,
  exabgpAnswer,
  frrAnswer,
  linuxAnswer,
  nftablesAnswer,
  otherRoute,
  scriptAnswer,
  silentRoute,
} from './samples.ts';
import { spoiledCommands, spoiledDevice, spoiledSsh, trueCommands } from './spoiled.ts';
import { SpoiledSpeaker } from './spoiled-speaker.ts';
import { spoiledTelnet } from './spoiled-telnet.ts';

/** A driver, and a router whose words are spoiled by the random source. */
export interface TranscriptSubject {
  readonly name: string;
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly enablePassword?: string;
  /** The whole of what the account may send. */
  readonly allowed?: readonly RegExp[];
  readonly router: (random: Random) => SpoiledRouter | Promise<SpoiledRouter>;
  /** How many dialogues are led with every change, and in the long run. */
  readonly counts: { readonly share: number; readonly whole: number };
  /** What carries the words. Through the system no time but the true one passes; within this process it is a quick one. */
  readonly over: 'memory' | 'ssh' | 'grpc';
  /** An operation on the router may take so long. */
  readonly patienceMs: number;
  /** Dialogues that are led at once. */
  readonly atOnce: number;
}

/** Where there is a device, a change is tried too, and the device is asked afterwards what came of it. */
export interface SpoiledRouter extends Partial<AsyncDisposable> {
  readonly transport: Transport;
  readonly device?: Device;
  /** Aborted when there is nothing more to wait for. */
  readonly silence?: AbortSignal;
  readonly grpcPort?: number;
  /** Besides those of the subject. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** A speaker that takes changes and makes none, and keeps what it was asked. */
  readonly changes?: readonly string[];
}

/** What the account needs of NETCONF, by operation. */
const netconfOperations = [
  /^get-(config|route-information|commit-information)$/,
  /^(lock|unlock|edit-config|validate|commit|cancel-commit|discard-changes)$/,
  /^(load-configuration|close-session)$/,
];

/** Our route stands configured and not forwarded by, another one is in use. */
function prepared<Kind extends Device>(device: Kind, configure: (device: Kind) => void): Kind {
  configure(device);
  device.addForeign(otherRoute);
  return device;
}

const enablePassword = 'en4ble';

const inMemoryOnly = { over: 'memory', patienceMs: 30_000, atOnce: 20 } as const;

/** A dialogue takes its time, an answer to a command does not; and waiting costs something only by the true time. */
const pace = {
  commands: { ...inMemoryOnly, counts: { share: 2_000, whole: 100_000 } },
  dialogues: { ...inMemoryOnly, counts: { share: 80, whole: 100_000 } },
  overSsh: { over: 'ssh', patienceMs: 30_000, atOnce: 20, counts: { share: 40, whole: 10_000 } },
  speakers: { over: 'grpc', patienceMs: 30_000, atOnce: 16, counts: { share: 16, whole: 100_000 } },
} as const;

/** The devices as each dialogue finds them. */
const readyDevices = {
  frr: () =>
    prepared(new FrrDevice({ enablePassword }), (device) => {
      device.running = [{ ...silentRoute, tag: 6310, distance: 2 }];
    }),
  ios: () =>
    prepared(new IosDevice({ hasArchive: true }), (device) => {
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
  eos: () =>
    prepared(new EosDevice(), (device) => {
      device.running = [{ ...silentRoute, options: ' tag 6310 name detour' }];
    }),
  vyos: () =>
    prepared(new VyosDevice({ action: 'reload' }), (device) => {
      device.running = new Map([
        [silentRoute.prefix, [`next-hop ${silentRoute.nextHop}`, 'description detour']],
      ]);
    }),
  junos: () =>
    prepared(new JunosDevice({ netconf: '1.1' }), (device) => {
      device.store.byHand(() => [
        { prefix: silentRoute.prefix, nextHops: [silentRoute.nextHop], tag: 6310 },
      ]);
    }),
} as const;

type Led = Pick<TranscriptSubject, 'driver' | 'options' | 'enablePassword' | 'allowed'>;

const frr: Led = { driver: 'frr', enablePassword, allowed: [...frrLines, /^\(secret\)$/] };
const ios: Led = { driver: 'ios', allowed: iosLines };
const junos: Led = { driver: 'junos', options: { protocol: 'cli' }, allowed: junosLines };

const inMemory =
  (make: () => Device) =>
  (random: Random): SpoiledRouter => {
    const device = make();
    return { transport: spoiledDevice(device, random), device };
  };

const devices: readonly TranscriptSubject[] = [
  {
    ...frr,
    name: 'frr over telnet',
    router: (random: Random): SpoiledRouter => {
      const device = readyDevices.frr();
      return { transport: spoiledTelnet(device, random), device };
    },
  },
  { ...ios, name: 'ios', router: inMemory(readyDevices.ios) },
  { name: 'eos', driver: 'eos', allowed: eosLines, router: inMemory(readyDevices.eos) },
  { name: 'vyos', driver: 'vyos', allowed: vyosLines, router: inMemory(readyDevices.vyos) },
  { ...junos, name: 'junos cli', router: inMemory(readyDevices.junos) },
  {
    ...junos,
    name: 'junos netconf',
    options: { protocol: 'netconf' },
    allowed: netconfOperations,
    router: inMemory(readyDevices.junos),
  },
].map((subject) => ({ ...subject, ...pace.dialogues }));

const overSsh: readonly TranscriptSubject[] = [
  { ...frr, name: 'frr over ssh', options: { shell: 'terminal' }, make: readyDevices.frr },
  { ...ios, name: 'ios over ssh', make: readyDevices.ios },
  { ...junos, name: 'junos cli over ssh', make: readyDevices.junos },
].map(({ make, ...subject }) => ({
  ...subject,
  ...pace.overSsh,
  router: async (random: Random): Promise<SpoiledRouter> => {
    const device = make();
    return { ...(await spoiledSsh(device, random)), device };
  },
}));

const commands: readonly TranscriptSubject[] = [
  { name: 'frr', driver: 'frr', options: { shell: 'vtysh' }, answer: frrAnswer },
  { name: 'linux', driver: 'linux', answer: linuxAnswer },
  { name: 'bird', driver: 'bird', answer: birdAnswer },
  { name: 'nftables', driver: 'nftables', answer: nftablesAnswer },
  {
    name: 'script',
    driver: 'script',
    options: { command: ['/usr/local/sbin/detour-routes'] },
    answer: scriptAnswer,
  },
].map(({ answer, ...subject }) => ({
  ...subject,
  ...pace.commands,
  router: (random: Random): SpoiledRouter => ({ transport: spoiledCommands(answer, random) }),
}));

/** Speakers that nobody speaks to at the moment: one is soon taken, and long to open. */
const idle: SpoiledSpeaker[] = [];

async function speakerFor(random: Random, hasOurs: boolean): Promise<SpoiledSpeaker> {
  const speaker = idle.pop() ?? (await SpoiledSpeaker.open());
  speaker.behave(random, { hasOurs });
  return speaker;
}

const giveBack = (speaker: SpoiledSpeaker) => async (): Promise<void> => {
  idle.push(speaker);
};

/** Ends the speakers that were opened. */
export async function closeSpeakers(): Promise<void> {
  for (const speaker of idle.splice(0)) {
    await speaker[Symbol.asyncDispose]();
  }
}

const speakers: readonly TranscriptSubject[] = [
  {
    name: 'gobgp',
    driver: 'gobgp',
    ...pace.speakers,
    router: async (random) => {
      const speaker = await speakerFor(random, true);
      return {
        transport: openGrpcTransport(),
        grpcPort: speaker.port,
        changes: speaker.changes,
        [Symbol.asyncDispose]: giveBack(speaker),
      };
    },
  },
  {
    name: 'exabgp',
    driver: 'exabgp',
    ...pace.speakers,
    router: async (random) => {
      const speaker = await speakerFor(random, false);
      // Half of the time the pipes tell the truth, so that it is the witness who spoils.
      const isPipeTrue = random.oneIn(2);
      return {
        transport: isPipeTrue ? trueCommands(exabgpAnswer) : spoiledCommands(exabgpAnswer, random),
        options: { witnessPort: speaker.port },
        [Symbol.asyncDispose]: giveBack(speaker),
      };
    },
  },
];

/** Every driver that reads words, with whole dialogues where it leads one. */
export const transcriptSubjects: readonly TranscriptSubject[] = [
  ...commands,
  ...devices,
  ...speakers,
  ...overSsh,
];
