import type { DetourError, DetourErrorOptions } from '../../../lib/errors.ts';
import { DeviceLine } from '../../dialogue/device-line.ts';
import type { Answer, Dialogue } from '../../dialogue/dialogue.ts';
import type { DriverContext } from '../open-driver.ts';
import type { RouteEdit } from '../route-edits.ts';
import {
  commitCheck,
  commitCommand,
  commitConfirmedCommand,
  compareCommand,
  configureExclusive,
  configureShared,
  editLine,
  exitCommand,
  type JunosQuestion,
  questionLines,
  rollbackCommand,
} from './commands.ts';
import { parseCommits } from './parse.ts';
import { isConfiguring, junosProfile } from './profile.ts';
import { editor, firstRefusal, isLocked, isModified } from './refusals.ts';
import { commitMs, type JunosAccess, type JunosCommit, type JunosSession } from './session.ts';

/** Junos asks whether to leave with changes in the candidate. */
const leaveQuestion = /\[yes,no\] \(\w+\)$/;

/** Opens the command line of a Junos device. */
export function openCli({ transport, router }: DriverContext, tag: number): JunosAccess {
  const line = new DeviceLine({ transport, profile: junosProfile, router });
  return {
    use: (signal, act) =>
      line.use(signal, (dialogue) => act(new CliSession(dialogue, { router, tag }))),
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  };
}

class CliSession implements JunosSession {
  readonly #dialogue: Dialogue;
  readonly #router: string;
  readonly #tag: number;

  constructor(
    dialogue: Dialogue,
    { router, tag }: { readonly router: string; readonly tag: number },
  ) {
    this.#dialogue = dialogue;
    this.#router = router;
    this.#tag = tag;
  }

  async ask(question: JunosQuestion): Promise<string> {
    const run = isConfiguring(this.#dialogue.prompt) ? 'run ' : '';
    const { lines } = await this.#dialogue.ask(`${run}${questionLines[question]}`);
    await this.#dialogue.settle();
    return lines.join('\n');
  }

  async change(plan: () => Promise<readonly RouteEdit[]>, commit: JunosCommit): Promise<boolean> {
    return await this.#withCandidate(async () => {
      const edits = await plan();
      if (edits.length === 0) {
        return false;
      }
      for (const edit of edits) {
        await this.#edit(editLine(edit, this.#tag));
      }
      await this.#check('nothing was committed');
      await this.#commit(
        commit === 'lasting' ? commitCommand : commitConfirmedCommand(commit.minutes),
      );
      return true;
    });
  }

  /** `commit check` confirms without a commit; where it does not, a commit of the unchanged candidate does. */
  async confirm(): Promise<void> {
    await this.#withCandidate(async () => {
      await this.#check('the change stands unconfirmed');
      const commits = parseCommits(await this.ask('commits'));
      if (!('problem' in commits) && commits.pending === undefined) {
        return;
      }
      await this.#commit(commitCommand);
    });
  }

  async goBack(): Promise<void> {
    await this.#withCandidate(async () => {
      await this.#rollBack(1);
      await this.#commit(commitCommand);
    });
  }

  error(message: string, options: Omit<DetourErrorOptions, 'detail'>): DetourError {
    return this.#dialogue.error(message, options);
  }

  async #withCandidate<Result>(act: () => Promise<Result>): Promise<Result> {
    await this.#enter();
    let result: Result;
    try {
      result = await act();
    } catch (error) {
      // Where even this fails the session ends, and the device itself discards what is not committed.
      await this.#leave().catch(() => undefined);
      throw error;
    }
    await this.#leave();
    return result;
  }

  async #enter(): Promise<void> {
    const { lines, prompt } = await this.#dialogue.ask(configureExclusive);
    if (!isConfiguring(prompt)) {
      throw isModified(lines) ? await this.#dirty() : this.#closed(lines);
    }
    const { lines: changes } = await this.#dialogue.ask(compareCommand);
    if (changes.length > 0) {
      // Junos gives no exclusive candidate that others have changed; should one do so, nothing of it is committed.
      throw this.error(`The candidate of ${this.#router} has changes that are not ours`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
  }

  #closed(lines: readonly string[]): DetourError {
    const holder = editor(lines);
    if (holder !== undefined || isLocked(lines)) {
      return this.error(`${holder ?? 'Somebody'} has locked the configuration of ${this.#router}`, {
        code: 'DETOUR_ROUTER_LOCKED',
      });
    }
    return this.#rejected(lines, 'nothing was changed');
  }

  /** The refusal of a changed candidate names nobody; those who edit it are listed to everybody who enters. */
  async #dirty(): Promise<DetourError> {
    const { lines, prompt } = await this.#dialogue.ask(configureShared);
    if (isConfiguring(prompt)) {
      const left = await this.#dialogue.ask(exitCommand, { question: leaveQuestion });
      if (leaveQuestion.test(left.prompt)) {
        await this.#dialogue.reply('yes');
      }
    }
    const owner = editor(lines) ?? 'somebody who has left';
    return this.error(
      `The candidate of ${this.#router} has changes of ${owner}; a commit would take them along`,
      { code: 'DETOUR_ROUTER_LOCKED' },
    );
  }

  async #leave(): Promise<void> {
    await this.#rollBack(0);
    const left = await this.#dialogue.ask(exitCommand, { question: leaveQuestion });
    if (leaveQuestion.test(left.prompt)) {
      await this.#dialogue.reply('yes');
    }
    if (isConfiguring(this.#dialogue.prompt)) {
      throw this.error(`${this.#router} kept its candidate open`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
      });
    }
  }

  async #rollBack(steps: 0 | 1): Promise<void> {
    const { lines } = await this.#dialogue.ask(rollbackCommand(steps));
    if (!lines.includes('load complete')) {
      throw this.#rejected(lines, 'the candidate is thrown away with the session');
    }
  }

  /** Any word but a warning is a refusal: an edit that is taken is taken in silence. */
  async #edit(line: string): Promise<void> {
    const { lines } = await this.#dialogue.ask(line);
    if (!lines.every((words) => words.startsWith('warning: statement not found'))) {
      throw this.#rejected(
        [`${line}: ${firstRefusal(lines) ?? lines.join(' ')}`],
        'nothing was committed',
      );
    }
  }

  async #check(standing: string): Promise<void> {
    const answer = await this.#dialogue.ask(commitCheck, { timeoutMs: commitMs });
    this.#expect(answer, 'configuration check succeeds', standing);
  }

  async #commit(command: string): Promise<void> {
    const answer = await this.#dialogue.ask(command, { timeoutMs: commitMs });
    this.#expect(answer, 'commit complete', 'the commit failed');
  }

  #expect({ lines }: Answer, words: string, standing: string): void {
    if (firstRefusal(lines) !== undefined) {
      throw this.#rejected(lines, standing);
    }
    if (!lines.some((line) => line.trim().endsWith(words))) {
      throw this.error(`${this.#router} did not say whether it was done`, {
        code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
        retryable: true,
      });
    }
  }

  #rejected(lines: readonly string[], standing: string): DetourError {
    return this.error(`${this.#router} refused a command; ${standing}`, {
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      cause: new Error(firstRefusal(lines) ?? lines.join(' ')),
    });
  }
}
