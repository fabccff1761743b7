import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import type { RouterReading } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import { Random } from '../../simulation/random.ts';
import type { Device } from '../../simulators/support/device.ts';
import { QuickTime } from './quick-time.ts';
import { otherRoute, silentRoute } from './samples.ts';
import type { TranscriptSubject } from './subjects.ts';

/** A dialogue with a spoiled router comes to one of the first two. */
export type Fate =
  | 'read'
  | 'refused'
  | 'false proof'
  | 'crash'
  | 'hang'
  | 'stray line'
  | 'foreign route harmed';

/** Past its limit by this much, a dialogue has not kept it; by the true time a busy machine may take a while over the end. */
const graceMs = { quick: 2_000, wired: 20_000 };

/** A change that half of the dialogues make; its next hop is as dead as the one that is configured. */
const change = {
  add: [{ prefix: '192.0.2.11/32', nextHop: silentRoute.nextHop }],
  remove: [],
  unchanged: [],
};

/** Leads one dialogue with a spoiled router and says what came of it; every other one changes the router before it reads. */
export async function fateOf(subject: TranscriptSubject, seed: number): Promise<Fate> {
  const spoiled = await subject.router(new Random(seed));
  const stack = new AsyncDisposableStack();
  stack.defer(async () => spoiled[Symbol.asyncDispose]?.());
  const { transport, device, grpcPort, changes } = spoiled;
  const context = {
    router: 'edge-1',
    transport,
    options: { ...subject.options, ...spoiled.options },
    enablePassword: async (): Promise<string> => subject.enablePassword ?? '',
    ...(grpcPort === undefined ? {} : { grpcPort }),
  };
  const driver = stack.use(openRouteDriver(subject.driver, context));
  const signal = AbortSignal.any([
    AbortSignal.timeout(subject.patienceMs),
    ...(spoiled.silence === undefined ? [] : [spoiled.silence]),
  ]);
  const limit = Promise.withResolvers<Fate>();
  const timer = setTimeout(
    () => limit.resolve('hang'),
    subject.patienceMs + (subject.over === 'memory' ? graceMs.quick : graceMs.wired),
  );
  const isChangeable = device !== undefined || changes !== undefined;
  const act = isChangeable ? (acts[seed % acts.length] ?? 'read') : 'read';
  const talked = talk(driver, act, signal).then(async (come) => {
    await stack.disposeAsync();
    return come;
  });
  // Whoever hangs is left behind: taking leave would wait for it too.
  const fate = await Promise.race([talked, limit.promise]);
  clearTimeout(timer);
  if (changes?.some((request) => request.includes(otherRoute.prefix.split('/')[0] ?? ''))) {
    return 'foreign route harmed';
  }
  return device === undefined ? fate : (harmOf(device, subject) ?? fate);
}

/** What is done before the reading: a change for good, or one with a way back that is then confirmed. */
const acts = ['read', 'apply', 'read', 'try'] as const;

async function talk(
  driver: RouteDriver,
  act: (typeof acts)[number],
  signal: AbortSignal,
): Promise<Fate> {
  try {
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
  // A blank for a pager that was none stands before the next line, where every command line passes over it.
  const lines = device.received.map((line) => line.trimStart());
  if (lines.some((line) => !allowed.some((one) => one.test(line)))) {
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
}

/**
 * Leads so many dialogues with spoiled routers, some at once, and counts what came of them. Those within this process are led in
 * quick time: the same seed comes to the same fates, whatever else the machine has to do.
 */
export async function playTranscripts(
  subject: TranscriptSubject,
  options: PlayOptions,
): Promise<Fates> {
  return subject.over === 'memory'
    ? await QuickTime.run(() => play(subject, options))
    : await play(subject, options);
}

async function play(subject: TranscriptSubject, { count, seed }: PlayOptions): Promise<Fates> {
  const fates: Fates = { read: 0, refused: 0, bad: [] };
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const at = seed + next;
      next += 1;
      const fate = await fateOf(subject, at);
      if (fate === 'read' || fate === 'refused') {
        fates[fate] += 1;
      } else {
        fates.bad.push({ seed: at, fate });
      }
    }
  };
  await Promise.all(Array.from({ length: subject.atOnce }, one));
  return fates;
}
