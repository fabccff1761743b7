import type { Command, NoticeOrder } from '../../../src/core/command.ts';
import { durableOf } from '../../../src/core/durable-changes.ts';
import type { CommandOutcome, ControlEvent } from '../../../src/core/event.ts';
import { defaultGuards, type Guards } from '../../../src/core/guards.ts';
import { initialState, withDurable } from '../../../src/core/initial-state.ts';
import type {
  ProbeOutcome,
  ProbePath,
  ProbeReason,
  ProbeResult,
} from '../../../src/core/probe-result.ts';
import { planRoutes, type Route, type RouterReading } from '../../../src/core/route-plan.ts';
import type { Rule } from '../../../src/core/rule.ts';
import type { ProbeSpec, RouterSpec, Site } from '../../../src/core/site.ts';
import { type CoreConfig, countedPath, type State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { isoTime } from '../../../src/lib/iso-time.ts';
import { type EpochMs, minute, second } from '../../../src/lib/time.ts';

/** The start of every story: a night in Seoul. */
export const storyStart: EpochMs = Date.UTC(2026, 0, 10, 18, 0, 0);

export function webProbe(changes: Partial<ProbeSpec> = {}): ProbeSpec {
  return {
    name: 'web',
    type: 'http',
    url: 'http://shop.example.kr/',
    intervalMs: 10 * second,
    suspectIntervalMs: 2 * second,
    divertedIntervalMs: 5 * second,
    timeoutMs: 3 * second,
    rise: 5,
    fall: 3,
    expect: { status: [[200, 399]] },
    ...changes,
  };
}

export function site(name: string, address: string, changes: Partial<Site> = {}): Site {
  return {
    name,
    title: { en: name },
    hostnames: [`${name}.example.kr`],
    addresses: [address],
    routers: ['edge-1'],
    mode: 'auto',
    origin: { address: '10.10.0.100' },
    probes: [webProbe()],
    labels: {},
    sharedAddress: 'all',
    noticeStatus: 503,
    owner: 'file',
    ...changes,
  };
}

export const edge: RouterSpec = {
  name: 'edge-1',
  nextHop: { ipv4: '198.51.100.2' },
  estate: ['203.0.113.0/24'],
};

export const siteDown: Rule = {
  name: 'site-down',
  condition: 'probes.web.verdict == "down"',
  when: (facts) => facts.probes['web']?.verdict === 'down',
  probes: ['web'],
  forMs: 0,
  keepForMs: 0,
  then: 'divert',
  cause: 'server-failure',
  severity: 'critical',
  lookBackMs: 0,
};

export interface WorldOptions {
  readonly sites: readonly Site[];
  readonly routers?: readonly RouterSpec[];
  readonly rules?: readonly Rule[];
  readonly guards?: Partial<Guards>;
  readonly vantages?: readonly string[];
}

/** What a transcript tells of a notice. */
function noticeFacts({ cause, isMass, expectedRecoveryAt }: NoticeOrder): string {
  const end = expectedRecoveryAt === undefined ? '' : `, until ${isoTime(expectedRecoveryAt)}`;
  return `${cause}${isMass === true ? ', one of many' : ''}${end}`;
}

/** Where a probe looks, and from where. */
interface Sight {
  readonly address: string;
  readonly path: ProbePath;
  readonly vantage: string;
}

type Met = Pick<ProbeResult, 'outcome' | 'reason'>;

interface Planned {
  readonly at: EpochMs;
  readonly order: number;
  readonly event: ControlEvent;
}

/** How the world outside answers one kind of command; a story changes these to make trouble. */
export interface Answers {
  publish: (command: Extract<Command, { type: 'publish-notice' }>) => CommandOutcome | undefined;
  sync: (command: Extract<Command, { type: 'sync-routes' }>) => CommandOutcome | undefined;
  prove: (command: Extract<Command, { type: 'prove' }>) => CommandOutcome | undefined;
}

/**
 * A world in which stories are told: real core, virtual time, obedient routers unless the story says otherwise.
 * `undefined` from an answer means that nothing ever comes back.
 */
export class World {
  state: State;
  now: EpochMs = storyStart;
  /** What each router has. */
  readonly routes = new Map<string, Route[]>();
  readonly foreign = new Map<string, Route[]>();
  /** Sites that the notice plane has a notice for. */
  readonly notices = new Set<string>();
  /** False while the notice host reaches no origin. */
  isPassing = true;
  /** Sites whose origin answers. */
  readonly healthy = new Set<string>();
  readonly unreadable = new Set<string>();
  readonly transcript: string[] = [];
  readonly commands: Command[] = [];
  readonly answers: Answers;
  #planned: Planned[] = [];
  #order = 0;
  readonly #lastProbe = new Map<string, EpochMs>();
  #lastRead: EpochMs = storyStart;
  #lastTick: EpochMs = storyStart;
  /** Results that a site gives instead of its health. */
  readonly outcomes = new Map<string, { outcome: ProbeOutcome; reason: ProbeReason }>();
  readonly vantageOutcomes = new Map<string, ProbeOutcome>();
  readonly silentVantages = new Set<string>();
  /** Addresses that do not answer although their site does. */
  readonly deadAddresses = new Set<string>();
  /** Sites whose origin answers by its own path and not where visitors come in. */
  readonly cutOff = new Set<string>();
  readonly unprobed = new Set<string>();
  /** Routers that take a change and do not forward by it. */
  readonly notInstalling = new Set<string>();
  /** Routers that take back by themselves what nobody confirms within a minute. */
  readonly undoing = new Set<string>();
  /** What an undoing router had before the change that waits. */
  readonly #pending = new Map<
    string,
    { readonly before: readonly Route[]; readonly until: EpochMs }
  >();

  constructor(options: WorldOptions) {
    const config: CoreConfig = {
      sites: Object.fromEntries(options.sites.map((one) => [one.name, one])),
      routers: Object.fromEntries((options.routers ?? [edge]).map((one) => [one.name, one])),
      rules: options.rules ?? [siteDown],
      guards: { ...defaultGuards, ...options.guards },
      vantages: options.vantages ?? ['local'],
    };
    this.state = initialState(config, this.now);
    for (const one of options.sites) {
      this.healthy.add(one.name);
    }
    this.answers = {
      publish: () => ({ result: 'ok' }),
      sync: (command) => this.syncNow(command),
      prove: () => ({ result: 'ok' }),
    };
    this.readRouters();
  }

  /** Applies a sync to the routers of this world, as an obedient router would. */
  syncNow(command: Extract<Command, { type: 'sync-routes' }>): CommandOutcome {
    const before = this.routes.get(command.router) ?? [];
    const ours = new Set(command.ledger);
    const plan = planRoutes(
      before.filter(({ prefix }) => ours.has(prefix)),
      command.desired,
    );
    const gone = new Set(plan.remove.map(({ prefix }) => prefix));
    const after = [...before.filter(({ prefix }) => !gone.has(prefix)), ...plan.add];
    this.routes.set(command.router, after);
    const reading = this.reading(command.router);
    if (!this.undoing.has(command.router) || plan.add.length === 0) {
      return { result: 'ok', reading };
    }
    this.#pending.set(command.router, { before, until: this.now + minute });
    return { result: 'ok', reading, isUnconfirmed: true };
  }

  #goBack(router: string): void {
    this.routes.set(router, [...(this.#pending.get(router)?.before ?? [])]);
    this.#pending.delete(router);
  }

  #endChange(
    command: Extract<Command, { type: 'confirm-routes' | 'cancel-routes' }>,
  ): CommandOutcome {
    const { router, type } = command;
    if (!this.#pending.has(router)) {
      return {
        result: 'failed',
        code: 'DETOUR_ROUTER_CHANGE_UNDONE',
        message: `${router} has gone back`,
      };
    }
    if (type === 'cancel-routes') {
      this.#goBack(router);
    }
    this.#pending.delete(router);
    return { result: 'ok', reading: this.reading(router) };
  }

  #undoDue(): void {
    for (const [router, { until }] of this.#pending) {
      if (this.now >= until) {
        this.#say(`(${router} takes back what nobody confirmed)`);
        this.#goBack(router);
      }
    }
  }

  reading(router: string): RouterReading {
    const isInstalled = !this.notInstalling.has(router);
    return {
      owned: (this.routes.get(router) ?? []).map((route) => ({ ...route, isInstalled })),
      foreign: this.foreign.get(router) ?? [],
    };
  }

  /** Ends the controller without warning and starts another from what the journal kept. */
  restart(): void {
    const durable = durableOf(this.state);
    this.#planned = [];
    this.#say('(the controller is killed and started again)');
    this.state = withDurable(initialState(this.state.config, this.now), durable, this.now);
    this.submit({ type: 'started' });
    this.readRouters();
  }

  readRouters(): void {
    for (const name of Object.keys(this.state.config.routers)) {
      this.readRouter(name);
    }
  }

  readRouter(router: string): void {
    const isLeft =
      this.#pending.has(router) && this.state.routers[router]?.unconfirmed === undefined;
    this.submit(
      this.unreadable.has(router) || isLeft
        ? { type: 'router-unreadable', router, message: 'no answer' }
        : { type: 'routes-observed', router, reading: this.reading(router) },
    );
  }

  /** Hands an event in now and carries out what follows. */
  submit(event: ControlEvent): void {
    const { state, commands } = step(this.state, event, this.now);
    this.state = state;
    for (const command of commands) {
      this.commands.push(command);
      this.#carryOut(command);
    }
  }

  /** Hands an event in later. */
  later(delayMs: number, event: ControlEvent): void {
    this.#order += 1;
    this.#planned.push({ at: this.now + delayMs, order: this.#order, event });
    this.#planned.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  /** Lets time pass: probes, ticks, readings and planned answers come when they are due. */
  run(durationMs: number): void {
    const end = this.now + durationMs;
    while (this.now < end) {
      this.now = Math.min(end, this.now + 100);
      this.#deliver();
      this.#undoDue();
      this.#probeDue();
      if (this.now - this.#lastTick >= second) {
        this.#lastTick = this.now;
        this.submit({ type: 'tick' });
      }
      if (this.now - this.#lastRead >= 30 * second) {
        this.#lastRead = this.now;
        this.readRouters();
      }
    }
  }

  /** Runs until something is so, for at most a time; says whether it came to be. */
  runUntil(isSo: () => boolean, atMostMs = 10 * minute): boolean {
    for (let waited = 0; waited < atMostMs && !isSo(); waited += 100) {
      this.run(100);
    }
    return isSo();
  }

  phase(name: string): string {
    const phase = this.state.sites.get(name)?.phase;
    if (phase === undefined) {
      return 'gone';
    }
    return 'stage' in phase ? `${phase.name}/${phase.stage}` : phase.name;
  }

  #deliver(): void {
    while (this.#planned[0] !== undefined && this.#planned[0].at <= this.now) {
      const next = this.#planned.shift();
      if (next !== undefined) {
        this.submit(next.event);
      }
    }
  }

  #intervalOf(name: string, spec: ProbeSpec): number {
    const phase = this.state.sites.get(name)?.phase.name;
    if (phase === 'serving') {
      return spec.intervalMs;
    }
    return phase === 'diverted' || phase === 'recovering' || phase === 'held'
      ? spec.divertedIntervalMs
      : spec.suspectIntervalMs;
  }

  #probeDue(): void {
    for (const spec of Object.values(this.state.config.sites)) {
      for (const probe of spec.probes) {
        const key = `${spec.name} ${probe.name}`;
        const last = this.#lastProbe.get(key);
        const due = last === undefined ? storyStart : last + this.#intervalOf(spec.name, probe);
        if (this.now >= due && !this.unprobed.has(spec.name)) {
          this.#lastProbe.set(key, this.now);
          this.#probe(spec, probe);
        }
      }
    }
  }

  #probeNow(sites: readonly string[]): void {
    for (const name of sites) {
      for (const probe of this.state.config.sites[name]?.probes ?? []) {
        this.#lastProbe.delete(`${name} ${probe.name}`);
      }
    }
  }

  #healthOf({ name }: Site, address: string, isReached: boolean): ProbeOutcome {
    const isWell = isReached && this.healthy.has(name) && !this.deadAddresses.has(address);
    return isWell ? 'pass' : 'fail';
  }

  #isPassedThrough({ name, origin }: Site): boolean {
    return origin?.passThrough !== undefined && !this.notices.has(name);
  }

  #isBehindNotice(spec: Site, address: string): boolean {
    return spec.routers.some((router) =>
      (this.routes.get(router) ?? []).some(({ prefix }) => prefix === `${address}/32`),
    );
  }

  /** What a vantage meets at the end of a path: the outcome and reason of its probe. */
  #met(spec: Site, probe: ProbeSpec, { address, path, vantage }: Sight): Met {
    const isAtNotice = path === 'address' && this.#isBehindNotice(spec, address);
    const isOwn = isAtNotice && !this.#isPassedThrough(spec);
    if (isOwn) {
      // A bare connection is taken by whoever stands there, and does not tell who that is.
      return probe.type === 'tcp'
        ? { outcome: 'pass', reason: 'ok' }
        : { outcome: 'inconclusive', reason: 'own-notice' };
    }
    const special = this.outcomes.get(spec.name);
    const isCutOff = path === 'address' && this.cutOff.has(spec.name);
    const isReached = !isCutOff && (!isAtNotice || this.isPassing);
    const health = this.#healthOf(spec, address, isReached);
    const outcome = this.vantageOutcomes.get(vantage) ?? special?.outcome ?? health;
    return { outcome, reason: special?.reason ?? (outcome === 'pass' ? 'ok' : 'refused') };
  }

  #probe(spec: Site, probe: ProbeSpec): void {
    const phase = this.state.sites.get(spec.name)?.phase ?? { name: 'serving' };
    const speaking = this.state.config.vantages.filter((name) => !this.silentVantages.has(name));
    for (const address of spec.addresses) {
      const path = countedPath(phase, spec, address);
      for (const vantage of speaking) {
        const met = this.#met(spec, probe, { address, path, vantage });
        this.submit({
          type: 'probe-finished',
          site: spec.name,
          probe: probe.name,
          address,
          vantage,
          path,
          result: {
            ...met,
            startedAt: this.now,
            latencyMs: 5,
            phases: {},
            ...(met.outcome === 'pass' ? { status: 200 } : {}),
          },
        });
      }
    }
  }

  /** Writes a line into the transcript. */
  tell(text: string): void {
    this.#say(text);
  }

  #say(text: string): void {
    const seconds = ((this.now - storyStart) / 1000).toFixed(1).padStart(8);
    this.transcript.push(`${seconds}s  ${text}`);
  }

  #answer(id: string, outcome: CommandOutcome | undefined): void {
    if (outcome !== undefined) {
      this.later(100, { type: 'command-finished', id, outcome });
    }
  }

  #carryOut(command: Command): void {
    switch (command.type) {
      case 'publish-notice':
        this.#say(`> publish notice of ${command.order.site} (${noticeFacts(command.order)})`);
        this.notices.add(command.order.site);
        this.#answer(command.id, this.answers.publish(command));
        break;
      case 'sync-routes':
        this.#say(
          `> sync ${command.router}: ${command.desired.map(({ prefix, nextHop }) => `${prefix} via ${nextHop}`).join(', ') || 'no routes'}`,
        );
        this.#answer(command.id, this.answers.sync(command));
        break;
      case 'confirm-routes':
      case 'cancel-routes':
        this.#say(
          `> ${command.type === 'confirm-routes' ? 'confirm' : 'cancel'} the change on ${command.router}`,
        );
        this.#answer(command.id, this.#endChange(command));
        break;
      case 'prove':
        this.#say(`> prove that ${command.site} shows the ${command.expect}`);
        this.#answer(command.id, this.answers.prove(command));
        break;
      case 'read-routes':
        this.readRouter(command.router);
        break;
      case 'probe-now':
        this.#probeNow(command.sites);
        break;
      case 'append-audit':
        this.#say(
          `${command.entry.site ?? command.entry.router ?? 'detour'}: ${command.entry.reason}: ${command.entry.text}`,
        );
        break;
      case 'send-alert':
        this.#say(
          `! ${command.alert.isResolved ? 'resolved' : command.alert.severity}: ${command.alert.text}`,
        );
        break;
      case 'withdraw-notice':
        this.notices.delete(command.site);
        this.#say(`> withdraw notice of ${command.site}`);
        break;
      default:
        break;
    }
  }
}
