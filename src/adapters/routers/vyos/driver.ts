import { isEmptyPlan, type RoutePlan, type RouterReading } from '../../../core/route-plan.ts';
import type { DetourError } from '../../../lib/errors.ts';
import { minute } from '../../../lib/time.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../ports/route-driver.ts';
import { DeviceLine } from '../../dialogue/device-line.ts';
import type { Dialogue } from '../../dialogue/dialogue.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeignPrefix } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { planEdits, type RouteEdit } from '../route-edits.ts';
import { termMark } from '../term-mark.ts';
import { undoMinutes } from '../undo-minutes.ts';
import { whileLocked } from '../while-locked.ts';
import {
  actionQuestion,
  changeLines,
  commitCommand,
  commitConfirmCommand,
  configureCommand,
  confirmCommand,
  leaveCommand,
  readingQuestions,
  saveCommand,
  timerStartQuestion,
} from './commands.ts';
import {
  firstRefusal,
  isArmed,
  isTimerStopped,
  parseReading,
  reloadsUnconfirmed,
} from './parse.ts';
import { isConfiguring, vyosProfile } from './profile.ts';
import { type VyosOptions, vyosOptionsSchema } from './schema.ts';

/** A commit runs a script for each part of the configuration that changed. */
const commitMs = 25_000;

/** VyOS by its command line. */
export const vyosKind: DriverKind = {
  optionsSchema: vyosOptionsSchema,
  carriage: () => ['shell'],
  open: (context) => new VyosDriver(context),
};

/** How `commit-confirm` asks whether it is meant. */
const proceedQuestion = /\[(y\/n|confirm)\]$/i;

class VyosDriver implements RouteDriver {
  readonly applyUnconfirmed?: NonNullable<RouteDriver['applyUnconfirmed']>;
  readonly #router: string;
  readonly #context: DriverContext;
  readonly #options: VyosOptions;
  readonly #line: DeviceLine;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#context = context;
    this.#options = readOptions(vyosOptionsSchema, context);
    this.#line = new DeviceLine({
      transport: context.transport,
      profile: vyosProfile,
      router: context.router,
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
    await this.#change(plan, signal, async (dialogue, edits) => {
      if (this.#options.undo === 'required') {
        throw dialogue.error(`${this.#router} is to be changed with a way back only`, {
          code: 'DETOUR_GUARD_REFUSED',
        });
      }
      await this.#commit(dialogue, edits, plan);
    });
  }

  lines(plan: RoutePlan): readonly string[] {
    const edits = planEdits(plan, [...plan.remove, ...plan.unchanged]);
    const save = this.#options.save ? [saveCommand] : [];
    return edits.length === 0
      ? []
      : [
          configureCommand,
          ...changeLines(edits, `${this.#options.description}${termMark(plan)}`),
          commitCommand,
          ...save,
          leaveCommand,
        ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]();
    await this.#context.transport[Symbol.asyncDispose]();
  }

  async #read(dialogue: Dialogue): Promise<RouterReading> {
    const ask = async (question: string): Promise<readonly string[]> =>
      (await dialogue.ask(question)).lines;
    const answer = parseReading(
      {
        configured: await ask(readingQuestions.configured),
        installed4: await ask(readingQuestions.installed4),
        installed6: await ask(readingQuestions.installed6),
        timer: await ask(readingQuestions.timer),
      },
      this.#options.description,
    );
    await dialogue.settle();
    if ('problem' in answer) {
      throw dialogue.error(`Could not read ${this.#router}: ${answer.problem}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
      });
    }
    return answer.reading;
  }

  /** Looks first, and lets the act carry out what there is to do; gives what it gives, if anything was to do. */
  async #change<Result>(
    plan: RoutePlan,
    signal: AbortSignal,
    act: (dialogue: Dialogue, edits: readonly RouteEdit[]) => Promise<Result>,
  ): Promise<Result | undefined> {
    // A plan that is not ours to carry out is refused before anybody is asked anything.
    planEdits(plan, []);
    if (isEmptyPlan(plan)) {
      return undefined;
    }
    return await whileLocked(signal, () =>
      this.#line.use(signal, async (dialogue) => {
        const reading = await this.#read(dialogue);
        if (reading.isUnconfirmed === true) {
          throw dialogue.error(
            `A commit on ${this.#router} waits to be confirmed; its end would take ours along`,
            { code: 'DETOUR_ROUTER_LOCKED' },
          );
        }
        refuseForeignPrefix(this.#router, plan, reading);
        const edits = planEdits(plan, reading.owned);
        return edits.length === 0 ? undefined : await act(dialogue, edits);
      }),
    );
  }

  async #applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange | undefined> {
    const minutes = undoMinutes(undoAfterMs);
    const start = await this.#change(plan, signal, async (dialogue, edits) => {
      if (reloadsUnconfirmed((await dialogue.ask(actionQuestion)).lines)) {
        await this.#whileConfiguring(dialogue, async () => {
          await this.#edit(dialogue, edits, plan);
          await this.#commitUnconfirmed(dialogue, minutes);
        });
        return await this.#timerStart(dialogue);
      }
      if (this.#options.undo === 'required') {
        throw dialogue.error(
          `${this.#router} would restart: set system config-management commit-confirm action reload, or undo: auto`,
          { code: 'DETOUR_ROUTER_COMMAND_REJECTED' },
        );
      }
      await this.#commit(dialogue, edits, plan);
      return undefined;
    });
    return start === undefined ? undefined : this.#unconfirmed(plan, start, minutes * minute);
  }

  #unconfirmed(plan: RoutePlan, start: string, undoAfterMs: number): UnconfirmedChange {
    return {
      undoAfterMs,
      confirm: (signal): Promise<void> =>
        this.#line.use(signal, async (dialogue) => {
          if (!(await this.#isWaiting(dialogue, start))) {
            throw dialogue.error(`${this.#router} has gone back before the change was confirmed`, {
              code: 'DETOUR_ROUTER_CHANGE_UNDONE',
            });
          }
          await this.#whileConfiguring(dialogue, async () => {
            await this.#stopTimer(dialogue);
            await this.#save(dialogue);
          });
        }),
      cancel: (signal): Promise<void> =>
        this.#line.use(signal, async (dialogue) => {
          if (await this.#isWaiting(dialogue, start)) {
            await this.#takeBack(dialogue, plan);
          }
        }),
    };
  }

  /** No command goes back at once: the opposite is committed, and then nothing is left for the timer to do. */
  async #takeBack(dialogue: Dialogue, plan: RoutePlan): Promise<void> {
    const reading = await this.#read(dialogue);
    const opposite: RoutePlan = { remove: plan.add, add: plan.remove, unchanged: [] };
    refuseForeignPrefix(this.#router, opposite, reading);
    const edits = planEdits(opposite, reading.owned);
    await this.#whileConfiguring(dialogue, async () => {
      if (edits.length > 0) {
        await this.#edit(dialogue, edits, plan);
        await this.#accept(dialogue, commitCommand, 'the change stands until the timer ends it');
      }
      await this.#stopTimer(dialogue);
    });
  }

  async #isWaiting(dialogue: Dialogue, start: string): Promise<boolean> {
    const { lines } = await dialogue.ask(readingQuestions.timer);
    return lines.join() === 'active' && (await this.#timerStart(dialogue)) === start;
  }

  /** Whoever sets a timer after ours is told from us by this. */
  async #timerStart(dialogue: Dialogue): Promise<string> {
    const { lines } = await dialogue.ask(timerStartQuestion);
    const [start = ''] = lines;
    if (lines.length !== 1 || !/^[1-9]\d{0,19}$/.test(start)) {
      throw dialogue.error(`${this.#router} does not say when its timer was started`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
      });
    }
    return start;
  }

  async #commit(dialogue: Dialogue, edits: readonly RouteEdit[], plan: RoutePlan): Promise<void> {
    await this.#whileConfiguring(dialogue, async () => {
      await this.#edit(dialogue, edits, plan);
      await this.#accept(dialogue, commitCommand, 'the commit failed');
      await this.#save(dialogue);
    });
  }

  /** The device tells once more what it would do, and is taken at its word: it may go back, and never restart. */
  async #commitUnconfirmed(dialogue: Dialogue, minutes: number): Promise<void> {
    const asked = await dialogue.ask(commitConfirmCommand(minutes), {
      timeoutMs: commitMs,
      question: proceedQuestion,
    });
    const isAsked = proceedQuestion.test(asked.prompt);
    const words = [...asked.lines, asked.prompt].join(' ');
    if (isAsked && !(/\breload\b/.test(words) && !/\breboot\b/.test(words))) {
      await dialogue.reply('n');
      throw this.#rejected(dialogue, words, 'nothing was committed');
    }
    const { lines } = isAsked ? await dialogue.reply('y', { timeoutMs: commitMs }) : asked;
    this.#expectNoRefusal(dialogue, {
      lines,
      line: commitConfirmCommand(minutes),
      standing: 'what was taken of it, it goes back from by itself',
    });
    if (!isArmed(lines)) {
      throw dialogue.error(
        `${this.#router} took the commit and does not say that it waits to be confirmed`,
        { code: 'DETOUR_ROUTER_ANSWER_UNREADABLE', retryable: true },
      );
    }
  }

  async #stopTimer(dialogue: Dialogue): Promise<void> {
    const { lines } = await dialogue.ask(confirmCommand, { timeoutMs: commitMs });
    if (!isTimerStopped(lines)) {
      throw this.#rejected(dialogue, lines.join(' '), 'the change may stand unconfirmed');
    }
  }

  async #save(dialogue: Dialogue): Promise<void> {
    if (this.#options.save) {
      await this.#accept(dialogue, saveCommand, 'the change is in effect and not saved');
    }
  }

  /** Every session has a candidate of its own, a copy of what runs: nobody else's edits are in it. */
  async #whileConfiguring(dialogue: Dialogue, act: () => Promise<void>): Promise<void> {
    const { lines: words, prompt } = await dialogue.ask(configureCommand);
    if (!isConfiguring(prompt)) {
      throw this.#rejected(dialogue, words.join(' '), 'nothing was changed');
    }
    try {
      await act();
    } finally {
      if (!dialogue.isBroken) {
        await dialogue.ask(leaveCommand);
      }
    }
  }

  /** An edit that is taken is taken in silence. */
  async #edit(dialogue: Dialogue, edits: readonly RouteEdit[], plan: RoutePlan): Promise<void> {
    for (const line of changeLines(edits, `${this.#options.description}${termMark(plan)}`)) {
      const { lines } = await dialogue.ask(line);
      if (lines.length > 0) {
        throw this.#rejected(dialogue, `${line}: ${lines.join(' ')}`, 'nothing was committed');
      }
    }
  }

  async #accept(dialogue: Dialogue, line: string, standing: string): Promise<void> {
    const { lines } = await dialogue.ask(line, { timeoutMs: commitMs });
    this.#expectNoRefusal(dialogue, { line, lines, standing });
  }

  #expectNoRefusal(
    dialogue: Dialogue,
    {
      line,
      lines,
      standing,
    }: { readonly line: string; readonly lines: readonly string[]; readonly standing: string },
  ): void {
    const refusal = firstRefusal(lines);
    if (refusal === undefined) {
      return;
    }
    if (/temporarily locked|another confirm is pending/i.test(refusal)) {
      throw dialogue.error(`Somebody else is committing on ${this.#router}: ${refusal}`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
    throw this.#rejected(dialogue, `${line}: ${refusal}`, standing);
  }

  #rejected(dialogue: Dialogue, words: string, standing: string): DetourError {
    return dialogue.error(`${this.#router} refused a command; ${standing}`, {
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      cause: new Error(words),
    });
  }
}
