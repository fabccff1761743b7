import { z } from 'zod';
import { brakeNames } from '../../core/brake.ts';
import { verdicts } from '../../core/facts.ts';
import { phaseNames } from '../../core/phase.ts';
import { freezeViewSchema } from '../freeze/schema.ts';
import { timeField, toldField } from '../http/fields.ts';
import { roles } from '../http/roles.ts';

/** A number for each word, none left out. */
function counts<const Word extends string>(
  words: readonly Word[],
): z.ZodObject<Record<Word, z.ZodInt>>;
function counts(words: readonly string[]): z.ZodObject {
  return z.object(Object.fromEntries(words.map((word) => [word, z.int()])));
}

export const statusSchema = z
  .object({
    version: z.string(),
    you: z
      .object({ name: z.string(), role: z.enum(roles) })
      .describe('Whose token this is, and what it may do.'),
    now: timeField,
    startedAt: timeField,
    isReady: z.boolean(),
    notReadyBecause: z.array(z.string()),
    notReadyTold: z.array(toldField).describe('The same, in each language of the page.'),
    isLeader: z.boolean(),
    isIsolated: z.boolean(),
    freeze: freezeViewSchema,
    sites: z.object({
      total: z.number().int(),
      byPhase: counts(phaseNames),
      byVerdict: counts(verdicts),
      heldBack: z.array(z.string()).describe('Sites that automation would divert but may not.'),
    }),
    activeBrakes: z.array(z.enum(brakeNames)),
    openIncidents: z.number().int(),
    routers: z.object({ total: z.number().int(), readable: z.number().int() }),
    notice: z
      .object({
        sessions: z.int(),
        passedSessions: z
          .int()
          .describe('Visitors of healthy sites that are passed through to their own origins now.'),
        passedBytes: z.int().describe('Bytes passed through since the notice process began.'),
        ladder: z.enum(['full', 'small', 'close']).describe('What it does under its load.'),
        blockedSources: z.int(),
        hostProblems: z.array(z.string()).describe('What its host lacks.'),
      })
      .nullable()
      .describe('The notice process beside this controller; null while it does not answer.'),
    noticeNodes: z
      .object({ total: z.int(), up: z.int(), current: z.int() })
      .describe(
        'Notice nodes on other hosts: all, those that follow, those with the newest snapshot.',
      ),
  })
  .meta({ id: 'Status', description: 'The whole estate at a glance.' });
export type StatusView = z.infer<typeof statusSchema>;
