import type { AuditEntry, Command } from '../core/command.ts';
import { durableChanges } from '../core/durable-changes.ts';
import type { ControlEvent } from '../core/event.ts';
import type { State } from '../core/state.ts';
import { step } from '../core/step.ts';
import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { AuditRecord, Journal } from '../ports/journal.ts';
import type { Control, ControlNews } from './control.ts';
import { newsOf } from './news.ts';

/** Time moves in the core this often when nothing else happens. */
export const tickMs = second;

interface Heard {
  readonly event: ControlEvent;
  readonly settle: PromiseWithResolvers<State>;
}

export interface ControllerOptions {
  readonly initial: State;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly log: Log;
  /** Carries out one command; returns at once. */
  readonly run: (command: Command) => void;
  /** Hears of every adopted state and of what was decided on the way. */
  readonly observe: (before: State, after: State, audit: readonly AuditRecord[]) => void;
  /** Hears whether intents can be made durable. */
  readonly onJournal: (isUp: boolean) => void;
}

/**
 * Takes one event at a time: decides, makes the intent durable, and only then acts.
 * When the journal cannot be written nothing of the event happens, so no router ever hears of an intent that a crash would lose.
 */
export class Controller implements Control {
  readonly #options: ControllerOptions;
  #state: State;
  readonly #queue: Heard[] = [];
  /** Outcomes from which nothing could follow yet; as many as there are commands under way. */
  #unheard: Heard[] = [];
  #isBusy = false;
  #isStopped = false;
  #tick: Timer | undefined;
  #news = 0;
  readonly #listeners = new Set<(news: ControlNews) => void>();

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#state = options.initial;
  }

  state(): State {
    return this.#state;
  }

  /** Starts the clock of the core. */
  start(): void {
    this.#tick = this.#options.clock.setTimer(tickMs, () => {
      this.#queue.push(...this.#unheard);
      this.#unheard = [];
      this.submit({ type: 'tick' }).catch(() => undefined);
      if (!this.#isStopped) {
        this.start();
      }
    });
  }

  /** Takes no further event; what routers have stays as it is. */
  stop(): void {
    this.#isStopped = true;
    this.#tick?.cancel();
  }

  submit(event: ControlEvent): Promise<State> {
    const settle = Promise.withResolvers<State>();
    if (this.#isStopped) {
      settle.resolve(this.#state);
      return settle.promise;
    }
    this.#queue.push({ event, settle });
    this.#drain();
    return settle.promise;
  }

  subscribe(listener: (news: ControlNews) => void): () => void {
    this.#listeners.add(listener);
    return (): void => {
      this.#listeners.delete(listener);
    };
  }

  #drain(): void {
    if (this.#isBusy) {
      return;
    }
    this.#isBusy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#take(next.event, next.settle);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #take(event: ControlEvent, settle: PromiseWithResolvers<State>): void {
    const { clock, log, onJournal, run, observe } = this.#options;
    const before = this.#state;
    let decided: ReturnType<typeof step>;
    try {
      decided = step(before, event, clock.now());
    } catch (error) {
      this.#tellUndecided(event, error);
      this.#giveBack({ event, settle }, error);
      return;
    }
    const { state, commands } = decided;
    let audit: readonly AuditRecord[];
    try {
      audit = this.#commit(before, state, commands);
    } catch (error) {
      onJournal(false);
      log.error(
        { event: event.type, err: errorChain(error) },
        'An intent could not be made durable, so nothing was done',
      );
      this.#giveBack({ event, settle }, error);
      return;
    }
    this.#state = state;
    for (const command of commands) {
      run(command);
    }
    observe(before, state, audit);
    this.#tell(before, state, audit);
    settle.resolve(state);
  }

  /** Nothing of this event happened. What a command led to has happened all the same: it is told again at the next tick. */
  #giveBack(heard: Heard, error: unknown): void {
    if (heard.event.type === 'command-finished') {
      this.#unheard.push(heard);
    } else {
      heard.settle.reject(error);
    }
  }

  /** A fault in the core must not silence it: the other events, sites and orders go on, and people hear of it. */
  #tellUndecided(event: ControlEvent, error: unknown): void {
    const { clock, log, run } = this.#options;
    log.error(
      { event: event.type, err: errorChain(error) },
      'Nothing could be decided about an event, so nothing was done',
    );
    run({
      type: 'send-alert',
      alert: {
        key: `undecided:${event.type}`,
        severity: 'critical',
        reason: 'event-undecided',
        text: `Detour could not decide about an event (${event.type}) and did nothing: ${errorChain(error)}. Please report it.`,
        at: clock.now(),
        isResolved: false,
      },
    });
  }

  #commit(before: State, after: State, commands: readonly Command[]): readonly AuditRecord[] {
    const changes = durableChanges(before, after);
    const entries = commands.flatMap((command): readonly AuditEntry[] =>
      command.type === 'append-audit' ? [command.entry] : [],
    );
    if (changes.length === 0 && entries.length === 0) {
      return [];
    }
    const records = this.#options.journal.commit(changes, entries);
    this.#options.onJournal(true);
    return records;
  }

  #tell(before: State, after: State, audit: readonly AuditRecord[]): void {
    if (this.#listeners.size === 0) {
      return;
    }
    for (const item of newsOf(before, after, audit, this.#options.clock.now())) {
      this.#news += 1;
      for (const listener of this.#listeners) {
        listener({ ...item, seq: this.#news });
      }
    }
  }
}
