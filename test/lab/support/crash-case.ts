import { until } from '../../support/until.ts';
import { type CrashPlan, type CrashPoint, crashPoints } from './crash-plan.ts';
import { type DetourPlan, LabDetour } from './detour.ts';
import { kernelHostRoutes } from './kernel-routes.ts';
import { home01, Lab, labAddresses, twoSites } from './lab.ts';
import { LabSpeaker, speakerEntry } from './speaker.ts';

/** The drivers whose controllers are killed. */
export const crashDrivers = ['frr', 'linux', 'gobgp'] as const;
export type CrashDriver = (typeof crashDrivers)[number];

/** Promise 9 of the design: after a restart, exactly the desired routes within this. */
export const recoveryLimitMs = 60_000;

/** A change of a healthy lab is over long before this: a step that did not come by then does not come. */
const reachLimitMs = 30_000;

const foreign = { prefix: '192.168.80.66', gateway: '10.10.4.10' };

/**
 * What a driver's changes never pass: FRR and GoBGP have no way back to arm or confirm, the calls to a speaker need no login,
 * and only an order to divert needs a notice.
 */
const absent: Readonly<Record<CrashDriver, readonly CrashPoint[]>> = {
  frr: ['lock', 'lease-again', 'confirm'],
  linux: [],
  gobgp: ['login', 'lock', 'lease-again', 'confirm'],
};
const absentOnRestore: readonly CrashPoint[] = ['notice', 'lease-again'];

/** Every step of a driver's changes, each before it begins and while it is under way. */
export function crashCases(driver: CrashDriver): readonly CrashPlan[] {
  return (['divert', 'restore'] as const).flatMap((way) =>
    crashPoints
      .filter((point) => !absent[driver].includes(point))
      .filter((point) => way === 'divert' || !absentOnRestore.includes(point))
      .flatMap((point) =>
        (['before', 'during'] as const).map((moment) => ({ way, point, moment })),
      ),
  );
}

/** The same plans, a diversion and a restore by turns: then each death leaves behind what the next one begins with. */
export function byTurns(plans: readonly CrashPlan[]): readonly CrashPlan[] {
  const restores = plans.filter(({ way }) => way === 'restore');
  const diverts = plans.filter(({ way }) => way === 'divert');
  const pairs = diverts.flatMap((plan, index) => [plan, ...restores.slice(index, index + 1)]);
  return [...pairs, ...restores.slice(diverts.length)];
}

export const caseName = ({ way, point, moment }: CrashPlan): string => `${way}, ${moment} ${point}`;

/** What became of one case. Nothing of it is an error: whoever asked looks at it. */
export interface CrashResult {
  readonly isKilled: boolean;
  /** From the restart to the desired phase. */
  readonly recoveredMs: number;
  /** Host routes that somebody made, `address via next hop`, when all was over: on the switch, or heard by the backbone. */
  readonly routes: readonly string[];
  readonly wanted: readonly string[];
  readonly isAuditWhole: boolean;
}

/** One lab for many deaths of its controller. */
export class CrashLab implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #detour: LabDetour;
  readonly #readRoutes: () => Promise<readonly string[]>;
  /** What the running controller was started to die of. */
  #awaiting: CrashPlan | undefined;
  #origin: 'up' | 'down' = 'up';

  private constructor(lab: Lab, detour: LabDetour, readRoutes: () => Promise<readonly string[]>) {
    this.#lab = lab;
    this.#detour = detour;
    this.#readRoutes = readRoutes;
  }

  static async open(driver: CrashDriver): Promise<CrashLab> {
    await using ends = new AsyncDisposableStack();
    const lab = ends.use(await Lab.open({ protocol: 'bgp', sites: twoSites }));
    const readRoutes = driver === 'gobgp' ? await startSpeaker(lab) : await plantOnSwitch(lab);
    const way: Partial<DetourPlan> = driver === 'gobgp' ? { router: speakerEntry } : { driver };
    const readyWithinMs = recoveryLimitMs;
    const detour = await LabDetour.start(lab, { sites: [home01], ...way, readyWithinMs });
    ends.move();
    return new CrashLab(lab, detour, readRoutes);
  }

  /**
   * Plays one death and the restart after it. A next plan of the other way begins where this one ends:
   * the controller that recovers is the one that is going to die of it.
   */
  async play(plan: CrashPlan, next?: CrashPlan): Promise<CrashResult> {
    const detour = this.#detour;
    const isDivert = plan.way === 'divert';
    await this.#prepare(plan);
    detour.wakeCrashPlan();
    await this.#turnOrigin(isDivert ? 'down' : 'up');
    const isKilled = await this.#untilDead();
    await detour.killController();
    const restartedAt = Date.now();
    this.#awaiting = next?.way === plan.way ? undefined : next;
    await detour.startController(recoveryLimitMs, this.#awaiting);
    await detour.untilPhase(home01, isDivert ? 'diverted' : 'serving', recoveryLimitMs);
    const recoveredMs = Date.now() - restartedAt;
    const routes = await this.#readRoutes();
    const { exitCode } = await detour.cli('audit', 'verify');
    const theirs = `${foreign.prefix} via ${foreign.gateway}`;
    const ours = `${home01.address} via ${labAddresses.notice}`;
    return {
      isKilled,
      recoveredMs,
      routes,
      wanted: isDivert ? [ours, theirs].toSorted() : [theirs],
      isAuditWhole: exitCode === 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
  }

  /** Brings the site to where the plan begins, and the controller that is to die of it to run. */
  async #prepare(plan: CrashPlan): Promise<void> {
    const detour = this.#detour;
    const start = plan.way === 'divert' ? 'serving' : 'diverted';
    if (this.#awaiting !== plan) {
      await this.#turnOrigin(start === 'serving' ? 'up' : 'down');
      await detour.untilPhase(home01, start, recoveryLimitMs);
      await detour.killController();
      await detour.startController(recoveryLimitMs, plan);
    }
    await detour.untilPhase(home01, start, recoveryLimitMs);
  }

  async #turnOrigin(to: 'up' | 'down'): Promise<void> {
    if (this.#origin !== to) {
      await (to === 'up' ? this.#lab.startOrigin(home01) : this.#lab.killOrigin(home01));
      this.#origin = to;
    }
  }

  async #untilDead(): Promise<boolean> {
    try {
      await until('the death', () => this.#detour.hasControllerEnded, {
        timeoutMs: reachLimitMs,
        everyMs: 5,
      });
      return true;
    } catch {
      return false;
    }
  }
}

/** Lays a route of somebody else into the lab, and gives back how to read what stands there. */
async function plantOnSwitch(lab: Lab): Promise<() => Promise<readonly string[]>> {
  await lab.switch.configure(`ip route ${foreign.prefix}/32 ${foreign.gateway} tag 99`);
  return () => kernelHostRoutes(lab.namespace('switch'));
}

async function startSpeaker(lab: Lab): Promise<() => Promise<readonly string[]>> {
  const speaker = await LabSpeaker.start(lab);
  await speaker.addForeign(`${foreign.prefix}/32`, foreign.gateway);
  return () => speaker.hostRoutes();
}

/** Why a case is no good, or undefined when it ended as promised. */
export function complaint({
  isKilled,
  routes,
  wanted,
  isAuditWhole,
  recoveredMs,
}: CrashResult): string | undefined {
  if (!isKilled) {
    return 'the step never came';
  }
  if (routes.join(', ') !== wanted.join(', ')) {
    return `routes: ${routes.join(', ')}, wanted: ${wanted.join(', ')}`;
  }
  if (!isAuditWhole) {
    return 'the audit has a gap';
  }
  return recoveredMs > recoveryLimitMs ? `took ${recoveredMs} ms` : undefined;
}
