import { decisionNumber } from '../core/command.ts';
import type { CommandOutcome } from '../core/event.ts';
import { isEmptyPlan, planRoutes, type RoutePlan, type RouterReading } from '../core/route-plan.ts';
import { DetourError, errorChain, errorCode, errorDetail, leftOpen } from '../lib/errors.ts';
import { second } from '../lib/time.ts';
import type { UnconfirmedChange } from '../ports/route-driver.ts';
import { pause, withDeadline } from './deadline.ts';
import { LoginPause } from './login-pause.ts';
import type { RouterRunnerOptions, SyncRoutes } from './router-runner-options.ts';

/** One operation on a router takes at most this long (DESIGN section 10). */
export const operationMs = 30 * second;

/** A plan that waited longer than this for its turn is dropped: the world may have moved on. */
export const maxPlanAgeMs = 10 * second;

/**
 * A process that stood still for longer gives up what it is doing with a router: shorter than the time that a lease must
 * still have when a write begins, so that a write which was allowed cannot go out after the lease.
 */
export const standstillMs = 4 * second;

/**
 * A device that can undo by itself takes an unconfirmed change back after this long, or a little more: longer than the
 * longest proof (17 s), and short enough that a controller which starts anew has its routes within a minute.
 */
export const undoAfterMs = 40 * second;

/** What an operation left behind. */
type Done = Omit<Extract<CommandOutcome, { result: 'ok' }>, 'result'>;

/** Carries out everything about one router, one operation at a time, in order. */
export class RouterRunner {
  readonly #name: string;
  readonly #options: RouterRunnerOptions;
  #last: Promise<unknown>;
  #waitingReads = 0;
  /** The change that stands on the router until its proof is in. */
  #held: { readonly change: UnconfirmedChange; readonly endsAtMs: number } | undefined;
  /** Ends what is under way when this process stood still. */
  #standstill = new AbortController();
  /** Nothing is sent on the ground of what was read before a standstill. */
  #mustRead = false;
  readonly #loginPause: LoginPause;

  constructor(name: string, options: RouterRunnerOptions) {
    this.#name = name;
    this.#options = options;
    this.#loginPause = new LoginPause(name, options.clock);
    this.#last = options.after ?? Promise.resolve();
  }

  /** Reads the router; undefined when a read is already waiting and will bring the same. */
  read(): Promise<RouterReading> | undefined {
    if (this.#waitingReads > 0) {
      return undefined;
    }
    this.#waitingReads += 1;
    return this.#inTurn(() => {
      this.#waitingReads -= 1;
      return this.#readNow();
    });
  }

  /** Reads the router for somebody who looks at it now; who insists has a login tried that is not to be tried by itself. */
  look(insists = false): Promise<RouterReading> {
    return this.#inTurn(() => {
      if (insists) {
        this.#loginPause.lift();
      }
      return this.#readNow();
    });
  }

  /**
   * Brings the router to the desired routes and reads back what stands. Never rejects.
   * A device that can undo by itself is left waiting for `endChange` when routes were added: their proof is still to come.
   */
  async sync(command: SyncRoutes): Promise<CommandOutcome> {
    return await this.#outcome(() => this.#syncNow(command));
  }

  /** Keeps the change that stands unconfirmed, or takes it back at once, and reads what stands then. Never rejects. */
  async endChange(way: 'confirm' | 'cancel'): Promise<CommandOutcome> {
    return await this.#outcome(async () => {
      const change = this.#release();
      await (way === 'confirm' ? this.#confirm(change) : this.#cancel(change));
      return { reading: await this.#readNow().catch(leftOpen) };
    });
  }

  /** True when the router is to be told of its lease. */
  isLeaseDue(): boolean {
    return this.#options.lease?.isDue() === true;
  }

  /** Renews the lease of the router's routes, if there is one. Never rejects: the lease itself tells what became of it. */
  async renewLease(): Promise<void> {
    try {
      await this.#inTurn(() => this.#renewNow());
    } catch (error) {
      const facts = { router: this.#name, code: errorCode(error), err: errorChain(error) };
      this.#options.log.warn(facts, 'The lease of the routes could not be renewed');
    }
  }

  /** To be called before anything else when this process wakes: what is under way is given up, and the router is read first. */
  giveUp(): void {
    const waking = this.#standstill;
    this.#standstill = new AbortController();
    this.#mustRead = true;
    waking.abort(
      new DetourError(
        `This process stood still in the middle of an operation on ${this.#name}; the router is read before anything else`,
        { code: 'DETOUR_STOOD_STILL', retryable: true },
      ),
    );
  }

  /** Ends the driver after what is under way. */
  async close(): Promise<void> {
    try {
      await this.#inTurn(async () => {
        await this.#options.driver[Symbol.asyncDispose]();
      });
    } catch (error) {
      const facts = { router: this.#name, err: errorChain(error) };
      this.#options.log.warn(facts, 'Closing the router driver failed');
    }
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(act, act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #outcome(act: () => Promise<Done>): Promise<CommandOutcome> {
    try {
      return { result: 'ok', ...(await this.#inTurn(act)) };
    } catch (error) {
      const isUnknown = error instanceof DetourError && error.retryable;
      return {
        result: isUnknown ? 'unknown' : 'failed',
        code: errorCode(error) ?? 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        message: errorChain(error),
      };
    }
  }

  /** A change of ours that no living controller holds is about to go: what the router shows until then tells nothing. */
  async #readNow(): Promise<RouterReading> {
    this.#mustRead = false;
    const reading = await this.#timed('read', (signal) => this.#options.driver.read(signal));
    if (reading.isUnconfirmed === true && this.#holding() === undefined) {
      throw new DetourError(
        `${this.#name} holds an unconfirmed change that this controller does not know; what it shows may go back by itself`,
        { code: 'DETOUR_ROUTER_LOCKED', retryable: true },
      );
    }
    return reading;
  }

  /** The change that stands unconfirmed, unless the router has long taken it back. */
  #holding(): UnconfirmedChange | undefined {
    if (this.#held !== undefined && this.#options.clock.monotonicMs() > this.#held.endsAtMs) {
      this.#held = undefined;
    }
    return this.#held?.change;
  }

  #hold(change: UnconfirmedChange): void {
    // A device that counts minutes may be late by one; then it shows the change as pending and is read again.
    const endsAtMs = this.#options.clock.monotonicMs() + change.undoAfterMs;
    this.#held = { change, endsAtMs };
  }

  /** Hands the held change over to whoever ends it. */
  #release(): UnconfirmedChange {
    const change = this.#holding();
    this.#held = undefined;
    if (change === undefined) {
      throw new DetourError(`${this.#name} has gone back before the change was ended`, {
        code: 'DETOUR_ROUTER_CHANGE_UNDONE',
      });
    }
    return change;
  }

  async #syncNow(command: SyncRoutes): Promise<Done> {
    const { clock } = this.#options;
    const waitMs = command.notBefore - clock.now();
    if (waitMs > 0) {
      await pause(clock, waitMs);
    }
    if (this.#holding() !== undefined) {
      throw new DetourError(`A change on ${this.#name} still waits for its proof`, {
        code: 'DETOUR_ROUTER_LOCKED',
        retryable: true,
      });
    }
    const before = await this.#readNow();
    const ours = new Set(command.ledger);
    const plan = planRoutes(
      before.owned.filter(({ prefix }) => ours.has(prefix)),
      command.desired,
    );
    if (isEmptyPlan(plan)) {
      return { reading: before };
    }
    this.#permit(command, plan, before, Math.max(0, waitMs));
    this.#options.guard.note(plan);
    if (this.#options.lease?.isNeededBy(plan) === true) {
      // A route that is to end with us never stands without its end.
      await this.#renewNow();
    }
    const signed = this.#signed(plan, command.id);
    const change = await this.#timed('apply', (signal) => this.#apply(signed, signal));
    if (change === undefined) {
      return { reading: await this.#readBack(command) };
    }
    this.#hold(change);
    try {
      const reading = await this.#readBack(command);
      if (plan.add.length > 0) {
        return { reading, isUnconfirmed: true };
      }
      // A removal is kept once it is read back: going back would hide a healthy site behind its notice again.
      await this.#confirm(this.#release());
      return { reading };
    } catch (error) {
      this.#held = undefined;
      await this.#cancel(change);
      throw error;
    }
  }

  /** Where controllers take turns, a change says who makes it, and by which decision. */
  #signed(plan: RoutePlan, id: string): RoutePlan {
    const term = this.#options.term?.();
    const generation = decisionNumber(id);
    return term === undefined
      ? plan
      : { ...plan, term, ...(generation === undefined ? {} : { generation }) };
  }

  async #renewNow(): Promise<void> {
    await this.#expectFresh();
    await this.#timed('lease', async (signal) => await this.#options.lease?.renew(signal));
  }

  /** Leaves the change unconfirmed where the device can take it back by itself. */
  async #apply(plan: RoutePlan, signal: AbortSignal): Promise<UnconfirmedChange | undefined> {
    const { driver } = this.#options;
    if (driver.applyUnconfirmed !== undefined) {
      return await driver.applyUnconfirmed(plan, undoAfterMs, signal);
    }
    await driver.apply(plan, signal);
    return undefined;
  }

  async #readBack(command: SyncRoutes): Promise<RouterReading> {
    const after = await this.#readNow().catch(leftOpen);
    const ours = new Set(command.ledger);
    const rest = planRoutes(
      after.owned.filter(({ prefix }) => ours.has(prefix)),
      command.desired,
    );
    if (!isEmptyPlan(rest)) {
      const lines = this.#options.driver.lines(rest).join('; ');
      throw new DetourError(`${this.#name} took the change but does not show it`, {
        code: 'DETOUR_ROUTER_NOT_INSTALLED',
        retryable: true,
        cause: new Error(`still to do: ${lines}`),
      });
    }
    return after;
  }

  /** The lease is looked at again: a controller that was paused meanwhile leaves the device to undo the change. */
  async #confirm(change: UnconfirmedChange): Promise<void> {
    if (!this.#options.mayAct()) {
      throw new DetourError(`This controller may not confirm its change on ${this.#name}`, {
        code: 'DETOUR_NOT_LEADER',
        retryable: true,
      });
    }
    await this.#expectFresh();
    await this.#timed('confirm', (signal) => change.confirm(signal));
  }

  async #expectFresh(): Promise<void> {
    if (this.#mustRead) {
      await this.#readNow();
    }
  }

  /** Takes a failed change back at once, as far as we still may; if not, the device does it by itself. */
  async #cancel(change: UnconfirmedChange): Promise<void> {
    if (!this.#options.mayAct()) {
      return;
    }
    try {
      await this.#expectFresh();
      await this.#timed('cancel', (signal) => change.cancel(signal));
    } catch (error) {
      const facts = { router: this.#name, code: errorCode(error), err: errorChain(error) };
      this.#options.log.warn(
        facts,
        'An unconfirmed change could not be taken back; the device will',
      );
    }
  }

  /** The last look before the first byte of a change goes out. */
  #permit(command: SyncRoutes, plan: RoutePlan, before: RouterReading, waitedMs: number): void {
    const { clock, guard, mayAct, spec } = this.#options;
    const router = spec();
    if (router === undefined || !mayAct()) {
      throw new DetourError(`This controller may not write to ${this.#name}`, {
        code: 'DETOUR_NOT_LEADER',
      });
    }
    const ownTerm = this.#options.term?.();
    if (ownTerm !== undefined && before.term !== undefined && before.term > ownTerm) {
      throw new DetourError(
        `${this.#name} was written to by a controller of term ${before.term}; this one leads in term ${ownTerm}`,
        { code: 'DETOUR_FENCED' },
      );
    }
    if (!this.#options.isStillWanted(command)) {
      throw new DetourError(`The plan for ${this.#name} was overtaken by a newer decision`, {
        code: 'DETOUR_PLAN_STALE',
        retryable: true,
      });
    }
    if (clock.now() - command.decidedAt - waitedMs > maxPlanAgeMs) {
      throw new DetourError(`The plan for ${this.#name} is older than ${maxPlanAgeMs / 1000} s`, {
        code: 'DETOUR_PLAN_STALE',
        retryable: true,
      });
    }
    const { ledger, isOrdered, activeLimit } = command;
    const { foreign } = before;
    const refusal = guard.refusal({ router, plan, ledger, foreign, isOrdered, activeLimit });
    if (refusal !== undefined) {
      throw new DetourError(`The guard refused the plan for ${this.#name}`, {
        code: 'DETOUR_GUARD_REFUSED',
        cause: new Error(refusal),
      });
    }
  }

  async #timed<Result>(
    operation: string,
    act: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { clock, conversation, metrics } = this.#options;
    this.#loginPause.check();
    const startedAt = clock.monotonicMs();
    conversation?.begin();
    const seen = (result: string): void => {
      const seconds = (clock.monotonicMs() - startedAt) / 1000;
      metrics.routerOperation.observe({ router: this.#name, operation, result }, seconds);
    };
    try {
      const what = `The ${operation} on ${this.#name}`;
      const result = await withDeadline(
        clock,
        { ms: operationMs, what, code: 'DETOUR_TRANSPORT_TIMEOUT', stop: this.#standstill.signal },
        act,
      );
      this.#loginPause.onWell();
      seen('ok');
      if (operation !== 'read') {
        this.#note({ operation, result: 'ok' }, '');
      }
      return result;
    } catch (error) {
      const code = errorCode(error) ?? 'error';
      this.#loginPause.onFailed(error);
      seen(code);
      this.#note({ operation, result: code }, errorDetail(error) ?? '');
      throw error;
    }
  }

  #note(end: { readonly operation: string; readonly result: string }, detail: string): void {
    const { clock, conversation, note } = this.#options;
    const said = conversation?.text() ?? '';
    const text = said === '' ? detail : said;
    if (text !== '') {
      note?.({ at: clock.now(), router: this.#name, ...end, text });
    }
  }
}
