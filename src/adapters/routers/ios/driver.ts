import { isEmptyPlan, type RoutePlan, type RouterReading } from '../../../core/route-plan.ts';
import type { DetourError } from '../../../lib/errors.ts';
import { minute } from '../../../lib/time.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../ports/route-driver.ts';
import { DeviceLine } from '../../dialogue/device-line.ts';
import type { Dialogue } from '../../dialogue/dialogue.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeign } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { takePrivileges } from '../take-privileges.ts';
import { undoMinutes } from '../undo-minutes.ts';
import { whileLocked } from '../while-locked.ts';
import {
  changeLines,
  configureCommand,
  configureUnconfirmed,
  confirmCommand,
  endCommand,
  readingQuestions,
  revertCommand,
  saveCommand,
  timerQuestion,
} from './commands.ts';
import {
  firstRefusal,
  isAlreadyGone,
  isArchiveMissing,
  isNothingPending,
  lockHolder,
  parseReading,
  pendingOwner,
} from './parse.ts';
import { iosProfile, isConfiguring } from './profile.ts';
import { type IosOptions, iosOptionsSchema } from './schema.ts';

/** Writing the configuration to flash takes old switches this long. */
const saveMs = 20_000;

/** Going back replaces the whole running configuration. */
const revertMs = 25_000;

/** Cisco IOS and IOS-XE by their command line. */
export const iosKind: DriverKind = {
  optionsSchema: iosOptionsSchema,
  carriage: () => ['shell'],
  open: (context) => new IosDriver(context),
};

class IosDriver implements RouteDriver {
  readonly applyUnconfirmed?: NonNullable<RouteDriver['applyUnconfirmed']>;
  readonly #router: string;
  readonly #context: DriverContext;
  readonly #options: IosOptions;
  readonly #line: DeviceLine;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#context = context;
    this.#options = readOptions(iosOptionsSchema, context);
    this.#line = new DeviceLine({
      transport: context.transport,
      profile: iosProfile,
      router: context.router,
      prepare: (dialogue): Promise<void> => takePrivileges(dialogue, context),
    });
    if (this.#options.undo !== 'off') {
      this.applyUnconfirmed = (plan, undoAfterMs, signal): Promise<UnconfirmedChange | undefined> =>
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
      if (this.#options.undo === 'required') {
        throw dialogue.error(`${this.#router} is to be changed with a way back only`, {
          code: 'DETOUR_GUARD_REFUSED',
        });
      }
      refuseForeign(this.#router, plan, await this.#read(dialogue));
      await this.#applyForGood(dialogue, plan, lines);
    });
  }

  lines(plan: RoutePlan): readonly string[] {
    const lines = changeLines(plan, this.#options.tag);
    const save = this.#options.writeMemory ? [saveCommand] : [];
    return lines.length === 0 ? [] : [configureCommand, ...lines, endCommand, ...save];
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
    const isUnconfirmed = pendingOwner(await ask(timerQuestion)) !== undefined;
    await dialogue.settle();
    if ('problem' in answer) {
      throw dialogue.error(`Could not read the routes of ${this.#router}: ${answer.problem}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
      });
    }
    // Whoever set the timer: when it ends, the whole configuration goes back.
    return isUnconfirmed ? { ...answer.reading, isUnconfirmed } : answer.reading;
  }

  /** Each line is live when it is accepted, so a refusal takes those before it back. */
  async #applyForGood(
    dialogue: Dialogue,
    plan: RoutePlan,
    lines: readonly string[],
  ): Promise<void> {
    await this.#enter(dialogue, configureCommand);
    const refusal = await this.#sendLines(dialogue, lines);
    if (refusal !== undefined) {
      const back = changeLines(
        { remove: plan.add, add: plan.remove, unchanged: [] },
        this.#options.tag,
      );
      await this.#sendLines(dialogue, back);
      await dialogue.ask(endCommand);
      throw this.#rejected(dialogue, refusal, 'what was taken before was taken back');
    }
    await dialogue.ask(endCommand);
    await this.#save(dialogue);
  }

  async #applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange | undefined> {
    const lines = changeLines(plan, this.#options.tag);
    const minutes = undoMinutes(undoAfterMs);
    const isStanding = await this.#change(signal, async (dialogue) => {
      refuseForeign(this.#router, plan, await this.#read(dialogue));
      await this.#expectNothingPending(dialogue);
      if (!(await this.#enterUnconfirmed(dialogue, minutes))) {
        await this.#applyForGood(dialogue, plan, lines);
        return false;
      }
      const refusal = await this.#sendLines(dialogue, lines);
      await dialogue.ask(endCommand);
      if (refusal !== undefined) {
        await dialogue.ask(revertCommand, { timeoutMs: revertMs });
        throw this.#rejected(dialogue, refusal, 'the device went back');
      }
      return true;
    });
    return isStanding ? this.#unconfirmed(minutes * minute) : undefined;
  }

  #unconfirmed(undoAfterMs: number): UnconfirmedChange {
    return {
      undoAfterMs,
      confirm: (signal): Promise<void> =>
        this.#line.use(signal, async (dialogue) => {
          const { lines } = await dialogue.ask(confirmCommand);
          if (isNothingPending(lines)) {
            throw dialogue.error(`${this.#router} has gone back before the change was confirmed`, {
              code: 'DETOUR_ROUTER_CHANGE_UNDONE',
            });
          }
          this.#accept(dialogue, lines, 'the change stands unconfirmed');
          await this.#save(dialogue);
        }),
      cancel: (signal): Promise<void> =>
        this.#line.use(signal, async (dialogue) => {
          const { lines } = await dialogue.ask(revertCommand, { timeoutMs: revertMs });
          if (!isNothingPending(lines)) {
            this.#accept(dialogue, lines, 'the change stands until the timer ends it');
          }
        }),
    };
  }

  async #expectNothingPending(dialogue: Dialogue): Promise<void> {
    const { lines } = await dialogue.ask(timerQuestion);
    const owner = pendingOwner(lines);
    if (owner !== undefined) {
      throw dialogue.error(
        `A change of ${owner} on ${this.#router} waits to be confirmed; ours would end its timer`,
        { code: 'DETOUR_ROUTER_LOCKED' },
      );
    }
  }

  /** False when the device cannot go back by itself and need not. */
  async #enterUnconfirmed(dialogue: Dialogue, minutes: number): Promise<boolean> {
    const { lines, prompt } = await dialogue.ask(configureUnconfirmed(minutes));
    if (isConfiguring(prompt)) {
      return true;
    }
    this.#refuseLock(dialogue, lines);
    if (!isArchiveMissing(lines)) {
      throw this.#rejected(dialogue, firstRefusal(lines) ?? lines.join(' '), 'nothing was changed');
    }
    if (this.#options.undo === 'required') {
      throw dialogue.error(
        `${this.#router} has no way back: configure archive with a path on it, or set undo: auto`,
        { code: 'DETOUR_ROUTER_COMMAND_REJECTED' },
      );
    }
    return false;
  }

  async #enter(dialogue: Dialogue, command: string): Promise<void> {
    const { lines, prompt } = await dialogue.ask(command);
    if (isConfiguring(prompt)) {
      return;
    }
    this.#refuseLock(dialogue, lines);
    throw this.#rejected(dialogue, firstRefusal(lines) ?? lines.join(' '), 'nothing was changed');
  }

  #refuseLock(dialogue: Dialogue, lines: readonly string[]): void {
    const holder = lockHolder(lines);
    if (holder !== undefined) {
      throw dialogue.error(`${holder} has locked the configuration of ${this.#router}`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
  }

  /** Sends lines one by one; stops at the first that is refused and gives back its words. */
  async #sendLines(dialogue: Dialogue, lines: readonly string[]): Promise<string | undefined> {
    for (const line of lines) {
      const { lines: words, prompt } = await dialogue.ask(line);
      const refusal = firstRefusal(words);
      if (refusal !== undefined && !isAlreadyGone(refusal)) {
        return `${line}: ${refusal}`;
      }
      if (!isConfiguring(prompt)) {
        return `${line}: the device left the configuration`;
      }
    }
    return undefined;
  }

  async #save(dialogue: Dialogue): Promise<void> {
    if (this.#options.writeMemory) {
      const { lines } = await dialogue.ask(saveCommand, { timeoutMs: saveMs });
      this.#accept(dialogue, lines, 'the change is in effect and not saved');
    }
  }

  #accept(dialogue: Dialogue, lines: readonly string[], standing: string): void {
    const refusal = firstRefusal(lines);
    if (refusal !== undefined) {
      throw this.#rejected(dialogue, refusal, standing);
    }
  }

  #rejected(dialogue: Dialogue, words: string, standing: string): DetourError {
    return dialogue.error(`${this.#router} refused a command; ${standing}`, {
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      cause: new Error(words),
    });
  }
}
