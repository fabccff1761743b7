import { isEmptyPlan, type RoutePlan, type RouterReading } from '../../../core/route-plan.ts';
import type { DetourError } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../ports/route-driver.ts';
import { DeviceLine } from '../../dialogue/device-line.ts';
import type { Dialogue } from '../../dialogue/dialogue.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeign } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { takePrivileges } from '../take-privileges.ts';
import { whileLocked } from '../while-locked.ts';
import {
  abortCommand,
  abortSession,
  changeLines,
  commitCommand,
  commitTimer,
  confirmSession,
  enterSession,
  newSession,
  readingQuestions,
  saveCommand,
  sessionsQuestion,
} from './commands.ts';
import { type EosSession, firstRefusal, parseReading, parseSessions } from './parse.ts';
import { eosProfile, isInSession } from './profile.ts';
import { type EosOptions, eosOptionsSchema } from './schema.ts';

/** A commit replaces the whole running configuration. */
const commitMs = 25_000;

/** Arista EOS by its command line. */
export const eosKind: DriverKind = {
  optionsSchema: eosOptionsSchema,
  carriage: () => ['shell'],
  open: (context) => new EosDriver(context),
};

class EosDriver implements RouteDriver {
  readonly applyUnconfirmed?: NonNullable<RouteDriver['applyUnconfirmed']>;
  readonly #router: string;
  readonly #context: DriverContext;
  readonly #options: EosOptions;
  readonly #line: DeviceLine;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#context = context;
    this.#options = readOptions(eosOptionsSchema, context);
    this.#line = new DeviceLine({
      transport: context.transport,
      profile: eosProfile,
      router: context.router,
      prepare: (dialogue): Promise<void> => takePrivileges(dialogue, context),
    });
    if (this.#options.undo === 'timer') {
      this.applyUnconfirmed = (plan, undoAfterMs, signal): Promise<UnconfirmedChange> =>
        this.#applyUnconfirmed(plan, undoAfterMs, signal);
    }
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    return await this.#line.use(signal, (dialogue) => this.#read(dialogue));
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    const lines = changeLines(plan, this.#options.tag);
    if (isEmptyPlan(plan)) {
      return;
    }
    await this.#change(signal, async (dialogue) => {
      await this.#commitLines(dialogue, {
        plan,
        lines,
        session: newSession(),
        commit: commitCommand,
      });
      await this.#save(dialogue);
    });
  }

  lines(plan: RoutePlan): readonly string[] {
    const lines = changeLines(plan, this.#options.tag);
    const save = this.#options.writeMemory ? [saveCommand] : [];
    return lines.length === 0
      ? []
      : [enterSession('detour-00000000'), ...lines, commitCommand, ...save];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]();
    await this.#context.transport[Symbol.asyncDispose]();
  }

  #change<Result>(
    signal: AbortSignal,
    act: (dialogue: Dialogue) => Promise<Result>,
  ): Promise<Result> {
    return whileLocked(signal, () => this.#line.use(signal, act));
  }

  async #read(dialogue: Dialogue): Promise<RouterReading> {
    const ask = async (question: string): Promise<readonly string[]> =>
      (await dialogue.ask(question)).lines;
    const answer = parseReading(
      {
        configured4: await ask(readingQuestions.configured4),
        configured6: await ask(readingQuestions.configured6),
        installed4: await ask(readingQuestions.installed4),
        installed6: await ask(readingQuestions.installed6),
      },
      this.#options.tag,
    );
    const isUnconfirmed = (await this.#sessions(dialogue)).some(({ isTimed }) => isTimed);
    await dialogue.settle();
    if ('problem' in answer) {
      throw this.#unreadable(dialogue, answer.problem);
    }
    return isUnconfirmed ? { ...answer.reading, isUnconfirmed } : answer.reading;
  }

  async #sessions(dialogue: Dialogue): Promise<readonly EosSession[]> {
    const sessions = parseSessions((await dialogue.ask(sessionsQuestion)).lines);
    if (sessions === undefined) {
      throw this.#unreadable(dialogue, 'the list of its sessions is not whole');
    }
    return sessions;
  }

  async #applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange> {
    const session = newSession();
    const lines = changeLines(plan, this.#options.tag);
    const commit = commitTimer(undoAfterMs);
    await this.#change(signal, (dialogue) =>
      this.#commitLines(dialogue, { plan, lines, session, commit }),
    );
    return {
      undoAfterMs: Math.ceil(undoAfterMs / second) * second,
      confirm: (during): Promise<void> =>
        this.#line.use(during, async (dialogue) => {
          if (!(await this.#isWaiting(dialogue, session))) {
            throw dialogue.error(`${this.#router} has gone back before the change was confirmed`, {
              code: 'DETOUR_ROUTER_CHANGE_UNDONE',
            });
          }
          await this.#accept(dialogue, confirmSession(session), 'the device will go back');
          await this.#save(dialogue);
        }),
      cancel: (during): Promise<void> =>
        this.#line.use(during, async (dialogue) => {
          if (await this.#isWaiting(dialogue, session)) {
            await this.#accept(dialogue, abortSession(session), 'the device will go back');
          }
        }),
    };
  }

  async #isWaiting(dialogue: Dialogue, session: string): Promise<boolean> {
    return (await this.#sessions(dialogue)).some(
      ({ name, isTimed }) => isTimed && name === session,
    );
  }

  /**
   * One transaction. A commit replaces the running configuration by the session's, which began as a copy of it:
   * so the session lives for seconds, and none is opened while somebody else's timer runs.
   */
  async #commitLines(
    dialogue: Dialogue,
    change: {
      readonly plan: RoutePlan;
      readonly lines: readonly string[];
      readonly session: string;
      readonly commit: string;
    },
  ): Promise<void> {
    refuseForeign(this.#router, change.plan, await this.#read(dialogue));
    await this.#expectNothingPending(dialogue);
    await this.#enter(dialogue, change.session);
    try {
      for (const line of change.lines) {
        await this.#accept(dialogue, line, 'nothing was changed');
      }
      await this.#accept(dialogue, change.commit, 'nothing was changed');
    } catch (error) {
      if (!dialogue.isBroken && isInSession(dialogue.prompt)) {
        await dialogue.ask(abortCommand);
      }
      throw error;
    }
  }

  async #expectNothingPending(dialogue: Dialogue): Promise<void> {
    const pending = (await this.#sessions(dialogue)).find(({ isTimed }) => isTimed);
    if (pending !== undefined) {
      throw dialogue.error(
        `Session ${pending.name} of ${pending.user} on ${this.#router} waits to be confirmed; its end would take ours along`,
        { code: 'DETOUR_ROUTER_LOCKED' },
      );
    }
  }

  async #enter(dialogue: Dialogue, session: string): Promise<void> {
    const { lines, prompt } = await dialogue.ask(enterSession(session));
    if (isInSession(prompt)) {
      return;
    }
    const refusal = firstRefusal(lines) ?? lines.join(' ');
    if (/lock/i.test(refusal)) {
      throw dialogue.error(`The configuration of ${this.#router} is locked: ${refusal}`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
    throw this.#rejected(dialogue, refusal, 'nothing was changed');
  }

  async #save(dialogue: Dialogue): Promise<void> {
    if (this.#options.writeMemory) {
      await this.#accept(dialogue, saveCommand, 'the change is in effect and not saved');
    }
  }

  async #accept(dialogue: Dialogue, line: string, standing: string): Promise<void> {
    const { lines } = await dialogue.ask(line, { timeoutMs: commitMs });
    const refusal = firstRefusal(lines);
    if (refusal !== undefined) {
      throw this.#rejected(dialogue, `${line}: ${refusal}`, standing);
    }
  }

  #unreadable(dialogue: Dialogue, problem: string): DetourError {
    return dialogue.error(`Could not read ${this.#router}: ${problem}`, {
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
      retryable: true,
    });
  }

  #rejected(dialogue: Dialogue, words: string, standing: string): DetourError {
    return dialogue.error(`${this.#router} refused a command; ${standing}`, {
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      cause: new Error(words),
    });
  }
}
