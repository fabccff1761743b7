import type { Io } from '../cli/io.ts';
import type { RuleFiles } from '../cli/rule-commands.ts';
import { checkConfig as check } from '../config/commands/check-config.ts';
import { rulesCheck as checkRules } from '../config/commands/rules-check.ts';
import { rulesTest as testRules } from '../config/commands/rules-test.ts';
import { inspectFor } from './load-settings.ts';
import { withNoticeProblems } from './notice-problems.ts';

const usage = 2;

/** `detour check-config`. */
export async function checkConfig(
  { configFile }: { readonly configFile: string | undefined },
  io: Io,
): Promise<number> {
  if (configFile === undefined) {
    io.stderr.write('Which file? Name it, or set --config.file or DETOUR_CONFIG_FILE.\n');
    return usage;
  }
  return check({
    file: configFile,
    inspect: () => withNoticeProblems(inspectFor(configFile, {})),
    output: io.stdout,
  });
}

/** `detour rules check [FILE…]`. */
export async function rulesCheck({ files }: RuleFiles, io: Io): Promise<number> {
  return checkRules({ files, output: io.stdout });
}

/** `detour rules test [FILE…]`. */
export async function rulesTest({ files }: RuleFiles, io: Io): Promise<number> {
  return testRules({ files, output: io.stdout });
}
