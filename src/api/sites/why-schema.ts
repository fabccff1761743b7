import { z } from 'zod';
import { brakeNames } from '../../core/brake.ts';
import { verdicts } from '../../core/facts.ts';
import { phaseNames } from '../../core/phase.ts';
import { probeOutcomes, probeReasons } from '../../core/probe-result.ts';
import { reasons } from '../../core/reason.ts';
import { ruleActions } from '../../core/rule.ts';
import { timeField } from '../http/fields.ts';
import { readinessSchema } from './readiness-view.ts';
import { activeMaintenanceViewSchema, heldBackViewSchema, overrideViewSchema } from './schema.ts';

export const ruleViewSchema = z
  .object({
    rule: z.string(),
    condition: z.string().describe('The condition as the rule file has it.'),
    action: z.enum(ruleActions).describe('What the rule does when it fires.'),
    cause: z.string(),
    state: z.enum(['firing', 'keeping', 'waiting', 'quiet', 'not-evaluable', 'not-applicable']),
    since: timeField.nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'RuleStanding', description: 'How a rule stands for the site.' });

export const sampleViewSchema = z
  .object({
    at: timeField,
    outcome: z.enum(probeOutcomes),
    reason: z.enum(probeReasons),
    latencyMs: z.number(),
    status: z.number().int().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'Sample', description: 'The last probe of a target from a vantage.' });

export const targetViewSchema = z
  .object({
    probe: z.string(),
    address: z.string(),
    vantage: z.string(),
    path: z.enum(['address', 'origin']),
    verdict: z.enum(verdicts).describe('Of all vantages together.'),
    own: z.enum(verdicts).describe('Of this vantage alone.'),
    passes: z.number().int(),
    fails: z.number().int(),
    rise: z.number().int(),
    fall: z.number().int(),
    last: sampleViewSchema.nullable(),
  })
  .meta({ id: 'TargetStanding', description: 'One target seen from one vantage.' });

export const activeBrakeSchema = z
  .object({ brake: z.enum(brakeNames), detail: z.string(), isHoldingThis: z.boolean() })
  .meta({ id: 'ActiveBrake', description: 'A brake that holds automation back now.' });

export const diversionViewSchema = z
  .object({
    generation: z.number().int(),
    addresses: z.array(z.string()),
    by: z.enum(['rule', 'approval', 'override', 'maintenance', 'neighbour']),
    cause: z.string(),
    rule: z.string().nullable(),
    incident: z.string(),
    failureSeenAt: timeField,
    decidedAt: timeField,
    installedAt: timeField.nullable(),
    provenAt: timeField.nullable(),
    trials: z.number().int(),
    relapses: z
      .number()
      .int()
      .describe('Restores after which the site failed again at once; each doubles the next wait.'),
  })
  .meta({ id: 'Diversion', description: 'A decided diversion.' });

const toldSchema = z
  .object({ summary: z.string(), whatWouldChangeIt: z.array(z.string()), next: z.string() })
  .meta({ id: 'WhyTold', description: 'The sentences of an explanation in one language.' });

export const whySchema = z
  .object({
    site: z.string(),
    phase: z.enum(phaseNames),
    since: timeField,
    reason: z.enum(reasons),
    summary: z.string().describe('Where the site stands, in one sentence.'),
    verdict: z.enum(verdicts),
    diversion: diversionViewSchema.nullable(),
    heldBack: heldBackViewSchema.nullable(),
    question: heldBackViewSchema.nullable(),
    override: overrideViewSchema.nullable(),
    maintenance: activeMaintenanceViewSchema.nullable(),
    rules: z.array(ruleViewSchema),
    samples: z.array(targetViewSchema),
    brakes: z.array(activeBrakeSchema),
    readiness: readinessSchema
      .nullable()
      .describe(
        'Whether visitors would get the right notice; null while the notice process does not say.',
      ),
    nextEvaluation: z.object({ at: timeField, what: z.string() }),
    whatWouldChangeIt: z.array(z.string()).describe('Whole sentences, the nearest cause first.'),
    told: z
      .object({ en: toldSchema, ko: toldSchema })
      .describe('The same sentences in each language of the page.'),
  })
  .meta({
    id: 'Why',
    description: 'Why a site stands where it stands, and what would change that.',
  });
export type Why = z.infer<typeof whySchema>;
