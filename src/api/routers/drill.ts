import type { RouterView } from '../../controller/control.ts';
import type { DrillRecord } from '../../controller/drills.ts';
import { isEmptyPlan } from '../../core/route-plan.ts';
import type { State } from '../../core/state.ts';
import { hostPrefix } from '../../lib/ip.ts';
import type { EpochMs } from '../../lib/time.ts';
import { timeOf } from '../http/fields.ts';
import { toldDrillStep } from './drill-ko.ts';
import type { Drill } from './schema.ts';

type Step = Omit<Drill['steps'][number], 'told'>;

function told(step: Step): Drill['steps'][number] {
  return { ...step, told: toldDrillStep(step.detail) };
}

function readStep({ reading, error }: RouterView): Step {
  return reading === undefined
    ? { step: 'read', isPassed: false, detail: error ?? 'it gave no answer' }
    : {
        step: 'read',
        isPassed: true,
        detail: `${reading.owned.length} routes of ours, ${reading.foreign.length} foreign host routes`,
      };
}

function driftStep({ plan, lines }: RouterView): Step {
  if (plan === undefined) {
    return { step: 'compare', isPassed: false, detail: 'there is no plan without a reading' };
  }
  return isEmptyPlan(plan)
    ? { step: 'compare', isPassed: true, detail: 'it has exactly the routes it should have' }
    : { step: 'compare', isPassed: false, detail: `it would need: ${lines.join(' / ')}` };
}

/** A foreign route for an address of a site would stop that site's diversion. */
function conflictStep(state: State, { router, reading }: RouterView): Step {
  const sites = Object.values(state.config.sites).filter(({ routers }) => routers.includes(router));
  const prefixes = new Map(
    sites.flatMap(({ name, addresses }) =>
      addresses.map((address) => [hostPrefix(address), name] as const),
    ),
  );
  const conflicts = (reading?.foreign ?? []).filter(({ prefix }) => prefixes.has(prefix));
  return {
    step: 'conflicts',
    isPassed: reading !== undefined && conflicts.length === 0,
    detail:
      conflicts.length === 0
        ? 'no foreign route stands in the way of a site'
        : conflicts
            .map(
              ({ prefix, nextHop }) =>
                `${prefix} via ${nextHop} is foreign (site ${prefixes.get(prefix)})`,
            )
            .join(' / '),
  };
}

/** A drill that really diverted. */
export function heldDrill({ router, startedAt, endedAt, isPassed, steps }: DrillRecord): Drill {
  return {
    router,
    startedAt: timeOf(startedAt),
    tookMs: endedAt - startedAt,
    isPassed,
    isReal: true,
    steps: steps.map(({ step, isPassed: isDone, detail, tookMs }) =>
      told({ step, isPassed: isDone, detail: `${detail} (${(tookMs / 1000).toFixed(1)} s)` }),
    ),
  };
}

/** What a drill found: everything a diversion needs of a router, short of a change. */
export function drillView(
  state: State,
  view: RouterView,
  { startedAt, endedAt }: { readonly startedAt: EpochMs; readonly endedAt: EpochMs },
): Drill {
  const steps = [readStep(view), driftStep(view), conflictStep(state, view)];
  return {
    router: view.router,
    startedAt: timeOf(startedAt),
    tookMs: endedAt - startedAt,
    isPassed: steps.every(({ isPassed }) => isPassed),
    isReal: false,
    steps: steps.map(told),
  };
}
