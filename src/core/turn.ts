import type { EpochMs } from '../lib/time.ts';
import type { Alert, AuditEntry, Command } from './command.ts';
import { type Incident, maxTimeline } from './incident.ts';
import { diversionOf, type Phase } from './phase.ts';
import type { Reason } from './reason.ts';
import type { RouterState, SiteState, State } from './state.ts';

/** Fields of a site that come and go. */
export type OptionalSiteField =
  | 'override'
  | 'maintenance'
  | 'heldBack'
  | 'question'
  | 'incident'
  | 'firstFailAt'
  | 'holdDownUntil'
  | 'expectedRecoveryAt'
  | 'retryAt'
  | 'trouble';

/** What an audit line is about; the turn adds the time and the incident. */
export interface Mention {
  readonly site?: string;
  readonly router?: string;
  readonly actor?: string;
  /** The incident of several sites at once; that of a single site is found by its name. */
  readonly incident?: string;
}

/** What is told of a single site even where hundreds share an incident: each of these asks for a person. */
const troubles: ReadonlySet<Reason> = new Set([
  'notice-failed',
  'route-failed',
  'route-unknown',
  'proof-failed',
  'restore-proof-failed',
  'route-vanished-again',
]);

/**
 * One call of `step` while it is being worked out: the state so far and the commands so far.
 * It lives for that call alone, so the core stays pure to everyone outside.
 */
export class Turn {
  #state: State;
  readonly now: EpochMs;
  readonly #commands: Command[] = [];
  readonly #touchedIncidents = new Set<string>();
  #ownIncidents: Record<string, Incident> | undefined;
  /** Sites whose phase changed in this turn: their neighbours must be looked at again. */
  readonly moved = new Set<string>();
  /** True in a turn that time alone brought about. */
  isTick = false;
  /** True once something changed that a brake counts. */
  isBrakeTouched = false;

  constructor(state: State, now: EpochMs) {
    this.#state = state;
    this.now = now;
  }

  get state(): State {
    return this.#state;
  }

  site(name: string): SiteState | undefined {
    return this.#state.sites.get(name);
  }

  patch(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
  }

  /** Puts a whole state in place: the way to drop one of its optional fields. */
  replace(state: State): void {
    this.#state = state;
  }

  patchSite(name: string, change: Partial<SiteState>): void {
    const site = this.#state.sites.get(name);
    if (site !== undefined) {
      this.#putSite(name, { ...site, ...change });
    }
  }

  /** Drops optional fields of a site. */
  clearSite(name: string, fields: readonly OptionalSiteField[]): void {
    const site = this.#state.sites.get(name);
    if (site !== undefined && fields.some((field) => field in site)) {
      this.isBrakeTouched ||= fields.includes('heldBack');
      const kept: { -readonly [Field in keyof SiteState]: SiteState[Field] } = { ...site };
      for (const field of fields) {
        delete kept[field];
      }
      this.#putSite(name, kept);
    }
  }

  patchRouter(name: string, change: Partial<RouterState>): void {
    const router = this.#state.routers[name];
    if (router !== undefined) {
      this.patch({ routers: { ...this.#state.routers, [name]: { ...router, ...change } } });
    }
  }

  /** Drops the sync under way on a router. */
  endSync(name: string): void {
    const router = this.#state.routers[name];
    if (router !== undefined) {
      const { syncing: _, ...rest } = router;
      this.patch({ routers: { ...this.#state.routers, [name]: rest } });
    }
  }

  /** Drops the unconfirmed change of a router: it was kept, or it is gone. */
  endUnconfirmed(name: string): void {
    const router = this.#state.routers[name];
    if (router !== undefined) {
      const { unconfirmed: _, ...rest } = router;
      this.patch({ routers: { ...this.#state.routers, [name]: rest } });
    }
  }

  /** Lets a router be told at once what it did not take, as if it had not been asked before. */
  endWait(name: string): void {
    const router = this.#state.routers[name];
    if (router?.retryAt !== undefined || router?.refusals !== undefined) {
      const { retryAt: _, refusals: __, ...rest } = router;
      this.patch({ routers: { ...this.#state.routers, [name]: rest } });
    }
  }

  /** Forgets that a change of a router did not go through, and lets it be tried again at once. */
  endFailure(name: string): void {
    const router = this.#state.routers[name];
    if (router !== undefined) {
      const { retryAt: _, failure: __, ...rest } = router;
      this.patch({ routers: { ...this.#state.routers, [name]: rest } });
    }
  }

  give(command: Command): void {
    this.#commands.push(command);
  }

  /** A fresh command id; ids grow and are never used twice, not even over restarts. */
  nextId(): string {
    const next = this.#state.lastCommand + 1;
    this.patch({ lastCommand: next });
    return `c${next}`;
  }

  nextGeneration(): number {
    const next = this.#state.lastGeneration + 1;
    this.patch({ lastGeneration: next });
    return next;
  }

  /** Moves a site to a phase, for a reason, and says so in the audit and the incident. */
  enter(name: string, phase: Phase, reason: Reason, text: string): void {
    const before = this.site(name);
    this.patchSite(name, {
      phase,
      since: before?.phase.name === phase.name ? before.since : this.now,
      stageSince: this.now,
      reason,
      waitingFor: [],
      isUnderWay: false,
    });
    this.clearSite(name, ['heldBack', 'retryAt', 'trouble']);
    this.moved.add(name);
    this.isBrakeTouched = true;
    this.audit(reason, text, { site: name });
  }

  /** Writes one line into the audit, and into the incident of the site it is about. */
  audit(reason: Reason, text: string, mention: Mention = {}): void {
    const site = mention.site === undefined ? undefined : this.site(mention.site);
    const incident = mention.incident ?? site?.incident;
    const generation = site === undefined ? undefined : diversionOf(site.phase)?.generation;
    const entry: AuditEntry = {
      at: this.now,
      actor: mention.actor ?? 'detour',
      reason,
      text,
      ...(mention.site === undefined ? {} : { site: mention.site }),
      ...(mention.router === undefined ? {} : { router: mention.router }),
      ...(incident === undefined ? {} : { incident }),
      ...(generation === undefined ? {} : { generation }),
    };
    this.give({ type: 'append-audit', entry });
    this.#addToIncident(entry);
  }

  alert(alert: Omit<Alert, 'at'>): void {
    const incident =
      alert.incident ?? (alert.site === undefined ? undefined : this.site(alert.site)?.incident);
    const rest = incident === undefined ? {} : { incident };
    this.give({ type: 'send-alert', alert: { ...alert, ...rest, at: this.now } });
  }

  patchIncident(id: string, change: Partial<Incident>): void {
    const incident = this.#state.incidents[id];
    if (incident !== undefined) {
      this.putIncident({ ...incident, ...change });
    }
  }

  putIncident(incident: Incident): void {
    const { id } = incident;
    this.#touchedIncidents.add(id);
    if (this.#ownIncidents !== this.#state.incidents) {
      this.#ownIncidents = { ...this.#state.incidents };
      this.patch({ incidents: this.#ownIncidents });
    }
    this.#ownIncidents[id] = incident;
  }

  /** The outcome of the turn. Changed incidents are recorded last, each once. */
  end(): { state: State; commands: readonly Command[] } {
    const recorded = [...this.#touchedIncidents].flatMap((id): readonly Command[] => {
      const incident = this.#state.incidents[id];
      return incident === undefined ? [] : [{ type: 'record-incident', incident }];
    });
    return { state: this.#state, commands: [...this.#commands, ...recorded] };
  }

  #putSite(name: string, site: SiteState): void {
    this.patch({ sites: this.#state.sites.with(name, site) });
  }

  #addToIncident({ incident: id, reason, text, site, actor }: AuditEntry): void {
    const incident = id === undefined ? undefined : this.#state.incidents[id];
    if (incident === undefined) {
      return;
    }
    const isOfMany = incident.isWave === true && site !== undefined;
    if (isOfMany && actor === 'detour' && !troubles.has(reason)) {
      return;
    }
    const entry = { at: this.now, reason, text: isOfMany ? `${site}: ${text}` : text };
    const { timeline } = incident;
    // The beginning of a story is never dropped; a long middle is.
    const kept =
      timeline.length < maxTimeline
        ? timeline
        : [...timeline.slice(0, 20), ...timeline.slice(21 - maxTimeline)];
    this.putIncident({ ...incident, timeline: [...kept, entry] });
  }
}
