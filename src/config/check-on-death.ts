import { formatDuration } from '../lib/duration.ts';
import { second } from '../lib/time.ts';
import type { CheckedRouter, DriverCatalogue } from './check-routers.ts';
import type { Draft, Placed } from './draft.ts';
import type { Finding } from './finding.ts';
import type { SiteInput } from './schema/site-schema.ts';

/**
 * With standbys a lease must outlive a take-over (20 s) that begins right before a renewal, when a third of it is gone, with a
 * router operation (up to 10 s) after it.
 */
const leastSharedLeaseMs = 45 * second;

function siteFinding(
  draft: Draft,
  problems: ReadonlyMap<string, string>,
  { path, value }: Placed<SiteInput>,
): readonly Finding[] {
  const wish = value.onDeath ?? draft.guards?.guards.onDeath;
  if (wish !== 'fall-back') {
    return [];
  }
  return value.routers.flatMap((router, index): readonly Finding[] => {
    const at = value.onDeath === undefined ? [...path, 'routers', index] : [...path, 'onDeath'];
    const remedy = problems.get(router);
    if (remedy !== undefined) {
      const what = `site ${value.name} falls back when Detour dies, and router ${router} cannot take its routes back by itself`;
      return [{ path: at, what, remedy }];
    }
    return isLocal(draft, router) ? [{ ...endsWithUs(value.name, router), path: at }] : [];
  });
}

function isLocal({ routers }: Draft, name: string): boolean {
  return routers.some(({ value }) => value.name === name && value.transport.type === 'local');
}

/** systemd ends what a service has started with the service. */
const endsWithUs = (site: string, router: string): Omit<Finding, 'path'> => ({
  what: `site ${site} falls back when Detour dies by a timer on router ${router}, which is this machine: as a systemd service Detour takes the timer with it unless the unit has KillMode=process`,
  remedy:
    'install deploy/systemd/detour-controller-router.conf beside the unit (`detour doctor` tells whether it is in force), or speak to the machine over ssh',
  isWarning: true,
});

/** A site that falls back needs routers that can, and a lease that outlives the hand-over between controllers. */
export function checkOnDeath(
  draft: Draft,
  checked: readonly CheckedRouter[],
  drivers: DriverCatalogue | undefined,
): readonly Finding[] {
  const problems = new Map(
    draft.routers.flatMap(({ value }, index): readonly [string, string][] => {
      const options = checked[index]?.options ?? value.options;
      const isKnown = drivers?.driverNames.includes(value.driver) === true;
      const problem = isKnown ? drivers.driverLeaseProblem(value.driver, options) : undefined;
      return problem === undefined ? [] : [[value.name, problem]];
    }),
  );
  const leaseMs = draft.guards?.guards.routeLeaseMs ?? leastSharedLeaseMs;
  const isTooShort = draft.store?.type === 'mongodb' && leaseMs < leastSharedLeaseMs;
  return [
    ...draft.sites.flatMap((site) => siteFinding(draft, problems, site)),
    ...(isTooShort
      ? [
          {
            path: ['guards', 'routeLease'],
            what: `routeLease ${formatDuration(leaseMs)} may end before a standby has taken over`,
            remedy: `give it at least ${formatDuration(leastSharedLeaseMs)} with a shared store`,
          },
        ]
      : []),
  ];
}
