import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type DetourPlan, LabDetour } from '../../test/lab/support/detour.ts';
import type { LabDriver } from '../../test/lab/support/driver.ts';
import { home01, Lab, twoSites } from '../../test/lab/support/lab.ts';
import { largeEstate, layLargeEstate, manySites } from '../../test/lab/support/large-estate.ts';
import { percentile } from '../../test/lab/support/recording.ts';
import { LabSpeaker, speakerEntry } from '../../test/lab/support/speaker.ts';
import { manyRoutes, SwitchRunner } from '../../test/lab/support/switch-runner.ts';
import { until } from '../../test/support/until.ts';
import { cpuNanoseconds } from '../support/cpu.ts';

const [, , , only, roundsText = '50'] = process.argv;
const rounds = Number(roundsText);
const massSites = 647;
const idleSites = 5_000;
const idleRouters = 50;

/** Opposite changes of one prefix keep 2 s apart: an order inside that time would measure the pause. */
const settleMs = 2_500;

const drivers: readonly LabDriver[] = ['frr', 'linux'];

/** Ways in which one address is diverted; GoBGP is beside the routers, all others log in to the switch. */
const ways = {
  frr: { driver: 'frr' },
  linux: { driver: 'linux' },
  nftables: { driver: 'linux', router: { driver: 'nftables' } },
  gobgp: { router: speakerEntry },
} as const satisfies Readonly<Record<string, Partial<DetourPlan>>>;
type Way = keyof typeof ways;
const wayNames: readonly Way[] = ['frr', 'linux', 'nftables', 'gobgp'];

type Figures = Readonly<Record<string, number>>;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

/** Share of one processor that a process and its children use while something is done. */
async function shareWhile(pid: number, act: () => Promise<unknown>): Promise<number> {
  const [before, startedAt] = [cpuNanoseconds(pid), performance.now()];
  await act();
  return (cpuNanoseconds(pid) - before) / 1_000_000 / (performance.now() - startedAt);
}

/** One address: from the order of a person to the proof through the data path. */
async function oneRoute(way: Way): Promise<Figures> {
  await using lab = await Lab.open({ protocol: 'bgp', sites: twoSites });
  if (way === 'gobgp') {
    await LabSpeaker.start(lab);
  }
  const detour = await LabDetour.start(lab, { sites: [home01], ...ways[way] });
  const path = `/api/v1/sites/${home01.name}/override`;
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const since = Date.now();
    await detour.put(path, { action: 'divert', reason: 'the bench' });
    const orderedAt = await detour.decidedAt(home01, 'ordered-by-override', { since });
    taken.push((await detour.decidedAt(home01, 'proven', { since })) - orderedAt);
    await detour.put(path, { action: 'restore', reason: 'the bench' });
    await detour.decidedAt(home01, 'restored', { since });
    await delay(settleMs);
  }
  return { p50Ms: percentile(taken, 0.5), p99Ms: percentile(taken, 0.99) };
}

/** Many addresses in one plan: read, changed, read back and confirmed, without the proof of each. */
async function manyInOnePlan(driver: LabDriver): Promise<Figures> {
  const routes = manyRoutes(1_000);
  await using lab = await Lab.open({ protocol: 'bgp', sites: twoSites });
  await using runner = await SwitchRunner.open(lab, driver, routes);
  const added = Math.round(await runner.bring(routes));
  return { addMs: added, removeMs: Math.round(await runner.bring([])) };
}

/** All sites fail at once, a person approves once, every one is diverted and proven. */
async function massEvent(driver: LabDriver): Promise<Figures> {
  const sites = manySites(massSites);
  await using lab = await Lab.open({ protocol: 'bgp', sites: [home01] });
  await layLargeEstate(lab);
  const detour = await LabDetour.start(lab, {
    sites,
    driver,
    estate: [largeEstate],
    interval: '5s',
    readyWithinMs: 120_000,
  });
  const pid = detour.controllerPid;
  const restMb = residentMegabytes(pid);
  await lab.killOrigin(home01);
  await detour.untilBrake('mass-failure', true, 120_000);
  // The first few may be diverted before they are many enough to be a mass failure.
  await untilCount(detour, 120_000, ({ heldBack, byPhase }) => heldBack.length + byPhase.diverted);
  const divertedBefore = (await detour.status()).sites.byPhase.diverted;
  const releasedAt = performance.now();
  const cpu = await shareWhile(pid, async () => {
    await detour.post('/api/v1/brakes/mass-failure/release', { reason: 'the bench' });
    await untilCount(detour, 180_000, ({ byPhase: { diverted } }) => diverted);
  });
  return {
    divertedBefore,
    provenMs: Math.round(performance.now() - releasedAt),
    incidents: await detour.openIncidents(),
    cpuPercent: Math.round(cpu * 100),
    restMb,
    afterMb: residentMegabytes(pid),
  };
}

/** Waits until this count of the sites has reached all of them. */
async function untilCount(
  detour: LabDetour,
  timeoutMs: number,
  count: (sites: Awaited<ReturnType<LabDetour['status']>>['sites']) => number,
): Promise<void> {
  let last = 0;
  const look = async (): Promise<boolean> => {
    last = count((await detour.status()).sites);
    return last === massSites;
  };
  await until('all sites', look, { timeoutMs, everyMs: 250 }).catch((error: unknown) => {
    throw new Error(`Only ${last} of ${massSites} sites in time`, { cause: error });
  });
}

/** A large estate in which nothing happens. */
async function idle(): Promise<Figures> {
  await using lab = await Lab.open({ protocol: 'bgp', sites: [home01] });
  await layLargeEstate(lab);
  const detour = await LabDetour.start(lab, {
    sites: manySites(idleSites),
    routers: idleRouters,
    estate: [largeEstate],
    interval: '10s',
    readyWithinMs: 240_000,
  });
  const cpu = await shareWhile(detour.controllerPid, () => delay(30_000));
  return { cpuPercent: Math.round(cpu * 100), memoryMb: residentMegabytes(detour.controllerPid) };
}

/**
 * Diversions by the shipped controller in the lab, which needs root and `scripts/peers.sh`; about 15 minutes.
 * `npm run bench -- diversion [one|many|mass|idle] [ROUNDS]` measures one part alone; the rounds are those of `one`.
 */
export async function run(): Promise<void> {
  const parts: Readonly<Record<string, () => Promise<Figures>>> = {
    ...Object.fromEntries(wayNames.map((name) => [`one ${name}`, () => oneRoute(name)])),
    ...Object.fromEntries(drivers.map((name) => [`many ${name}`, () => manyInOnePlan(name)])),
    ...Object.fromEntries(drivers.map((name) => [`mass ${name}`, () => massEvent(name)])),
    idle,
  };
  const result: Record<string, Figures> = {};
  for (const [name, measure] of Object.entries(parts)) {
    if (only === undefined || name.startsWith(only)) {
      const figures = await measure();
      result[name] = { ...figures, load: Number(loadavg()[0]?.toFixed(1)) };
      print(`${name}: ${JSON.stringify(result[name])}`);
    }
  }
  print(JSON.stringify(result));
}
