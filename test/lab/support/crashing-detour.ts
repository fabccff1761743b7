/**
 * The shipped program, with a death of its own choice: `crashing-detour.ts PLAN controller --config.file=…`.
 * It wraps the seams of the running program from outside, so that production code knows nothing of it,
 * and kills itself with SIGKILL: nothing is flushed, closed or said.
 */
import { Socket } from 'node:net';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { Client } from 'ssh2';
import { z } from 'zod';
import { HttpDataPath } from '../../../src/adapters/data-path/http/http-data-path.ts';
import { Speaker } from '../../../src/adapters/routers/gobgp/speaker.ts';
import { CommandRunner } from '../../../src/controller/command-runner.ts';
import { RouterRunner } from '../../../src/controller/router-runner.ts';
import { RunnerGuard } from '../../../src/controller/runner-guard.ts';
import {
  armedBy,
  type CrashPlan,
  type CrashPoint,
  crashPlanSchema,
  wakeSignal,
} from './crash-plan.ts';
import { speakerPorts } from './speaker-ports.ts';

const [node = '', script = '', planText, ...words] = process.argv;
const plan = crashPlanSchema.parse(JSON.parse(z.string().parse(planText)));

/** Long enough for a packet to be on its way, short enough for no answer to be worked on. */
const duringMs = 3;

/** The ports behind which the routers of the lab answer: SSH, and the calls of the speakers. */
const routerPorts: readonly number[] = [22, ...Object.values(speakerPorts)];

let isAwake = false;
let isArmed = false;
let hasWritten = false;
const sessions = new Set<Socket>();

process.on(wakeSignal, () => {
  isAwake = true;
});

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const isPlanned = (point: CrashPoint): boolean => isArmed && point === plan.point;

/** Called as a step begins. */
function reach(point: CrashPoint): void {
  if (!isPlanned(point)) {
    return;
  }
  if (plan.moment === 'before') {
    die();
  }
  setTimeout(die, duringMs);
}

/** Called at a moment of a step that can be told for sure. */
function meet(point: CrashPoint, moment: CrashPlan['moment']): void {
  if (isPlanned(point) && plan.moment === moment) {
    die();
  }
}

/** A call to a speaker: killed before it is made, or while it is under way. */
function onCall(point: CrashPoint, isOver: boolean, answer: unknown): void {
  if (isOver !== (plan.moment === 'during')) {
    return;
  }
  reach(point);
  if (isPlanned(point) && answer instanceof Promise) {
    // Over sooner than the middle of other steps comes: then the speaker has it, and nobody here has heard of that.
    answer.then(die, die);
  }
}

type Tell = (args: readonly unknown[], isOver: boolean, result?: unknown) => void;

/** Lets a method of a class tell of each of its calls before it is carried out, and of what it gave back at once. */
function overhear(target: object, method: string, tell: Tell): void {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== 'function') {
    throw new Error(`There is no method ${method} to overhear`);
  }
  Reflect.set(target, method, function overheard(this: unknown, ...args: readonly unknown[]) {
    tell(args, false);
    const result: unknown = Reflect.apply(original, this, args);
    tell(args, true, result);
    return result;
  });
}

const says = (args: readonly unknown[], word: string): boolean =>
  args.some((arg) => typeof arg === 'string' && arg.includes(`"${word}"`));

/** The controller keeps its sessions, so a change connects only where the router has just ended them. */
function endSessions(): void {
  for (const socket of sessions) {
    socket.destroy();
  }
}

const addressSchema = z.tuple([z.array(z.unknown())]).transform(([[address]]) => address);
const portSchema = addressSchema.pipe(z.object({ port: z.number() }));

function onSocket(args: readonly unknown[], isOver: boolean, socket: unknown): void {
  const address = portSchema.safeParse(args);
  if (!address.success || !routerPorts.includes(address.data.port)) {
    return;
  }
  if (!isOver) {
    meet('connect', 'before');
  } else if (socket instanceof Socket) {
    sessions.add(socket);
    // In its middle the router has the connection, and neither side has said a word.
    socket.once('connect', () => meet('connect', 'during'));
    socket.once('close', () => sessions.delete(socket));
  }
}

/** The keys are agreed upon before the login begins, and the client is ready when it is over. */
function onClientEvent([event]: readonly unknown[]): void {
  if (event === 'handshake') {
    reach('login');
  } else if (event === 'ready') {
    meet('login', 'during');
  }
}

function onStatement(args: readonly unknown[], isOver: boolean): void {
  if (isAwake && !isArmed && says(args, armedBy[plan.way])) {
    isArmed = true;
    if (plan.point === 'connect' || plan.point === 'login') {
      endSessions();
    }
    reach('verdict');
  } else if (isArmed && isOver && says(args, armedBy[plan.way])) {
    reach('intent');
  }
  if (!isOver && says(args, plan.way === 'divert' ? 'proven' : 'restored')) {
    reach('outcome');
  }
}

function onCommand([command]: readonly unknown[]): void {
  const { type } = z.object({ type: z.string() }).parse(command);
  if (type === 'publish-notice') {
    reach('notice');
  } else if (type === 'send-alert') {
    reach('alert');
  }
}

/** Which step a command for the switch belongs to. */
function stepOf(command: string): CrashPoint {
  if (/^configure terminal|^sudo -n ip -force -batch -$/.test(command)) {
    hasWritten = true;
    return 'write';
  }
  if (command.includes('setsid sh -c')) {
    return 'lock';
  }
  if (command.includes('.kept"')) {
    return 'confirm';
  }
  return hasWritten ? 'read-back' : 'read';
}

overhear(StatementSync.prototype, 'run', onStatement);
overhear(DatabaseSync.prototype, 'exec', ([sql], isOver) => {
  if (sql === 'COMMIT' && isOver === (plan.moment === 'during')) {
    reach('wal');
  }
});
overhear(CommandRunner.prototype, 'run', (args, isOver) => isOver || onCommand(args));
overhear(RunnerGuard.prototype, 'refusal', (_, isOver) => isOver || reach('guard'));
overhear(RouterRunner.prototype, 'endChange', (_, isOver) => isOver || reach('lease-again'));
overhear(HttpDataPath.prototype, 'look', (_, isOver) => isOver || reach('proof'));
overhear(Socket.prototype, 'connect', onSocket);
overhear(Client.prototype, 'emit', (args, isOver) => isOver || onClientEvent(args));
overhear(Client.prototype, 'exec', ([command], isOver) => {
  if (!isOver && isArmed) {
    reach(stepOf(z.string().parse(command)));
  }
});
for (const method of ['announce', 'withdraw'] as const) {
  overhear(Speaker.prototype, method, (_, isOver, answer) => {
    hasWritten ||= isArmed;
    onCall('write', isOver, answer);
  });
}
for (const method of ['neighbours', 'paths'] as const) {
  overhear(Speaker.prototype, method, (_, isOver, answer) =>
    onCall(hasWritten ? 'read-back' : 'read', isOver, answer),
  );
}

process.argv = [node, script, ...words];
await import('../../../src/main.ts');
