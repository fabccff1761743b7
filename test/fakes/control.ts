import { createHash } from 'node:crypto';
import type {
  LeadershipDesk,
  LimitsDesk,
  MaintenanceCalendar,
  MaintenanceWindow,
  NoticeDesk,
  NoticeVersion,
  PreviewAsk,
  RouterDesk,
  RouterView,
  SiteRegistry,
} from '../../src/controller/control.ts';
import { Controller } from '../../src/controller/controller.ts';
import type { AuditEntry, Command } from '../../src/core/command.ts';
import { desiredRoutes } from '../../src/core/desired-routes.ts';
import { emptyDurable } from '../../src/core/durable.ts';
import type { CommandOutcome, ControlEvent } from '../../src/core/event.ts';
import { defaultGuards } from '../../src/core/guards.ts';
import { initialState } from '../../src/core/initial-state.ts';
import { planRoutes, type Route } from '../../src/core/route-plan.ts';
import type { Rule } from '../../src/core/rule.ts';
import type { ProbeSpec, Site } from '../../src/core/site.ts';
import type { CoreConfig } from '../../src/core/state.ts';
import { DetourError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { AuditQuery, AuditRecord, Journal } from '../../src/ports/journal.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../src/ports/notice-limits.ts';
import type { RenderedNotice } from '../../src/ports/notice-publisher.ts';
import { massTextName, type NoticeText } from '../../src/ports/notice-text.ts';
import { ManualClock } from './manual-clock.ts';
import { sampleSite } from './sample-site.ts';

/** A probe as the configuration would fill it in. */
export const webProbe: ProbeSpec = {
  name: 'web',
  type: 'http',
  url: 'http://home01.example.kr/',
  intervalMs: 10_000,
  suspectIntervalMs: 2_000,
  divertedIntervalMs: 5_000,
  timeoutMs: 3_000,
  rise: 5,
  fall: 3,
  expect: { status: [[200, 399]] },
};

/** The shipped rule, in plain TypeScript. */
export const siteDownRule: Rule = {
  name: 'site-down',
  when: (facts) => facts.probes['web']?.verdict === 'down',
  condition: 'probes.web.verdict == "down"',
  probes: ['web'],
  forMs: 0,
  keepForMs: 0,
  then: 'divert',
  cause: 'server-failure',
  severity: 'critical',
  lookBackMs: 0,
};

/** Three sites on one switch: two of the file, one of the API, and one that shares an address. */
export function sampleConfig(): CoreConfig {
  const origin = { address: '10.10.0.100' };
  const sites = [
    sampleSite('home01', { probes: [webProbe], origin }),
    sampleSite('home02', {
      addresses: ['192.168.80.200'],
      probes: [webProbe],
      mode: 'confirm',
      origin,
    }),
    sampleSite('shared', { addresses: ['192.168.80.200'], probes: [webProbe], mode: 'observe' }),
    sampleSite('shop', { addresses: ['192.168.80.50'], probes: [webProbe], owner: 'api', origin }),
  ];
  return {
    sites: Object.fromEntries(sites.map((site) => [site.name, site])),
    routers: {
      'notice-switch': {
        name: 'notice-switch',
        nextHop: { ipv4: '192.168.80.10' },
        estate: ['192.168.80.0/24'],
      },
    },
    rules: [siteDownRule],
    guards: { ...defaultGuards, warmUpRounds: 1 },
    vantages: ['local'],
  };
}

/** The audit chain in memory; tests can break it and make commits fail. */
export class FakeJournal implements Journal {
  readonly records: AuditRecord[] = [];
  broken: ReturnType<Journal['verifyAudit']>;
  isFailing = false;

  load(): typeof emptyDurable {
    return emptyDurable;
  }

  commit(_changes: readonly unknown[], audit: readonly AuditEntry[]): readonly AuditRecord[] {
    if (this.isFailing) {
      throw new DetourError('Could not write the journal', { code: 'DETOUR_JOURNAL_FAILED' });
    }
    const added = audit.map((entry): AuditRecord => {
      const previousHash = this.records.at(-1)?.hash ?? '0'.repeat(64);
      const seq = this.records.length + 1;
      const text = JSON.stringify([seq, previousHash, entry]);
      const hash = createHash('sha256').update(text).digest('hex');
      const record = { ...entry, seq, previousHash, hash };
      this.records.push(record);
      return record;
    });
    return added;
  }

  audit({ beforeSeq, limit, site }: AuditQuery): readonly AuditRecord[] {
    return this.records
      .filter((record) => beforeSeq === undefined || record.seq < beforeSeq)
      .filter((record) => site === undefined || record.site === site)
      .toReversed()
      .slice(0, limit);
  }

  verifyAudit(): ReturnType<Journal['verifyAudit']> {
    return this.broken;
  }

  [Symbol.dispose](): void {
    this.records.length = 0;
  }
}

/** The real controller and core over routers and a notice plane in memory that do at once what they are told. */
export class FakeControl implements RouterDesk {
  readonly clock: ManualClock;
  readonly journal = new FakeJournal();
  readonly controller: Controller;
  readonly routes = new Map<string, readonly Route[]>();
  readonly foreign: Route[] = [];
  /** Alerts in the order in which they were sent. */
  readonly alerts: string[] = [];
  /** Looks at a router by the API, and how they were meant. */
  readonly looks: ('insisting' | 'asking')[] = [];
  isRouterUp = true;
  /** False: commands are taken but not answered yet. */
  isAnswering = true;

  constructor(config: CoreConfig = sampleConfig(), now: number = Date.UTC(2026, 10, 24)) {
    this.clock = new ManualClock(now);
    this.controller = new Controller({
      initial: initialState(config, this.clock.now()),
      clock: this.clock,
      journal: this.journal,
      log: silentLog,
      run: (command) => this.#run(command),
      observe: () => undefined,
      onJournal: () => undefined,
    });
  }

  /** Reads every router and lets every site pass its first probes. */
  async warmUp(): Promise<void> {
    for (const router of Object.keys(this.controller.state().config.routers)) {
      await this.controller.submit({
        type: 'routes-observed',
        router,
        reading: this.#reading(router),
      });
    }
    for (const site of Object.keys(this.controller.state().config.sites)) {
      await this.probe(site, 'pass', 5);
    }
  }

  /** Lets every target of a site be probed so often, and some time pass after each. */
  async probe(site: string, outcome: 'pass' | 'fail', times = 1): Promise<void> {
    for (let round = 0; round < times; round += 1) {
      const { config } = this.controller.state();
      for (const address of config.sites[site]?.addresses ?? []) {
        await this.controller.submit(this.#probed(site, address, outcome));
      }
      this.clock.advance(1_000);
    }
    await settle();
  }

  async view(router: string, _: AbortSignal, insists: boolean): Promise<RouterView> {
    this.looks.push(insists ? 'insisting' : 'asking');
    if (!this.isRouterUp) {
      return { router, error: 'Could not connect to 10.0.0.2:22', lines: [] };
    }
    const reading = this.#reading(router);
    const plan = planRoutes(reading.owned, desiredRoutes(this.controller.state(), router));
    const lines = [
      ...plan.remove.map(({ prefix, nextHop }) => `no ip route ${prefix} ${nextHop} tag 7300`),
      ...plan.add.map(({ prefix, nextHop }) => `ip route ${prefix} ${nextHop} tag 7300`),
    ];
    return { router, reading, plan, lines };
  }

  #reading(router: string): RouterReading {
    const owned = (this.routes.get(router) ?? []).map((route) => ({ ...route, isInstalled: true }));
    return { owned, foreign: this.foreign };
  }

  #probed(site: string, address: string, outcome: 'pass' | 'fail'): ControlEvent {
    const { phase } = this.controller.state().sites.get(site) ?? {};
    const isBehind = phase?.name === 'diverted' || phase?.name === 'recovering';
    const reason = outcome === 'pass' ? 'ok' : 'refused';
    return {
      type: 'probe-finished',
      site,
      probe: 'web',
      address,
      vantage: 'local',
      path: isBehind ? 'origin' : 'address',
      result: {
        outcome,
        reason,
        startedAt: this.clock.now(),
        latencyMs: 4,
        phases: {},
        ...(outcome === 'pass' ? { status: 200 } : { detail: 'connection refused' }),
      },
    };
  }

  #run(command: Command): void {
    if (command.type === 'send-alert') {
      this.alerts.push(command.alert.text);
    }
    if (!this.isAnswering || !('id' in command)) {
      return;
    }
    let outcome: CommandOutcome = { result: 'ok' };
    if (command.type === 'sync-routes') {
      this.routes.set(command.router, command.desired);
      outcome = { result: 'ok', reading: this.#reading(command.router) };
    }
    queueMicrotask(() => {
      this.controller
        .submit({ type: 'command-finished', id: command.id, outcome })
        .catch(() => undefined);
    });
  }
}

type RouterReading = NonNullable<RouterView['reading']>;

/** Lets the chains of answered commands run to their end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await Promise.resolve();
  }
}

/** Sites and notices in memory, in the core's configuration as the real registry keeps them. */
export class FakeRegistry implements SiteRegistry, NoticeDesk {
  readonly texts = new Map<string, NoticeText>();
  readonly versions = new Map<string, readonly NoticeVersion[]>();
  readonly #control: FakeControl;
  /** Thrown by the next write, as a dead store would. */
  failure: Error | undefined;

  constructor(control: FakeControl) {
    this.#control = control;
  }

  async put(site: Site, actor: string): Promise<void> {
    await this.#note(site.name, actor, `site ${site.name} registered`);
    const { config } = this.#control.controller.state();
    await this.#apply({ ...config, sites: { ...config.sites, [site.name]: site } });
  }

  async remove(name: string, actor: string): Promise<void> {
    await this.#note(name, actor, `site ${name} removed`);
    const { config } = this.#control.controller.state();
    const { [name]: _, ...sites } = config.sites;
    await this.#apply({ ...config, sites });
  }

  async text(site: string): Promise<NoticeText> {
    return this.texts.get(site) ?? {};
  }

  async setText(site: string, text: NoticeText, author: string): Promise<void> {
    this.#failIfTold();
    const { controller } = this.#control;
    await controller.submit(
      site === massTextName
        ? { type: 'noted', reason: 'notice-changed', owner: author, detail: 'words' }
        : { type: 'notice-changed', site, owner: author },
    );
    this.texts.set(site, text);
    const before = this.versions.get(site) ?? [];
    const version = { version: before.length + 1, at: this.#control.clock.now(), author, text };
    this.versions.set(site, [version, ...before]);
    if (site !== massTextName) {
      const at = text.expectedRecoveryAt;
      await controller.submit({ type: 'expected-recovery-set', site, at, owner: author });
    }
  }

  async history(site: string): Promise<readonly NoticeVersion[]> {
    return this.versions.get(site) ?? [];
  }

  async preview(
    site: string,
    { language, format, kind, text }: PreviewAsk,
  ): Promise<RenderedNotice> {
    const title = this.#control.controller.state().config.sites[site]?.title[language] ?? site;
    const words = [title, kind, text?.message?.[language]].filter((word) => word !== undefined);
    const contentTypes = {
      html: 'text/html; charset=utf-8',
      json: 'application/problem+json',
      text: 'text/plain; charset=utf-8',
    };
    return {
      contentType: contentTypes[format],
      status: 503,
      headers: {},
      body: format === 'html' ? `<h1>${words.join(' ')}</h1>` : JSON.stringify(words.join(' ')),
      wireBytes: 1_000,
    };
  }

  async #note(site: string, owner: string, detail: string): Promise<void> {
    this.#failIfTold();
    await this.#control.controller.submit({
      type: 'noted',
      reason: 'site-changed',
      owner,
      site,
      detail,
    });
  }

  async #apply(config: CoreConfig): Promise<void> {
    await this.#control.controller.submit({ type: 'config-applied', config });
  }

  #failIfTold(): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

/** A controller that shares its store with no other. */
export const aloneDesk: LeadershipDesk = {
  isShared: false,
  isStoreUp: () => true,
  leader: () => Promise.resolve(undefined),
};

/** Limits in memory. */
export class FakeLimits implements LimitsDesk {
  #limits: NoticeLimits = defaultNoticeLimits;

  limits(): NoticeLimits {
    return this.#limits;
  }

  async setLimits(limits: NoticeLimits): Promise<void> {
    this.#limits = limits;
  }

  /** Where vantages have reported from. */
  readonly welcomed = new Set<string>();

  async welcome(address: string): Promise<void> {
    this.welcomed.add(address);
  }
}

/** A calendar in memory that starts nothing by itself. */
export class FakeCalendar implements MaintenanceCalendar {
  readonly #windows = new Map<string, MaintenanceWindow>();

  windows(): readonly MaintenanceWindow[] {
    return [...this.#windows.values()];
  }

  async add(window: MaintenanceWindow): Promise<MaintenanceWindow> {
    this.#windows.set(window.id, window);
    return window;
  }

  async remove(id: string): Promise<boolean> {
    return this.#windows.delete(id);
  }
}
