import type { ErrorCode } from '../../../src/lib/errors.ts';
import { until } from '../../support/until.ts';
import type { FaultStage, FaultTarget, StageOptions } from './stage.ts';

export type Phase = 'divert' | 'restore';

/** One thing that goes wrong with a router while it is told to change. */
export interface RouterFault {
  /** As the table in docs/router-faults.md names it. */
  readonly name: string;
  readonly appliesTo?: (target: FaultTarget) => boolean;
  readonly phases?: readonly Phase[];
  /** How the stage is set while the fault lasts, where that is no affair of the device itself. */
  readonly stage?: StageOptions;
  readonly begin?: (stage: FaultStage) => void | Promise<void>;
  /** What ends it, where that is no affair of the device itself. */
  readonly end?: (stage: FaultStage) => Promise<void>;
  /** For faults that make the device fall silent: true once it has. */
  readonly isStuck?: (stage: FaultStage) => boolean;
  /** What it comes to: done after all, refused with nothing in effect, or unknown until it is read. */
  readonly ends: readonly ('ok' | 'failed' | 'unknown')[];
  readonly codes?: readonly ErrorCode[];
  /** True when no line of ours may have reached the device. */
  readonly hearsNothing?: true;
}

const isTerminal = ({ isMachine }: FaultTarget): boolean => isMachine !== true;
const isSsh = ({ transport }: FaultTarget): boolean => transport !== 'telnet';
const hears = (line: RegExp, { heard }: FaultStage): boolean => heard.some((one) => line.test(one));
const strangersPin = `SHA256:${'A'.repeat(43)}`;

/** Where a device keeps its changes line by line, the edit is what a commit is elsewhere. */
const decisive = ({ target }: FaultStage): RegExp =>
  target.isLineByLine === true ? target.edit : target.commit;

/** Before anything was said. */
const connectionFaults: readonly RouterFault[] = [
  {
    name: 'refused',
    begin: (stage) => stage.shut(),
    end: (stage) => stage.serveAgain(),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_CONNECT_FAILED'],
    hearsNothing: true,
  },
  {
    name: 'silent accept',
    begin: ({ device }) => {
      device.faults.connection = 'silent';
    },
    isStuck: ({ hasConnected }) => hasConnected,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
    hearsNothing: true,
  },
  {
    name: 'banner after 30 s',
    begin: ({ device }) => {
      device.faults.bannerDelayMs = 30_000;
    },
    isStuck: ({ hasConnected }) => hasConnected,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
    hearsNothing: true,
  },
  {
    name: 'host key changed',
    appliesTo: isSsh,
    stage: { pin: strangersPin },
    ends: ['failed'],
    codes: ['DETOUR_TRANSPORT_HOST_KEY_MISMATCH'],
    hearsNothing: true,
  },
  {
    name: 'login refused',
    begin: ({ device }) => {
      device.faults.isLoginRefused = true;
    },
    ends: ['failed'],
    codes: ['DETOUR_TRANSPORT_AUTH_FAILED'],
    hearsNothing: true,
  },
  {
    name: 'session limit',
    begin: ({ device }) => {
      device.faults.maxChannels = 0;
    },
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_CONNECT_FAILED', 'DETOUR_TRANSPORT_LOST'],
    hearsNothing: true,
  },
];

/** In the words of the device. */
const terminalFaults: readonly RouterFault[] = [
  {
    name: '1 MB message of the day',
    appliesTo: isTerminal,
    begin: ({ device }) => {
      device.faults.motd = `${'Authorized use only. All activity is logged.\n'.repeat(23_000)}`;
    },
    ends: ['ok'],
  },
  {
    name: 'wrong prompt',
    appliesTo: isTerminal,
    begin: ({ device }) => {
      device.faults.prompt = 'Press any key to continue';
    },
    isStuck: ({ hasLoggedIn }) => hasLoggedIn,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT', 'DETOUR_ROUTER_ANSWER_UNREADABLE'],
    hearsNothing: true,
  },
  {
    name: 'prompt inside output',
    appliesTo: isTerminal,
    begin: ({ device }) => {
      device.faults.isPromptInOutput = true;
    },
    // What it takes for the end of an answer decides how far it comes; nowhere does it believe half of one.
    ends: ['ok', 'failed', 'unknown'],
    codes: ['DETOUR_ROUTER_ANSWER_UNREADABLE', 'DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'pager',
    appliesTo: isTerminal,
    begin: ({ device }) => {
      device.faults.isPagerStubborn = true;
    },
    ends: ['ok'],
  },
  {
    name: 'ANSI noise and log messages',
    appliesTo: isTerminal,
    begin: ({ device }) => {
      device.faults.isNoisy = true;
    },
    ends: ['ok'],
  },
  {
    name: '1 byte a second',
    appliesTo: isTerminal,
    begin: ({ device }) => {
      device.faults.bytesPerSecond = 1;
    },
    isStuck: ({ target, hasConnected, hasLoggedIn }) =>
      target.transport === 'telnet' ? hasConnected : hasLoggedIn,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
    hearsNothing: true,
  },
];

/** What others do, and what the device refuses. */
const refusals: readonly RouterFault[] = [
  {
    name: 'lock held',
    appliesTo: ({ knowsNoLock }) => knowsNoLock !== true,
    begin: ({ device }) => {
      device.faults.lockedBy = 'lee';
    },
    ends: ['failed'],
    codes: ['DETOUR_ROUTER_LOCKED'],
  },
  {
    name: 'foreign candidate edits',
    appliesTo: ({ sharesCandidate }) => sharesCandidate === true,
    begin: ({ device }) => {
      device.faults.dirtiedBy = 'kim';
    },
    ends: ['failed'],
    codes: ['DETOUR_ROUTER_LOCKED'],
  },
  {
    name: 'exclusive refused',
    begin: ({ device, target }) => {
      device.faults.refuses = { line: target.enter, words: target.refusal };
    },
    ends: ['failed'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED', 'DETOUR_ROUTER_LOCKED'],
  },
  {
    name: 'syntax error',
    begin: ({ device, target }) => {
      device.faults.refuses = { line: target.edit, words: target.refusal };
    },
    ends: ['failed'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'check failure',
    appliesTo: ({ isLineByLine }) => isLineByLine !== true,
    begin: ({ device, target }) => {
      device.faults.refuses = { line: target.commit, words: target.refusal };
    },
    ends: ['failed'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'foreign /32',
    phases: ['divert'],
    begin: ({ device }) => device.addForeign({ prefix: '192.0.2.10/32', nextHop: '10.0.0.9' }),
    ends: ['failed'],
    codes: ['DETOUR_GUARD_REFUSED'],
  },
];

/** In the middle of a change. */
const midway: readonly RouterFault[] = [
  {
    name: 'cut after the change took effect',
    begin: (stage) => {
      stage.device.faults.dropsAt = { line: decisive(stage), isApplied: true };
    },
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'cut before the change took effect',
    begin: (stage) => {
      stage.device.faults.dropsAt = { line: decisive(stage), isApplied: false };
    },
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'cut in the middle of the edits',
    begin: ({ device, target }) => {
      device.faults.dropsAt = { line: target.enter, isApplied: true };
    },
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'hangs at an edit',
    begin: ({ device, target }) => {
      device.faults.hangsAt = target.edit;
    },
    isStuck: (stage) => hears(stage.target.edit, stage),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  {
    name: 'hangs at the commit',
    begin: (stage) => {
      stage.device.faults.hangsAt = decisive(stage);
    },
    isStuck: (stage) => hears(decisive(stage), stage),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  {
    name: 'commit takes longer than an operation may',
    appliesTo: isTerminal,
    begin: (stage) => {
      // The clock of the controller is past its limit long before; the device goes on.
      stage.device.faults.slow = { line: decisive(stage), ms: 400 };
    },
    isStuck: (stage) => hears(decisive(stage), stage),
    end: ({ device: { faults } }) =>
      until('the device to be done', () => faults.slow?.isDone).then(() => undefined),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  {
    name: 'committed and not forwarded by',
    phases: ['divert'],
    begin: ({ device }) => {
      device.faults.isNotInstalled = true;
    },
    ends: ['ok'],
  },
];

/** Everything of the matrix that a simulated device can be made to do on the way of a change. */
export const routerFaults: readonly RouterFault[] = [
  ...connectionFaults,
  ...terminalFaults,
  ...refusals,
  ...midway,
];
