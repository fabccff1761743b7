import { isEmptyPlan, type RoutePlan, type RouterReading } from '../../../core/route-plan.ts';
import type { DetourError } from '../../../lib/errors.ts';
import type { RouteDriver } from '../../../ports/route-driver.ts';
import { DeviceLine } from '../../dialogue/device-line.ts';
import type { Dialogue } from '../../dialogue/dialogue.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeignPrefix } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { planEdits } from '../route-edits.ts';
import { whileLocked } from '../while-locked.ts';
import {
  changeLines,
  commitCommand,
  configureCommand,
  leaveCommand,
  readingQuestions,
  saveCommand,
} from './commands.ts';
import { firstRefusal, parseReading } from './parse.ts';
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

/** Changes for good at once: `commit-confirm` of common releases restarts the whole router when nobody confirms. */
class VyosDriver implements RouteDriver {
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
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    return await this.#line.use(signal, (dialogue) => this.#read(dialogue));
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    // A plan that is not ours to carry out is refused before anybody is asked anything.
    planEdits(plan, []);
    if (isEmptyPlan(plan)) {
      return;
    }
    await whileLocked(signal, () =>
      this.#line.use(signal, (dialogue) => this.#change(dialogue, plan)),
    );
  }

  lines(plan: RoutePlan): readonly string[] {
    const edits = planEdits(plan, [...plan.remove, ...plan.unchanged]);
    const save = this.#options.save ? [saveCommand] : [];
    return edits.length === 0
      ? []
      : [
          configureCommand,
          ...changeLines(edits, this.#options.description),
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

  async #change(dialogue: Dialogue, plan: RoutePlan): Promise<void> {
    const reading = await this.#read(dialogue);
    if (reading.isUnconfirmed === true) {
      throw dialogue.error(
        `A commit on ${this.#router} waits to be confirmed; its end would take ours along`,
        { code: 'DETOUR_ROUTER_LOCKED' },
      );
    }
    refuseForeignPrefix(this.#router, plan, reading);
    const edits = planEdits(plan, reading.owned);
    if (edits.length > 0) {
      await this.#commit(dialogue, changeLines(edits, this.#options.description));
    }
  }

  /** Every session has a candidate of its own, a copy of what runs: nobody else's edits are in it. */
  async #commit(dialogue: Dialogue, lines: readonly string[]): Promise<void> {
    const { lines: words, prompt } = await dialogue.ask(configureCommand);
    if (!isConfiguring(prompt)) {
      throw this.#rejected(dialogue, words.join(' '), 'nothing was changed');
    }
    try {
      for (const line of lines) {
        await this.#edit(dialogue, line);
      }
      await this.#accept(dialogue, commitCommand, 'the commit failed');
      if (this.#options.save) {
        await this.#accept(dialogue, saveCommand, 'the change is in effect and not saved');
      }
    } finally {
      if (!dialogue.isBroken) {
        await dialogue.ask(leaveCommand);
      }
    }
  }

  /** An edit that is taken is taken in silence. */
  async #edit(dialogue: Dialogue, line: string): Promise<void> {
    const { lines } = await dialogue.ask(line);
    if (lines.length > 0) {
      throw this.#rejected(dialogue, `${line}: ${lines.join(' ')}`, 'nothing was committed');
    }
  }

  async #accept(dialogue: Dialogue, line: string, standing: string): Promise<void> {
    const { lines } = await dialogue.ask(line, { timeoutMs: commitMs });
    const refusal = firstRefusal(lines);
    if (refusal === undefined) {
      return;
    }
    if (/temporarily locked/i.test(refusal)) {
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
