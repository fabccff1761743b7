import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import {
  type Facts,
  type HostFacts,
  type ProbeFacts,
  verdicts,
  type WindowFacts,
} from '../../core/facts.ts';
import { probeOutcomes, probeReasons } from '../../core/probe-result.ts';
import { siteModes } from '../../core/site.ts';
import { parseDuration } from '../../lib/duration.ts';

/** A condition that needs more nodes than this is several rules. */
export const maxConditionNodes = 500;

/** Different patterns that are kept compiled; more are compiled again at each use. */
const maxPatterns = 1_000;

type FieldType = 'double' | 'string' | 'map<string, string>';

type Fields<T> = { readonly [Field in keyof Required<T>]: FieldType };

const probe: Fields<ProbeFacts> = {
  verdict: 'string',
  outcome: 'string',
  reason: 'string',
  status: 'double',
  latencyMs: 'double',
  connectMs: 'double',
  tlsMs: 'double',
  firstByteMs: 'double',
  transferMs: 'double',
  passes: 'double',
  fails: 'double',
  certificateDaysLeft: 'double',
};

const window: Fields<WindowFacts> = {
  count: 'double',
  failShare: 'double',
  passShare: 'double',
  latencyP50Ms: 'double',
  latencyP95Ms: 'double',
  latencyP99Ms: 'double',
};

const host: Fields<HostFacts> = {
  busyWorkers: 'double',
  maxWorkers: 'double',
  topSourceConnections: 'double',
  topSource: 'string',
  loopbackConnections: 'double',
  memoryPerProcessMb: 'double',
  load1: 'double',
};

const site: Fields<Facts['site']> = {
  name: 'string',
  mode: 'string',
  labels: 'map<string, string>',
};

const vantages: Fields<Facts['vantages']> = { live: 'double', total: 'double', down: 'double' };

/** What a condition may say of each kind of thing; the type check and the suggestions read the same table. */
export const vocabulary = { probe, window, host, site, vantages } as const;
export type Kind = keyof typeof vocabulary;

/** The things a condition begins with. */
export const roots = ['site', 'probes', 'vantages', 'host', 'signals'] as const;

/** Words that a field can have, for fields from a closed set. */
export const closedSets: Readonly<Record<string, readonly string[]>> = {
  verdict: verdicts,
  outcome: [...probeOutcomes, 'none'],
  reason: [...probeReasons, 'none'],
  mode: siteModes,
};

// The evaluator tells kinds apart by class, so each has one of its own.
class ProbeView {}
class WindowView {}
class HostView {}
class SiteView {}
class VantagesView {}

const views = {
  probe: ProbeView,
  window: WindowView,
  host: HostView,
  site: SiteView,
  vantages: VantagesView,
};

function registerNumbers(environment: Environment): void {
  const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  // Only sizes are whole numbers here; everything else is a double, so that `x / 2` means what it says.
  for (const [sign, apply] of Object.entries(operations)) {
    const handler = (a: unknown, b: unknown): number => apply(Number(a), Number(b));
    environment.registerOperator(`double ${sign} int`, handler);
    environment.registerOperator(`int ${sign} double`, handler);
  }
  environment.registerOperator('double % double', (a: number, b: number) => a % b);
  environment.registerOperator('int == double', (a, b) => Number(a) === Number(b));
  environment.registerFunction('nonzero(double): double', (divisor: number) => {
    if (divisor === 0) {
      throw new Error('division by zero');
    }
    return divisor;
  });
}

function patternStore(): (pattern: string) => RE2JS {
  const patterns = new Map<string, RE2JS>();
  return (pattern) => {
    const known = patterns.get(pattern);
    if (known !== undefined) {
      return known;
    }
    const compiled = RE2JS.compile(pattern);
    if (patterns.size < maxPatterns) {
      patterns.set(pattern, compiled);
    }
    return compiled;
  };
}

/** The language of conditions: typed facts in, a value out. One at a time; nothing in it waits. */
export interface RuleLanguage {
  readonly environment: Environment;
  /** Makes the facts that the functions of the language ask, for as long as `run` takes. */
  within<T>(facts: Facts, run: () => T): T;
}

/** Builds the language: the facts of DESIGN with their types, `window`, and `re` on RE2 in place of `matches`. */
export function openLanguage(): RuleLanguage {
  let current: Facts | undefined;
  const pattern = patternStore();
  const environment = new Environment({ limits: { maxAstNodes: maxConditionNodes, maxDepth: 50 } });
  for (const [kind, fields] of Object.entries(vocabulary)) {
    const ctor = Object.entries(views).find(([name]) => name === kind)?.[1] ?? Object;
    environment.registerType(ctor.name, { ctor, fields: { ...fields } });
  }
  environment
    .registerVariable('site', 'SiteView')
    .registerVariable('probes', 'map<string, ProbeView>')
    .registerVariable('vantages', 'VantagesView')
    .registerVariable('host', 'HostView')
    .registerVariable('signals', 'map<string, bool>')
    .registerFunction('re(string, string): bool', (text: string, expression: string) =>
      pattern(expression).matcher(text).find(),
    )
    .registerFunction('window(string, string): WindowView', (name: string, span: string) =>
      Object.assign(new WindowView(), current?.window(name, parseDuration(span) ?? 0)),
    );
  registerNumbers(environment);
  return {
    environment,
    within: <T>(facts: Facts, run: () => T): T => {
      current = facts;
      try {
        return run();
      } finally {
        current = undefined;
      }
    },
  };
}

/** What a condition reads by name, so that what is absent can be told from what is not asked. */
export interface Mentions {
  readonly signals: readonly string[];
  /** Labels read without asking `has(…)` first. */
  readonly labels: readonly string[];
}

/**
 * Puts facts into the form the evaluator wants. A signal that was never pushed is not firing, and a label that a site
 * does not have is empty; any other absent fact stays absent, so that the rule says it cannot be evaluated.
 */
export function presentFacts(facts: Facts, mentions: Mentions): Readonly<Record<string, unknown>> {
  const labels = {
    ...Object.fromEntries(mentions.labels.map((name) => [name, ''])),
    ...facts.site.labels,
  };
  const signals = {
    ...Object.fromEntries(mentions.signals.map((name) => [name, false])),
    ...facts.signals,
  };
  const probes = Object.entries(facts.probes).map(([name, fields]) => [
    name,
    Object.assign(new ProbeView(), fields),
  ]);
  return {
    site: Object.assign(new SiteView(), facts.site, { labels }),
    probes: Object.fromEntries(probes),
    vantages: Object.assign(new VantagesView(), facts.vantages),
    host: Object.assign(new HostView(), facts.host),
    signals,
  };
}
