import { isEmptyPlan, type RoutePlan, type RouterReading } from '../../../core/route-plan.ts';
import { minute } from '../../../lib/time.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../ports/route-driver.ts';
import { readOptions } from '../driver-options.ts';
import { refuseForeignPrefix } from '../foreign-routes.ts';
import type { DriverContext, DriverKind } from '../open-driver.ts';
import { planEdits, type RouteEdit } from '../route-edits.ts';
import { undoMinutes } from '../undo-minutes.ts';
import { whileLocked } from '../while-locked.ts';
import { openCli } from './cli-session.ts';
import {
  commitCheck,
  commitCommand,
  commitConfirmedCommand,
  configureExclusive,
  editLine,
  exitCommand,
} from './commands.ts';
import { openNetconf } from './netconf-session.ts';
import { type PendingCommit, parseCommits, parseReading } from './parse.ts';
import { type JunosOptions, junosOptionsSchema } from './schema.ts';
import type { JunosAccess, JunosCommit, JunosSession } from './session.ts';

/** Juniper's Junos, by its command line or by NETCONF. */
export const junosKind: DriverKind = {
  optionsSchema: junosOptionsSchema,
  carriage: ({ protocol }) => [protocol === 'netconf' ? 'netconf' : 'shell'],
  open: (context) => new JunosDriver(context),
};

class JunosDriver implements RouteDriver {
  readonly applyUnconfirmed?: NonNullable<RouteDriver['applyUnconfirmed']>;
  readonly #router: string;
  readonly #context: DriverContext;
  readonly #options: JunosOptions;
  readonly #access: JunosAccess;

  constructor(context: DriverContext) {
    this.#router = context.router;
    this.#context = context;
    this.#options = readOptions(junosOptionsSchema, context);
    const open = this.#options.protocol === 'netconf' ? openNetconf : openCli;
    this.#access = open(context, this.#options.tag);
    if (this.#options.undo === 'confirmed') {
      this.applyUnconfirmed = (plan, undoAfterMs, signal): Promise<UnconfirmedChange | undefined> =>
        this.#applyUnconfirmed(plan, undoAfterMs, signal);
    }
  }

  async read(signal: AbortSignal): Promise<RouterReading> {
    return await this.#access.use(signal, (session) => this.#read(session));
  }

  async apply(plan: RoutePlan, signal: AbortSignal): Promise<void> {
    await this.#change(plan, 'lasting', signal);
  }

  lines(plan: RoutePlan): readonly string[] {
    const lines = planEdits(plan, [...plan.remove, ...plan.unchanged]).map((edit) =>
      editLine(edit, this.#options.tag),
    );
    return lines.length === 0
      ? []
      : [configureExclusive, ...lines, commitCheck, this.#commitLine(), exitCommand];
  }

  #commitLine(): string {
    return this.applyUnconfirmed === undefined ? commitCommand : commitConfirmedCommand(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#access[Symbol.asyncDispose]();
    await this.#context.transport[Symbol.asyncDispose]();
  }

  async #applyUnconfirmed(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange | undefined> {
    const minutes = undoMinutes(undoAfterMs);
    const pending = await this.#change(plan, { minutes }, signal);
    return pending === undefined ? undefined : this.#unconfirmed(pending, minutes);
  }

  /** Gives the commit that waits to be confirmed, if one does. */
  async #change(
    plan: RoutePlan,
    commit: JunosCommit,
    signal: AbortSignal,
  ): Promise<PendingCommit | undefined> {
    // A plan that is not ours to carry out is refused before anybody is asked anything.
    planEdits(plan, []);
    if (isEmptyPlan(plan)) {
      return undefined;
    }
    return await whileLocked(signal, () =>
      this.#access.use(signal, async (session) => {
        const isChanged = await session.change(() => this.#edits(session, plan), commit);
        return isChanged && commit !== 'lasting' ? await this.#standing(session) : undefined;
      }),
    );
  }

  /** Our commit as the device's history has it; without that nobody could tell it from another's, nor whether it went back. */
  async #standing(session: JunosSession): Promise<PendingCommit> {
    const pending = await this.#pending(session);
    if (pending === undefined) {
      throw session.error(
        `${this.#router} took the commit and does not say that it waits to be confirmed`,
        { code: 'DETOUR_ROUTER_ANSWER_UNREADABLE', retryable: true },
      );
    }
    return pending;
  }

  /** Looked at and decided under the lock: nobody can come in between. */
  async #edits(session: JunosSession, plan: RoutePlan): Promise<readonly RouteEdit[]> {
    const reading = await this.#read(session);
    if (reading.isUnconfirmed === true) {
      const { user } = (await this.#pending(session)) ?? { user: 'somebody' };
      throw session.error(
        `A commit of ${user} on ${this.#router} waits to be confirmed; ours would confirm it`,
        { code: 'DETOUR_ROUTER_LOCKED' },
      );
    }
    refuseForeignPrefix(this.#router, plan, reading);
    return planEdits(plan, reading.owned);
  }

  #unconfirmed(ours: PendingCommit, minutes: number): UnconfirmedChange {
    return {
      undoAfterMs: minutes * minute,
      confirm: (signal): Promise<void> =>
        this.#access.use(signal, async (session) => {
          if (!isSame(await this.#pending(session), ours)) {
            throw session.error(`${this.#router} has gone back before the change was confirmed`, {
              code: 'DETOUR_ROUTER_CHANGE_UNDONE',
            });
          }
          await session.confirm();
          if ((await this.#pending(session)) !== undefined) {
            throw session.error(`${this.#router} did not take the confirmation`, {
              code: 'DETOUR_ROUTER_COMMAND_REJECTED',
            });
          }
        }),
      cancel: (signal): Promise<void> =>
        this.#access.use(signal, async (session) => {
          if (isSame(await this.#pending(session), ours)) {
            await session.goBack();
          }
        }),
    };
  }

  async #pending(session: JunosSession): Promise<PendingCommit | undefined> {
    const commits = parseCommits(await session.ask('commits'));
    if ('problem' in commits) {
      throw this.#unreadable(session, commits.problem);
    }
    return commits.pending;
  }

  async #read(session: JunosSession): Promise<RouterReading> {
    const answer = parseReading(
      {
        configuration: await session.ask('configuration'),
        installed4: await session.ask('installed4'),
        installed6: await session.ask('installed6'),
        commits: await session.ask('commits'),
      },
      this.#options.tag,
    );
    if ('problem' in answer) {
      throw this.#unreadable(session, answer.problem);
    }
    return answer.reading;
  }

  #unreadable(session: JunosSession, problem: string): Error {
    return session.error(`Could not read the routes of ${this.#router}: ${problem}`, {
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
      retryable: true,
    });
  }
}

const isSame = (one: PendingCommit | undefined, other: PendingCommit): boolean =>
  one?.user === other.user && one.date === other.date;
