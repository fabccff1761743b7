import { isEmptyPlan, type RoutePlan, type RouterReading } from '../../../core/route-plan.ts';
import type { DetourError } from '../../../lib/errors.ts';
import { minute } from '../../../lib/time.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../ports/route-driver.ts';
import { DeviceLine } from '../../dialogue/device-line.ts';
import type { Dialogue } from '../../dialogue/dialogue.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeignPrefix } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { undoMinutes } from '../undo-minutes.ts';
import { whileLocked } from '../while-locked.ts';
import {
  changeLines,
  checkCommand,
  commitCommand,
  commitsQuestion,
  commitUnconfirmed,
  configureCommand,
  discardCommand,
  leaveCommand,
  previousCommand,
  readingQuestions,
} from './commands.ts';
import {
  firstRefusal,
  isCheckPassed,
  isCommitted,
  lockHolder,
  parseReading,
  pendingOwner,
} from './parse.ts';
import { isConfiguring, junosProfile } from './profile.ts';
import { type JunosOptions, junosOptionsSchema } from './schema.ts';

/** A commit of a large configuration on a small routing engine takes this long. */
const commitMs = 25_000;

/** Juniper Junos by its command line. */
export const junosKind: DriverKind = {
  optionsSchema: junosOptionsSchema,
  carriage: () => 'shell',
  open: (context) => new JunosDriver(context),
};

class JunosDriver implements RouteDriver {
  readonly applyUnconfirmed?: NonNullable<RouteDriver['applyUnconfirmed']>;
  readonly #router: string;
  readonly #context: DriverContext;
  readonly #options: JunosOptions;
  readonly #line: DeviceLine;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#context = context;
    this.#options = readOptions(junosOptionsSchema, context);
    this.#line = new DeviceLine({
      transport: context.transport,
      profile: junosProfile,
      router: context.router,
    });
    if (this.#options.undo === 'confirmed') {
      this.applyUnconfirmed = (plan, undoAfterMs, signal): Promise<UnconfirmedChange> =>
        this.#applyUnconfirmed(plan, undoMinutes(undoAfterMs), signal);
    }
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    return await this.#line.use(signal, (dialogue) => this.#read(dialogue));
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    const lines = changeLines(plan, this.#options.tag);
    if (!isEmptyPlan(plan)) {
      await this.#change(plan, lines, commitCommand, signal);
    }
  }

  lines(plan: RoutePlan): readonly string[] {
    const lines = changeLines(plan, this.#options.tag);
    const commit = this.applyUnconfirmed === undefined ? commitCommand : commitUnconfirmed(1);
    return lines.length === 0
      ? []
      : [configureCommand, ...lines, checkCommand, commit, leaveCommand];
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
      },
      this.#options.tag,
    );
    const isUnconfirmed = pendingOwner(await ask(commitsQuestion)) !== undefined;
    await dialogue.settle();
    if ('problem' in answer) {
      throw dialogue.error(`Could not read the routes of ${this.#router}: ${answer.problem}`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
      });
    }
    return isUnconfirmed ? { ...answer.reading, isUnconfirmed } : answer.reading;
  }

  async #applyUnconfirmed(
    plan: RoutePlan,
    minutes: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange> {
    const lines = changeLines(plan, this.#options.tag);
    await this.#change(plan, lines, commitUnconfirmed(minutes), signal);
    return {
      undoAfterMs: minutes * minute,
      confirm: (during): Promise<void> => this.#confirm(during),
      cancel: (during): Promise<void> => this.#cancel(during),
    };
  }

  /** One transaction: nothing of it is in effect before the commit, and nothing of it is left in the candidate after a refusal. */
  async #change(
    plan: RoutePlan,
    lines: readonly string[],
    commit: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#inCandidate(
      signal,
      async (dialogue) => {
        for (const line of lines) {
          await this.#accept(dialogue, line);
        }
        await this.#check(dialogue);
        await this.#commit(dialogue, commit);
      },
      async (dialogue) => {
        refuseForeignPrefix(this.#router, plan, await this.#read(dialogue));
        await this.#expectNothingPending(dialogue);
      },
    );
  }

  /** A passed check confirms a commit that waits; the history says whether one still did. */
  async #confirm(signal: AbortSignal): Promise<void> {
    await this.#inCandidate(
      signal,
      (dialogue) => this.#check(dialogue),
      (dialogue) => this.#expectPending(dialogue),
    );
    await this.#line.use(signal, async (dialogue) => {
      if (pendingOwner((await dialogue.ask(commitsQuestion)).lines) !== undefined) {
        throw dialogue.error(`${this.#router} still waits for a confirmation after it was given`, {
          code: 'DETOUR_ROUTER_COMMAND_REJECTED',
          retryable: true,
        });
      }
    });
  }

  async #cancel(signal: AbortSignal): Promise<void> {
    const isPending = await this.#line.use(
      signal,
      async (dialogue) => pendingOwner((await dialogue.ask(commitsQuestion)).lines) !== undefined,
    );
    if (isPending) {
      await this.#inCandidate(signal, async (dialogue) => {
        await this.#accept(dialogue, previousCommand);
        await this.#commit(dialogue, commitCommand);
      });
    }
  }

  /** Takes the candidate for us alone, and leaves it clean whatever happens. */
  async #inCandidate(
    signal: AbortSignal,
    act: (dialogue: Dialogue) => Promise<void>,
    before: (dialogue: Dialogue) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await whileLocked(signal, () =>
      this.#line.use(signal, async (dialogue) => {
        await before(dialogue);
        await this.#enter(dialogue);
        try {
          await act(dialogue);
        } finally {
          await this.#leave(dialogue);
        }
      }),
    );
  }

  async #enter(dialogue: Dialogue): Promise<void> {
    const { lines, prompt } = await dialogue.ask(configureCommand);
    const holder = lockHolder(lines);
    if (holder !== undefined) {
      throw dialogue.error(
        `${holder} holds the candidate configuration of ${this.#router}, or left changes in it; a commit of ours would take them along`,
        { code: 'DETOUR_ROUTER_LOCKED' },
      );
    }
    if (!isConfiguring(prompt)) {
      throw this.#rejected(dialogue, firstRefusal(lines) ?? lines.join(' '));
    }
  }

  /** A broken dialogue has lost its session, and the device drops an exclusive candidate with it. */
  async #leave(dialogue: Dialogue): Promise<void> {
    if (!dialogue.isBroken) {
      await dialogue.ask(discardCommand);
      await dialogue.ask(leaveCommand);
    }
  }

  async #accept(dialogue: Dialogue, line: string): Promise<void> {
    const { lines } = await dialogue.ask(line);
    const refusal = firstRefusal(lines);
    if (refusal !== undefined) {
      throw this.#rejected(dialogue, `${line}: ${refusal}`);
    }
  }

  async #check(dialogue: Dialogue): Promise<void> {
    const { lines } = await dialogue.ask(checkCommand, { timeoutMs: commitMs });
    if (!isCheckPassed(lines)) {
      throw this.#rejected(dialogue, firstRefusal(lines) ?? lines.join(' '));
    }
  }

  async #commit(dialogue: Dialogue, commit: string): Promise<void> {
    const { lines } = await dialogue.ask(commit, { timeoutMs: commitMs });
    if (!isCommitted(lines)) {
      throw this.#rejected(dialogue, firstRefusal(lines) ?? lines.join(' '));
    }
  }

  async #expectNothingPending(dialogue: Dialogue): Promise<void> {
    const owner = pendingOwner((await dialogue.ask(commitsQuestion)).lines);
    if (owner !== undefined) {
      throw dialogue.error(
        `A commit of ${owner} on ${this.#router} waits to be confirmed; ours would confirm it`,
        { code: 'DETOUR_ROUTER_LOCKED' },
      );
    }
  }

  async #expectPending(dialogue: Dialogue): Promise<void> {
    if (pendingOwner((await dialogue.ask(commitsQuestion)).lines) === undefined) {
      throw dialogue.error(`${this.#router} has gone back before the change was confirmed`, {
        code: 'DETOUR_ROUTER_CHANGE_UNDONE',
      });
    }
  }

  #rejected(dialogue: Dialogue, words: string): DetourError {
    return dialogue.error(`${this.#router} refused a command; nothing of the change is in effect`, {
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      cause: new Error(words),
    });
  }
}
