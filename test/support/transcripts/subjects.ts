import { allowedLines as eosLines } from '../../../src/adapters/routers/eos/commands.ts';
import { allowedLines as iosLines } from '../../../src/adapters/routers/ios/commands.ts';
import { allowedLines as junosLines } from '../../../src/adapters/routers/junos/commands.ts';
import { allowedLines as vyosLines } from '../../../src/adapters/routers/vyos/commands.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import type { Random } from '../../simulation/random.ts';
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
export interface SpoiledRouter {
  readonly transport: Transport;
  readonly device?: Device;
}

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
