import type { ControlEvent } from '../core/event.ts';
import type { State } from '../core/state.ts';
import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { day, hour, second } from '../lib/time.ts';
import type { Calendar, CalendarJob } from '../ports/calendar.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import type { MaintenanceCalendar, MaintenanceWindow } from './control.ts';

/** Windows are looked at this often; a window begins and ends at most this late. */
const checkMs = second;

/** A window that recurs without a stated length lasts this long. */
const defaultDurationMs = hour;

/** More windows than any site list needs; a limit against a script gone wild. */
export const maxWindows = 1_000;

export type PlannedWindow = Omit<MaintenanceWindow, 'isActive' | 'nextStartAt'>;

interface MaintenanceOptions {
  readonly store: Store;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly state: () => State;
  readonly submit: (event: ControlEvent) => Promise<State>;
  readonly parse: (value: unknown) => PlannedWindow | undefined;
  readonly log: Log;
}

/** Starts and ends maintenance windows, once or by the calendar; they survive restarts in the store. */
export class Maintenance implements MaintenanceCalendar {
  readonly #options: MaintenanceOptions;
  readonly #windows = new Map<
    string,
    { readonly window: PlannedWindow; readonly job?: CalendarJob }
  >();
  #timer: Timer | undefined;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
  }

  /** Loads the windows and begins to watch the calendar. */
  async start(): Promise<void> {
    await this.load();
    this.#watch();
  }

  /** Takes the windows that the store knows in place of those known so far. A dead store changes nothing and says so. */
  async load(): Promise<void> {
    try {
      const stored = await this.#options.store.list('maintenance', { limit: maxWindows });
      this.#forgetAll();
      for (const { id, value } of stored) {
        const window = this.#options.parse(value);
        if (window !== undefined && window.id === id) {
          this.#plan(window);
        }
      }
    } catch (error) {
      this.#options.log.error(
        { err: errorChain(error) },
        'Maintenance windows could not be loaded',
      );
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#forgetAll();
  }

  windows(): readonly MaintenanceWindow[] {
    return [...this.#windows.values()].map(({ window, job }) => {
      const nextStartAt = job?.nextAt() ?? this.#onceStart(window);
      return {
        ...window,
        isActive: this.#isActive(window.id),
        ...(nextStartAt === undefined ? {} : { nextStartAt }),
      };
    });
  }

  async add(window: PlannedWindow): Promise<MaintenanceWindow> {
    await this.#options.store.put('maintenance', window.id, window);
    this.#plan(window);
    await this.#check();
    return this.windows().find(({ id }) => id === window.id) ?? window;
  }

  async remove(id: string, actor: string): Promise<boolean> {
    const planned = this.#windows.get(id);
    if (planned === undefined) {
      return false;
    }
    await this.#options.store.remove('maintenance', id);
    planned.job?.stop();
    this.#windows.delete(id);
    this.#options.log.info({ window: id, actor }, 'Maintenance window removed');
    await this.#endWhere((maintenance) => maintenance.id === id);
    return true;
  }

  #forgetAll(): void {
    for (const { job } of this.#windows.values()) {
      job?.stop();
    }
    this.#windows.clear();
  }

  #plan(window: PlannedWindow): void {
    this.#windows.get(window.id)?.job?.stop();
    if (window.cron === undefined) {
      this.#windows.set(window.id, { window });
      return;
    }
    const job = this.#options.calendar.every(window.cron, window.timeZone ?? 'UTC', () => {
      const endsAt = this.#options.clock.now() + (window.durationMs ?? defaultDurationMs);
      this.#begin(window, endsAt).catch((error: unknown) => {
        this.#options.log.error(
          { window: window.id, err: errorChain(error) },
          'A maintenance window could not begin',
        );
      });
    });
    this.#windows.set(window.id, { window, job });
  }

  #watch(): void {
    this.#timer = this.#options.clock.setTimer(checkMs, () => {
      this.#check().catch((error: unknown) => {
        this.#options.log.error(
          { err: errorChain(error) },
          'The maintenance calendar could not be looked at',
        );
      });
      this.#watch();
    });
  }

  async #check(): Promise<void> {
    const now = this.#options.clock.now();
    for (const { window } of this.#windows.values()) {
      const { startsAt, endsAt } = window;
      if (startsAt !== undefined && endsAt !== undefined && startsAt <= now && now < endsAt) {
        await this.#begin(window, endsAt);
      }
      if (endsAt !== undefined && now - endsAt > day) {
        await this.#options.store.remove('maintenance', window.id);
        this.#windows.delete(window.id);
      }
    }
    await this.#endWhere(({ endsAt }) => endsAt <= now);
  }

  async #begin(window: PlannedWindow, endsAt: number): Promise<void> {
    for (const site of window.sites) {
      const current = this.#options.state().sites.get(site);
      if (current !== undefined && current.maintenance === undefined) {
        const { id, reason, divert } = window;
        await this.#options.submit({
          type: 'maintenance-started',
          site,
          id,
          reason,
          isDiverting: divert,
          endsAt,
        });
      }
    }
  }

  async #endWhere(
    isOver: (maintenance: { readonly id: string; readonly endsAt: number }) => boolean,
  ): Promise<void> {
    for (const [site, { maintenance }] of this.#options.state().sites.entries()) {
      if (maintenance !== undefined && isOver(maintenance)) {
        await this.#options.submit({ type: 'maintenance-ended', site, id: maintenance.id });
      }
    }
  }

  #isActive(id: string): boolean {
    return this.#options
      .state()
      .sites.values()
      .some(({ maintenance }) => maintenance?.id === id);
  }

  #onceStart(window: PlannedWindow): number | undefined {
    const { startsAt } = window;
    return startsAt !== undefined && startsAt > this.#options.clock.now() ? startsAt : undefined;
  }
}
