import type { Io } from './io.ts';

/** What the configuration offers to the command line; each resolves with an exit code. */
export interface RuleCommands {
  checkConfig(options: { readonly configFile: string | undefined }, io: Io): Promise<number>;
  rulesCheck(options: RuleFiles, io: Io): Promise<number>;
  rulesTest(options: RuleFiles, io: Io): Promise<number>;
}

/** The files named on the command line, or those of the configuration when none is. */
export interface RuleFiles {
  readonly files: readonly string[];
  readonly configFile: string | undefined;
}
