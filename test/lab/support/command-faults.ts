import type { ErrorCode } from '../../../src/lib/errors.ts';
import { until } from '../../support/until.ts';
import { type CommandDriver, type CommandStage, route, type StageReach } from './fault-stage.ts';

export type Way = 'divert' | 'restore';

/** One thing that goes wrong with a device that is told by commands. */
export interface CommandFault {
  /** As the table in docs/router-faults.md names it. */
  readonly name: string;
  readonly ways?: readonly Way[];
  /** Drivers whose devices know no such thing. */
  readonly notFor?: readonly CommandDriver[];
  /** How it is reached while the fault lasts. */
  readonly reach?: (stage: CommandStage) => Promise<StageReach>;
  readonly begin?: (stage: CommandStage) => void | Promise<void>;
  /** What the device does to each command that arrives, in shell; `CHANGE` is true for the one that carries the change. */
  readonly shell?: string;
  readonly end?: (stage: CommandStage) => void | Promise<void>;
  /** For faults that make the device fall silent: true once it has. */
  readonly isStuck?: (stage: CommandStage) => boolean | Promise<boolean>;
  readonly ends: readonly ('ok' | 'failed' | 'unknown')[];
  readonly codes?: readonly ErrorCode[];
  /** True when nothing of ours may have reached the device. */
  readonly hearsNothing?: true;
}

const hasArrived = async ({ login }: CommandStage): Promise<boolean> =>
  (await login.arrived()).length > 0;
const changeHasArrived = async ({ login, device }: CommandStage): Promise<boolean> =>
  (await login.arrived()).some((one) => device.isChange(one));
const atChange = (act: string): string => `if CHANGE; then ${act}; fi`;

/** Before anything was said, so that it is one which way the change goes. */
const connectionFaults: readonly CommandFault[] = [
  {
    name: 'refused',
    begin: ({ wire }) => wire.shut(),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_CONNECT_FAILED'],
    hearsNothing: true,
    ways: ['divert'],
  },
  {
    name: 'black hole',
    begin: (stage) => stage.swallow(true),
    isStuck: ({ wire }) => wire.connections > 0,
    end: (stage) => stage.swallow(false),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
    hearsNothing: true,
    ways: ['divert'],
  },
  {
    name: 'silent accept',
    begin: ({ wire }) => wire.hold(),
    isStuck: ({ wire }) => wire.connections > 0,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
    hearsNothing: true,
    ways: ['divert'],
  },
  {
    name: 'banner after 30 s',
    begin: ({ wire }) => wire.hold(),
    isStuck: ({ wire }) => wire.connections > 0,
    end: ({ wire }) => wire.release(),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
    hearsNothing: true,
    ways: ['divert'],
  },
  {
    name: 'host key changed',
    reach: async () => ({ pin: `SHA256:${'A'.repeat(43)}` }),
    ends: ['failed'],
    codes: ['DETOUR_TRANSPORT_HOST_KEY_MISMATCH'],
    hearsNothing: true,
    ways: ['divert'],
  },
  {
    name: 'login refused',
    reach: async (stage) => ({ privateKeyFile: await stage.strangersKey() }),
    ends: ['failed'],
    codes: ['DETOUR_TRANSPORT_AUTH_FAILED'],
    hearsNothing: true,
    ways: ['divert'],
  },
  {
    name: 'session limit',
    reach: async () => ({ user: 'full' }),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_CONNECT_FAILED', 'DETOUR_TRANSPORT_LOST'],
    hearsNothing: true,
    ways: ['divert'],
  },
];

/** Words where none belong: before the answer, in the middle of it, or instead of it. */
const wordFaults: readonly CommandFault[] = [
  {
    name: '1 MB message of the day',
    shell: 'yes "Authorized use only. All activity is logged." | head -c 1000000',
    ends: ['ok', 'unknown'],
    codes: ['DETOUR_ROUTER_ANSWER_UNREADABLE'],
  },
  {
    name: 'ANSI noise and log messages',
    shell:
      "printf '\\033[2J\\033[H%%SYS-5-CONFIG_I: Configured from console\\r\\n' | tee /dev/stderr",
    ends: ['ok', 'unknown'],
    codes: ['DETOUR_ROUTER_ANSWER_UNREADABLE'],
  },
  {
    name: 'half an answer',
    shell: 'run | head -c 60; exit 0',
    ends: ['failed', 'unknown'],
    codes: ['DETOUR_ROUTER_ANSWER_UNREADABLE', 'DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'says done and does nothing',
    shell: atChange('exit 0'),
    ends: ['failed', 'unknown'],
    codes: [
      'DETOUR_ROUTER_ANSWER_UNREADABLE',
      'DETOUR_ROUTER_COMMAND_REJECTED',
      'DETOUR_ROUTER_NOT_INSTALLED',
    ],
  },
  {
    name: '1 byte a second',
    shell: 'run | while IFS= read -r -N 1 byte; do printf %s "$byte"; sleep 1; done; exit 0',
    isStuck: hasArrived,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
];

/** What others do, and what the device refuses. */
const refusals: readonly CommandFault[] = [
  {
    name: 'lock held',
    begin: ({ device }) => device.lock(),
    end: ({ device }) => device.goBack(),
    ends: ['failed', 'unknown'],
    codes: ['DETOUR_ROUTER_LOCKED'],
  },
  {
    name: 'exclusive refused',
    shell: atChange('echo "sudo: a password is required" >&2; exit 1'),
    ends: ['failed', 'unknown'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'syntax error',
    // The record keeps what arrived; the device is handed something else.
    shell: atChange('sed "1i nonsense" "$stdin" >"$stem.bad"; stdin=$stem.bad'),
    ends: ['failed', 'unknown'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'check failure',
    ways: ['divert'],
    // One transaction is taken or refused as it is read, and ExaBGP checks nothing more than its words.
    notFor: ['nftables', 'exabgp'],
    begin: ({ device }) => device.spoil?.(true),
    end: ({ device }) => device.spoil?.(false),
    ends: ['failed'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'foreign /32',
    ways: ['divert'],
    // The table is ours alone.
    notFor: ['nftables'],
    begin: ({ device }) => device.setForeign?.({ ...route, nextHop: '10.10.4.20' }, true),
    end: ({ device }) => device.setForeign?.({ ...route, nextHop: '10.10.4.20' }, false),
    ends: ['failed'],
    codes: ['DETOUR_GUARD_REFUSED'],
  },
];

/** In the middle of a change. */
const midway: readonly CommandFault[] = [
  {
    name: 'cut after the change took effect',
    shell: atChange('run >/dev/null; cut'),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'cut before the change took effect',
    shell: atChange('cut'),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'the command is killed after the change took effect',
    shell: atChange('run >/dev/null; kill -9 $$'),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST', 'DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'hangs at the commit',
    shell: atChange('exec sleep 300'),
    isStuck: changeHasArrived,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  {
    name: 'commit takes longer than an operation may',
    shell: atChange('trap "" HUP PIPE; sleep 1'),
    isStuck: changeHasArrived,
    end: ({ login }) =>
      until('the device to be done', async () => {
        return (await login.ended()) === (await login.arrived()).length;
      }).then(() => undefined),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  {
    name: 'committed and not forwarded by',
    ways: ['divert'],
    // What a speaker announces and nobody hears has its own test (test/peers/exabgp.test.ts).
    notFor: ['exabgp'],
    begin: (stage) => stage.unplug(true),
    end: (stage) => stage.unplug(false),
    ends: ['ok', 'failed'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
];

/** Everything of the matrix that a device can be made to do that is told by commands. */
export const commandFaults: readonly CommandFault[] = [
  ...connectionFaults,
  ...wordFaults,
  ...refusals,
  ...midway,
];
