import { z } from 'zod';
import { ruleActions, severities } from '../../core/rule.ts';
import { day } from '../../lib/time.ts';
import { duration, says, strict } from '../schema/parts.ts';

/** More rules than this cost more at every sample than a person can review. */
export const maxRules = 500;

const dashed = (what: string, example: string): z.ZodType<string, string> => {
  const message = says(
    `must be ${what} in lower-case letters, digits and dashes`,
    `rename it, such as ${example}`,
  );
  return z
    .string(message)
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, message)
    .max(60, message);
};

const time = (): z.ZodType<number, string> => duration(0, day);

/** One rule as it is written. */
export const ruleSchema = strict({
  name: dashed('a name', 'site-down').meta({ description: 'Unique over all rule files.' }),
  when: z
    .string(says('must be a condition', 'write one such as probes.web.verdict == "down"'))
    .min(1, says('must be a condition', 'write one such as probes.web.verdict == "down"'))
    .meta({ description: 'Condition in CEL over the facts of a site.' }),
  for: time().prefault('0s').meta({ description: 'It must hold this long before the rule fires.' }),
  keepFor: time()
    .prefault('0s')
    .meta({ description: 'The rule goes on firing this long after it ends.' }),
  then: z.enum(ruleActions).meta({ description: 'What the rule asks for.' }),
  cause: dashed('a cause', 'server-failure').meta({
    description: 'Picks the words of the notice and the runbook.',
  }),
  severity: z.enum(severities).meta({ description: 'How loud its alert is.' }),
});

/** The top of a rule file. */
export const rulesFileSchema = strict({ rules: z.array(z.unknown()) });
