import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { leaseProblem } from '../../adapters/routers/registry.ts';
import type { RouterSettings, Settings } from '../../config/settings.ts';
import { bad, type Finding, good, note } from './finding.ts';
import { readKernelFile } from './proc.ts';

/** The unit that the deployment installs. */
const usualUnit = 'detour-controller.service';

const askMs = 2_000;

/** Under these systemd ends the main process alone, and what it has started goes on. */
const sparing: readonly (string | undefined)[] = ['process', 'none'];

/** The service of systemd that a process belongs to, by its `/proc/PID/cgroup`; undefined for a login, or without systemd. */
export function serviceOf(cgroup: string): string | undefined {
  const units = cgroup.match(/[^/\n]+\.(?:service|scope)(?=\/|$)/gm);
  const unit = units?.at(-1);
  return unit?.endsWith('.service') === true ? unit : undefined;
}

/** Whether the timers that a router of this machine undoes changes by outlive the controller. */
export function judgeOwnTimers(
  routers: readonly string[],
  unit: { readonly name: string; readonly killMode: string } | undefined,
): Finding {
  const names = routers.join(', ');
  if (unit === undefined) {
    return note(
      `router ${names} is this machine: the timers by which it takes changes back must outlive the controller, and no systemd here could say whether they do - see to it that whatever ends the controller ends that process alone`,
    );
  }
  return sparing.includes(unit.killMode)
    ? good(
        `the timers by which router ${names} takes changes back outlive ${unit.name} (KillMode=${unit.killMode})`,
      )
    : bad(
        `${unit.name} takes the timers with it by which router ${names} takes changes back (KillMode=${unit.killMode})`,
        'install deploy/systemd/detour-controller-router.conf beside the unit, or speak to this machine over ssh',
      );
}

/** Routers of this machine that leave a timer: every change on Linux, elsewhere the leases of sites that fall back. */
function leavesTimers(
  { name, driver, transport, options }: RouterSettings,
  { sites, guards }: Settings,
): boolean {
  if (transport.type !== 'local' || leaseProblem(driver, options) !== undefined) {
    return false;
  }
  const falls = sites.some(
    (site) => site.routers.includes(name) && (site.onDeath ?? guards.onDeath) === 'fall-back',
  );
  return driver === 'linux' || falls;
}

async function killModeOf(name: string): Promise<string | undefined> {
  try {
    const args = ['show', '--property=LoadState', '--property=KillMode', name];
    const { stdout } = await promisify(execFile)('systemctl', args, { timeout: askMs });
    const isLoaded = stdout.includes('LoadState=loaded');
    return isLoaded ? /^KillMode=(\S+)$/m.exec(stdout)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

/** The timers that routers of this machine leave behind: systemd ends them with the service unless it is told not to. */
export async function checkOwnTimers(settings: Settings): Promise<readonly Finding[]> {
  const routers = settings.routers.filter((router) => leavesTimers(router, settings));
  if (routers.length === 0) {
    return [];
  }
  const name = serviceOf((await readKernelFile('/proc/self/cgroup')) ?? '') ?? usualUnit;
  const killMode = await killModeOf(name);
  const unit = killMode === undefined ? undefined : { name, killMode };
  return [
    judgeOwnTimers(
      routers.map((router) => router.name),
      unit,
    ),
  ];
}
