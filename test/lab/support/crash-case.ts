import { until } from '../../support/until.ts';
import { type CrashPlan, type CrashPoint, crashPoints } from './crash-plan.ts';
import { LabDetour } from './detour.ts';
import type { LabDriver } from './driver.ts';
import { kernelHostRoutes } from './kernel-routes.ts';
import { home01, Lab, labAddresses, twoSites } from './lab.ts';

/** Promise 9 of the design: after a restart, exactly the desired routes within this. */
export const recoveryLimitMs = 60_000;

/** A change of a healthy lab is over long before this: a step that did not come by then does not come. */
const reachLimitMs = 30_000;

const foreign = { prefix: '192.168.80.66', gateway: '10.10.4.10' };

/** What a driver's changes never pass: FRR has no way back to arm or confirm, and only an order to divert needs a notice. */
const absent: Readonly<Record<LabDriver, readonly CrashPoint[]>> = {
  frr: ['lock', 'lease-again', 'confirm'],
  linux: [],
};
const absentOnRestore: readonly CrashPoint[] = ['notice', 'lease-again'];

/** Every step of a driver's changes, each before it begins and while it is under way. */
export function crashCases(driver: LabDriver): readonly CrashPlan[] {
  return (['divert', 'restore'] as const).flatMap((way) =>
    crashPoints
      .filter((point) => !absent[driver].includes(point))
      .filter((point) => way === 'divert' || !absentOnRestore.includes(point))
      .flatMap((point) =>
        (['before', 'during'] as const).map((moment) => ({ way, point, moment })),
      ),
  );
}

export const caseName = ({ way, point, moment }: CrashPlan): string => `${way}, ${moment} ${point}`;

/** What became of one case. Nothing of it is an error: whoever asked looks at it. */
export interface CrashResult {
  readonly isKilled: boolean;
  /** From the restart to the desired phase. */
  readonly recoveredMs: number;
  /** Host routes on the switch that somebody made, `address via next hop`, when all was over. */
  readonly routes: readonly string[];
  readonly wanted: readonly string[];
  readonly isAuditWhole: boolean;
}

/** One lab for many deaths of its controller. */
export class CrashLab implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #detour: LabDetour;

  private constructor(lab: Lab, detour: LabDetour) {
    this.#lab = lab;
    this.#detour = detour;
  }

  static async open(driver: LabDriver): Promise<CrashLab> {
    await using ends = new AsyncDisposableStack();
    const lab = ends.use(await Lab.open({ protocol: 'bgp', sites: twoSites }));
    await lab.switch.configure(`ip route ${foreign.prefix}/32 ${foreign.gateway} tag 99`);
    const readyWithinMs = recoveryLimitMs;
    const detour = await LabDetour.start(lab, { sites: [home01], driver, readyWithinMs });
    ends.move();
    return new CrashLab(lab, detour);
  }

  /** Plays one death and the restart after it; the lab is as before when this resolves. */
  async play(plan: CrashPlan): Promise<CrashResult> {
    const detour = this.#detour;
    await detour.untilPhase(home01, 'serving', recoveryLimitMs);
    if (plan.way === 'restore') {
      await this.#lab.killOrigin(home01);
      await detour.untilPhase(home01, 'diverted', recoveryLimitMs);
    }
    await detour.killController();
    await detour.startController(recoveryLimitMs, plan);
    const isDivert = plan.way === 'divert';
    await detour.untilPhase(home01, isDivert ? 'serving' : 'diverted', recoveryLimitMs);
    await (isDivert ? this.#lab.killOrigin(home01) : this.#lab.startOrigin(home01));
    const isKilled = await this.#untilDead();
    await detour.killController();
    const restartedAt = Date.now();
    await detour.startController(recoveryLimitMs);
    await detour.untilPhase(home01, isDivert ? 'diverted' : 'serving', recoveryLimitMs);
    const recoveredMs = Date.now() - restartedAt;
    const routes = await kernelHostRoutes(this.#lab.namespace('switch'));
    const { exitCode } = await detour.cli('audit', 'verify');
    if (isDivert) {
      await this.#lab.startOrigin(home01);
    }
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
