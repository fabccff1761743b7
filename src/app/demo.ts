import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DetourError } from '../lib/errors.ts';
import { hostPrefix } from '../lib/ip.ts';
import { snapshotKeyFile } from '../ports/snapshot.ts';
import { noticeAddress, sampleSites } from '../quickstart/sample-network.ts';
import type { SampleSite } from '../quickstart/sample-site.ts';
import { type Sight, type VisitedSite, visit } from '../quickstart/visitor.ts';
import type { DemoTimeline } from './demo-timeline.ts';
import type { QuickStart } from './quick-start.ts';

/** The two figures that the demo is about, in milliseconds. */
export interface DemoFigures {
  readonly failureToNoticeMs: number;
  readonly repairToSiteMs: number;
  /** From the start of the process to the first notice seen. */
  readonly startToNoticeMs: number;
  /** How often the other site was visited meanwhile; it answered every time. */
  readonly neighbourVisits: number;
}

export interface DemoPatience {
  /** For each step. A working demo needs a fraction of it. */
  readonly stepSeconds: number;
}

const neighbourEveryMs = 50;

/** Visits a site over and over, and remembers the first visit that did not bring the site itself. */
class SteadyVisitor implements AsyncDisposable {
  visits = 0;
  trouble: string | undefined;
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(look: () => Promise<Sight>) {
    this.#running = this.#run(look);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(look: () => Promise<Sight>): Promise<void> {
    while (!this.#isOver) {
      const sight = await look();
      this.visits += 1;
      if (sight.kind !== 'site') {
        this.trouble ??= 'detail' in sight ? sight.detail : `a notice of ${sight.site}`;
      }
      await new Promise((resolve) => setTimeout(resolve, neighbourEveryMs));
    }
  }
}

/** What Detour itself decides about a site goes into the timeline as it happens. */
function tellDecisions({ plane }: QuickStart, site: string, timeline: DemoTimeline): () => void {
  return plane.controller.subscribe(({ audit }) => {
    if (audit?.site === site) {
      timeline.note(`  detour: ${audit.reason}, ${audit.text}`);
    }
  });
}

function pick<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) {
    throw new Error(`The sample network has no site number ${index}`);
  }
  return item;
}

/** One outage on a quick start that runs: every step is seen from outside, through the data path. */
export class Demo {
  readonly #quickStart: QuickStart;
  readonly #timeline: DemoTimeline;
  readonly #within: { readonly seconds: number };
  readonly #failing: VisitedSite;
  readonly #neighbour: VisitedSite;
  readonly #server: SampleSite;

  constructor(quickStart: QuickStart, timeline: DemoTimeline, patience: DemoPatience) {
    const { port, sites } = quickStart.network;
    this.#quickStart = quickStart;
    this.#timeline = timeline;
    this.#within = { seconds: patience.stepSeconds };
    this.#failing = { ...pick(sampleSites, 0), port };
    this.#neighbour = { ...pick(sampleSites, 1), port };
    this.#server = pick(sites, 0);
  }

  /** Plays it. Rejects with DETOUR_DEMO_FAILED at the first step that was not seen. */
  async play(): Promise<DemoFigures> {
    const { plane } = this.#quickStart;
    await this.#see('both sites answer at their addresses', async () => {
      const sights = await Promise.all([this.#look(this.#failing), this.#look(this.#neighbour)]);
      return sights.every(({ kind }) => kind === 'site');
    });
    await this.#see('Detour has read the router and three rounds of probes', () => {
      const { isWarmedUp, sites } = plane.controller.state();
      return isWarmedUp && sites.values().every(({ phase }) => phase.name === 'serving');
    });
    const stopTelling = tellDecisions(this.#quickStart, this.#failing.name, this.#timeline);
    try {
      await using neighbour = new SteadyVisitor(() => this.#look(this.#neighbour));
      const outage = await this.#failAndDivert();
      const repairToSiteMs = await this.#repairAndRestore();
      this.#expectUntouched(neighbour);
      return { ...outage, repairToSiteMs, neighbourVisits: neighbour.visits };
    } finally {
      stopTelling();
    }
  }

  async #failAndDivert(): Promise<Pick<DemoFigures, 'failureToNoticeMs' | 'startToNoticeMs'>> {
    const { name, address } = this.#failing;
    const killedAtMs = this.#timeline.note(`the server of ${name} is killed`);
    await this.#server.breakDown();
    await this.#see(`a visitor of ${name} gets no answer`, async () => {
      return (await this.#look(this.#failing)).kind === 'nothing';
    });
    await this.#see(`the router has ${hostPrefix(address)} via ${noticeAddress}`, () =>
      this.#hasRoute(),
    );
    const noticeAtMs = await this.#see(`a visitor of ${name} reads its notice`, async () => {
      const sight = await this.#look(this.#failing);
      return sight.kind === 'notice' && sight.site === name && sight.generation > 0;
    });
    await this.#see('Detour has proven the diversion', () => this.#phase() === 'diverted');
    return { failureToNoticeMs: noticeAtMs - killedAtMs, startToNoticeMs: noticeAtMs };
  }

  async #repairAndRestore(): Promise<number> {
    const { name, address } = this.#failing;
    const repairedAtMs = this.#timeline.note(`the server of ${name} is repaired`);
    await this.#server.repair();
    await this.#see(`the router has no route for ${address} any more`, () => !this.#hasRoute());
    const backAtMs = await this.#see(`a visitor of ${name} gets the site itself`, async () => {
      return (await this.#look(this.#failing)).kind === 'site';
    });
    await this.#see('Detour has proven the restore', () => this.#phase() === 'serving');
    return backAtMs - repairedAtMs;
  }

  #expectUntouched(neighbour: SteadyVisitor): void {
    const { name } = this.#neighbour;
    if (neighbour.trouble !== undefined || neighbour.visits === 0) {
      const why = neighbour.trouble ?? 'it was never visited';
      throw new DetourError(`Not seen: ${name} untouched throughout (${why})`, {
        code: 'DETOUR_DEMO_FAILED',
      });
    }
    this.#timeline.note(`${name} answered all ${neighbour.visits} visits meanwhile`);
  }

  #see(text: string, look: () => boolean | Promise<boolean>): Promise<number> {
    return this.#timeline.see(text, this.#within, look);
  }

  #look(site: VisitedSite): Promise<Sight> {
    const { handover } = this.#quickStart.settings.notice;
    // The key is there as soon as the first snapshot is; no visitor needs it sooner.
    const key = createPublicKey(readFileSync(path.join(handover, snapshotKeyFile)));
    return visit(site, key);
  }

  #hasRoute(): boolean {
    const prefix = hostPrefix(this.#failing.address);
    const { routes } = this.#quickStart.network.table;
    return routes.some((route) => route.prefix === prefix && route.nextHop === noticeAddress);
  }

  #phase(): string | undefined {
    return this.#quickStart.plane.controller.state().sites.get(this.#failing.name)?.phase.name;
  }
}
