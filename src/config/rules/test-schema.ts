import { z } from 'zod';
import type { HostFacts } from '../../core/facts.ts';
import { ruleActions } from '../../core/rule.ts';
import { siteModes } from '../../core/site.ts';
import { hour } from '../../lib/time.ts';
import { count, duration, says, strict, words } from '../schema/parts.ts';
import { readSeries, type SeriesSample } from './series.ts';

/** A longer story is two. */
export const maxTestMs = 6 * hour;

const moment = (): z.ZodType<number, string> => duration(0, maxTestMs);

const series = z
  .string(says('must be a series of samples', 'write such as pass x5, fail(refused) x3'))
  .transform((text, context): readonly SeriesSample[] => {
    const reading = readSeries(text);
    if (reading.error !== undefined) {
      const message = says(`is no series of samples: ${reading.error}`, 'correct the series');
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    return reading.samples;
  });

const figure = (): z.ZodExactOptional<z.ZodNumber> => z.number().exactOptional();

const hostSchema = strict({
  at: moment(),
  busyWorkers: figure(),
  maxWorkers: figure(),
  topSourceConnections: figure(),
  topSource: words(50).exactOptional(),
  loopbackConnections: figure(),
  memoryPerProcessMb: figure(),
  load1: figure(),
}).transform(({ at, ...host }): { readonly at: number; readonly host: HostFacts } => ({
  at,
  host,
}));

const expectSchema = strict({
  at: moment(),
  firing: z.array(words(60)).default([]),
  unevaluable: z.array(words(60)).default([]),
  action: z.enum(ruleActions).exactOptional(),
  cause: words(60).exactOptional(),
});

/** One story of a rule test. */
export const ruleTestSchema = strict({
  name: words(200),
  interval: duration(100, hour).prefault('10s'),
  rise: count(1, 100).default(5),
  fall: count(1, 100).default(3),
  site: strict({
    name: words(63).default('site'),
    mode: z.enum(siteModes).default('auto'),
    labels: z.record(z.string(), z.string()).default({}),
  }).prefault({}),
  probes: z.record(z.string(), series),
  host: z.array(hostSchema).default([]),
  signals: z.array(strict({ at: moment(), name: words(100), firing: z.boolean() })).default([]),
  expect: z
    .array(expectSchema)
    .min(1, says('must expect something', 'add such as { at: 30s, firing: [site-down] }')),
});

export type RuleTest = z.output<typeof ruleTestSchema>;
export type RuleExpectation = RuleTest['expect'][number];

/** The top of a file of rule tests. */
export const ruleTestFileSchema = strict({
  rules: z
    .array(words())
    .min(1, says('must name at least one rule file', 'name the files under test, beside this one')),
  tests: z.array(z.unknown()).min(1, says('must hold at least one test', 'add a test')),
});
