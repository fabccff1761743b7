import { z } from 'zod';
import { type BrakeName, brakeNames } from '../../core/brake.ts';
import type { DurableSite, DurableState } from '../../core/durable.ts';
import type { Incident, IncidentEntry } from '../../core/incident.ts';
import { type Freeze, type Override, overrideActions } from '../../core/override.ts';
import type { Diversion, Phase } from '../../core/phase.ts';
import { reasons } from '../../core/reason.ts';
import { severities } from '../../core/rule.ts';
import type { ActiveMaintenance } from '../../core/state.ts';

/** A shape must name every field of its type, the optional ones too: a field forgotten here would be refused when it is read back. */
type ShapeOf<T> = Readonly<Record<keyof Required<T>, z.ZodType>>;

const time = z.number();
const text = z.string();
const count = z.int().nonnegative();
const reason = z.enum(reasons);

const diversion = z.strictObject({
  generation: count,
  addresses: z.array(text),
  by: z.enum(['rule', 'approval', 'override', 'maintenance', 'neighbour']),
  cause: text,
  rule: text.exactOptional(),
  incident: text,
  failureSeenAt: time,
  decidedAt: time,
  installedAt: time.exactOptional(),
  provenAt: time.exactOptional(),
  trials: count,
  relapses: count.exactOptional(),
  isMass: z.literal(true).exactOptional(),
  isLetThrough: z.literal(true).exactOptional(),
  passed: z.array(text).exactOptional(),
} satisfies ShapeOf<Diversion>);

const phase: z.ZodType<Phase> = z.union([
  z.strictObject({ name: z.literal('serving') }),
  z.strictObject({ name: z.literal('suspect'), firstFailAt: time }),
  z.strictObject({
    name: z.literal('diverting'),
    diversion,
    stage: z.enum(['publishing', 'installing', 'proving', 'passing', 'confirming', 'undoing']),
  }),
  z.strictObject({ name: z.literal('diverted'), diversion }),
  z.strictObject({ name: z.literal('recovering'), diversion, cleanSince: time }),
  z.strictObject({
    name: z.literal('restoring'),
    diversion,
    stage: z.enum(['removing', 'proving']),
    isTrial: z.boolean(),
  }),
  z.strictObject({ name: z.literal('held'), on: z.literal('origin') }),
  z.strictObject({ name: z.literal('held'), on: z.literal('notice'), diversion }),
]);

const override = z.strictObject({
  action: z.enum(overrideActions),
  reason: text,
  owner: text,
  setAt: time,
  expiresAt: time,
  isReminded: z.boolean(),
} satisfies ShapeOf<Override>);

const maintenance = z.strictObject({
  id: text,
  reason: text,
  isDiverting: z.boolean(),
  startedAt: time,
  endsAt: time,
} satisfies ShapeOf<ActiveMaintenance>);

const question = z.strictObject({
  reason,
  text,
  since: time,
} satisfies ShapeOf<NonNullable<DurableSite['question']>>);

const site: z.ZodType<DurableSite> = z.strictObject({
  phase,
  since: time,
  reason,
  override: override.exactOptional(),
  maintenance: maintenance.exactOptional(),
  incident: text.exactOptional(),
  isApproved: z.boolean(),
  question: question.exactOptional(),
  holdDownMs: time,
  holdDownUntil: time.exactOptional(),
  lastRestoredAt: time.exactOptional(),
  expectedRecoveryAt: time.exactOptional(),
} satisfies ShapeOf<DurableSite>);

const incident: z.ZodType<Incident> = z.strictObject({
  id: text,
  sites: z.array(text),
  cause: text,
  severity: z.enum(severities),
  openedAt: time,
  closedAt: time.exactOptional(),
  acknowledgedBy: text.exactOptional(),
  isWave: z.literal(true).exactOptional(),
  toldDiverted: count.exactOptional(),
  timeline: z.array(z.strictObject({ at: time, reason, text } satisfies ShapeOf<IncidentEntry>)),
} satisfies ShapeOf<Incident>);

type Release = NonNullable<DurableState['releases'][BrakeName]>;

const release = z.strictObject({
  owner: text,
  reason: text,
  until: time,
  sites: z.array(text),
} satisfies ShapeOf<Release>);

const releases: z.ZodType<DurableState['releases']> = z.partialRecord(z.enum(brakeNames), release);

const freeze: z.ZodType<Freeze> = z.strictObject({
  reason: text,
  owner: text,
  setAt: time,
} satisfies ShapeOf<Freeze>);

/** What each kind of row must hold. */
export const rowSchemas = { site, ledger: z.array(text), incident } as const;

/** What each control row must hold, by its key: the fields of the durable state that are one of a kind. */
export const controlSchemas = {
  releases,
  freeze,
  begunAt: z.array(time),
  lastGeneration: count,
  lastCommand: count,
  lastTerm: count,
} as const satisfies Partial<Record<keyof DurableState, z.ZodType>>;
