import { z } from 'zod';
import { defaultGuards, type Guards } from '../../core/guards.ts';
import { deathWishes } from '../../core/site.ts';
import { formatDuration } from '../../lib/duration.ts';
import { day, hour, minute, second } from '../../lib/time.ts';
import type { ReferenceSettings } from '../settings.ts';
import { count, duration, reference, share, strict } from './parts.ts';

const from = (ms: number): string => formatDuration(ms);

const d = defaultGuards;

const maxActive = strict({
  count: count(0, 100_000)
    .default(d.maxActive.count)
    .meta({ description: 'Most at once; 0 leaves it to the share.' }),
  share: share().default(d.maxActive.share).meta({ description: 'Share of all sites, 0 to 1.' }),
});

const rate = strict({
  count: count(1, 10_000).default(d.rate.count).meta({ description: 'New diversions …' }),
  per: duration(100, day).prefault(from(d.rate.perMs)).meta({ description: '… in this time.' }),
});

const massFailure = strict({
  sites: count(2, 100_000)
    .default(d.massFailure.minSites)
    .meta({ description: 'At least this many sites, and …' }),
  share: share().default(d.massFailure.share).meta({ description: '… this share of all …' }),
  within: duration(1_000, hour)
    .prefault(from(d.massFailure.withinMs))
    .meta({ description: '… failing within this time.' }),
});

const holdDown = strict({
  initial: duration(0, day)
    .prefault(from(d.holdDown.initialMs))
    .meta({ description: 'The first time.' }),
  max: duration(0, 7 * day)
    .prefault(from(d.holdDown.maxMs))
    .meta({ description: 'The longest it grows to.' }),
});

const trial = strict({
  initial: duration(1_000, day)
    .prefault(from(d.trial.initialMs))
    .meta({ description: 'The first wait.' }),
  max: duration(1_000, 7 * day)
    .prefault(from(d.trial.maxMs))
    .meta({ description: 'The longest it grows to.' }),
});

const override = strict({
  default: duration(minute, 7 * day)
    .prefault(from(d.override.defaultMs))
    .meta({ description: 'How long an order holds unless said.' }),
  max: duration(minute, 30 * day)
    .prefault(from(d.override.maxMs))
    .meta({ description: 'The longest that may be asked for.' }),
  remind: duration(0, day)
    .prefault(from(d.override.remindMs))
    .meta({ description: 'It reminds this long before its end.' }),
});

const isolation = strict({
  references: z
    .array(reference())
    .max(100)
    .default([])
    .meta({ description: 'Addresses and ports that answer whenever our own uplink works.' }),
});

/** The brakes and times of automation; every one has a default. */
export const guardsSchema = strict({
  maxActive: maxActive.prefault({}).meta({
    description:
      'Most automatic diversions at once: the larger of a count and a share of all sites.',
  }),
  rate: rate.prefault({}).meta({ description: 'New automatic diversions per time.' }),
  massFailure: massFailure.prefault({}).meta({
    description:
      'This many sites, and this share of all, failing within a time: hold and ask a person.',
  }),
  holdDown: holdDown.prefault({}).meta({
    description: 'No new automatic diversion this long after a restore; doubles on each relapse.',
  }),
  restoreAfter: duration(0, day).prefault(from(d.restoreAfterMs)).meta({
    description:
      'Restore only after this long without a failure; doubles after each restore that the site does not survive, up to `trial.max`.',
  }),
  warmUpRounds: count(1, 100)
    .default(d.warmUpRounds)
    .meta({ description: 'Probe rounds of a site that must be in after a start.' }),
  routerPatience: duration(1_000, hour).prefault(from(d.routerPatienceMs)).meta({
    description:
      'A router that cannot be read this long after a start no longer keeps the others waiting.',
  }),
  trial: trial.prefault({}).meta({
    description: 'Waits before a trial withdrawal of a site without an origin path; doubles.',
  }),
  settle: duration(0, minute)
    .prefault(from(d.settleMs))
    .meta({ description: 'Opposite changes of one prefix keep this distance.' }),
  override: override.prefault({}).meta({
    description:
      'How long a person’s order holds unless said, at most, and how long before its end it reminds.',
  }),
  onDeath: z.enum(deathWishes).default(d.onDeath).meta({
    description:
      'What becomes of diversions when no controller is alive, for sites that do not say: they `stay`, or routers `fall-back` to the origin by themselves.',
  }),
  routeLease: duration(10 * second, day)
    .prefault(from(d.routeLeaseMs))
    .meta({
      description:
        'A diversion of a site that falls back is taken back by its router when nobody has renewed it for this long. It is renewed at a third of it; with a shared store at least 45 s.',
    }),
  isolation: isolation.prefault({}).meta({
    description: 'How Detour notices that its own uplink is down; then nothing is written.',
  }),
}).transform(
  (guards): { readonly guards: Guards; readonly references: readonly ReferenceSettings[] } => ({
    references: guards.isolation.references,
    guards: {
      maxActive: guards.maxActive,
      rate: { count: guards.rate.count, perMs: guards.rate.per },
      massFailure: {
        minSites: guards.massFailure.sites,
        share: guards.massFailure.share,
        withinMs: guards.massFailure.within,
      },
      holdDown: { initialMs: guards.holdDown.initial, maxMs: guards.holdDown.max },
      restoreAfterMs: guards.restoreAfter,
      warmUpRounds: guards.warmUpRounds,
      routerPatienceMs: guards.routerPatience,
      trial: { initialMs: guards.trial.initial, maxMs: guards.trial.max },
      settleMs: guards.settle,
      override: {
        defaultMs: guards.override.default,
        maxMs: guards.override.max,
        remindMs: guards.override.remind,
      },
      onDeath: guards.onDeath,
      routeLeaseMs: guards.routeLease,
      hasReferences: guards.isolation.references.length > 0,
    },
  }),
);
