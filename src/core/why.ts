import type { EpochMs } from '../lib/time.ts';
import { type BrakeName, brakeNames } from './brake.ts';
import type { Verdict } from './facts.ts';
import { appliesTo } from './follow-rules.ts';
import type { Override } from './override.ts';
import { type Diversion, diversionOf, type PhaseName } from './phase.ts';
import type { ProbeOutcome, ProbePath, ProbeReason } from './probe-result.ts';
import type { Reason } from './reason.ts';
import type { Rule, RuleAction } from './rule.ts';
import type { Site } from './site.ts';
import {
  type ActiveMaintenance,
  countedPath,
  type SiteState,
  type State,
  type TargetState,
  targetId,
} from './state.ts';
import { siteVerdict, targetsOf, targetVerdict } from './verdict.ts';
import { changeSentences, nextEvaluation, phaseSentence } from './why-sentences.ts';
import { type WhyWords, whyEn } from './why-words-en.ts';
import { whyKo } from './why-words-ko.ts';

/** How a rule stands for one site: `keeping` fires on after its condition has ended, `waiting` holds but not long enough yet. */
export type RuleStanding =
  | 'firing'
  | 'keeping'
  | 'waiting'
  | 'quiet'
  | 'not-evaluable'
  | 'not-applicable';

/** One rule, as it stands for the site. */
export interface RuleExplanation {
  readonly rule: string;
  readonly condition: string;
  readonly action: RuleAction;
  readonly cause: string;
  readonly standing: RuleStanding;
  readonly since?: EpochMs;
  /** Why it cannot be evaluated, or which probe the site lacks for it. */
  readonly error?: string;
}

/** One target from one vantage, with its last sample of any outcome. */
export interface TargetExplanation {
  readonly probe: string;
  readonly address: string;
  readonly vantage: string;
  /** The path its probes must take now to count. */
  readonly path: ProbePath;
  /** Of all vantages together. */
  readonly verdict: Verdict;
  /** Of this vantage alone. */
  readonly own: Verdict;
  readonly passes: number;
  readonly fails: number;
  readonly rise: number;
  readonly fall: number;
  readonly last?: {
    readonly at: EpochMs;
    readonly outcome: ProbeOutcome;
    readonly reason: ProbeReason;
    readonly latencyMs: number;
    readonly status?: number;
    readonly detail?: string;
  };
}

/** A brake that is active now. */
export interface BrakeExplanation {
  readonly brake: BrakeName;
  readonly detail: string;
  /** True when this very site is held by it. */
  readonly isHoldingThis: boolean;
}

/** What an explanation says, in one language. */
export interface Told {
  readonly summary: string;
  readonly whatWouldChangeIt: readonly string[];
  /** What is looked at next. */
  readonly next: string;
}

/** Why a site stands where it stands, and what would change that. The same words serve the API, the page and the command line. */
export interface Explanation {
  readonly site: string;
  readonly phase: PhaseName;
  readonly since: EpochMs;
  readonly reason: Reason;
  /** The state in one sentence. */
  readonly summary: string;
  readonly verdict: Verdict;
  readonly diversion?: Diversion;
  readonly heldBack?: NonNullable<SiteState['heldBack']>;
  readonly question?: NonNullable<SiteState['question']>;
  readonly override?: Override;
  readonly maintenance?: ActiveMaintenance;
  readonly rules: readonly RuleExplanation[];
  readonly targets: readonly TargetExplanation[];
  readonly brakes: readonly BrakeExplanation[];
  readonly next: { readonly at: EpochMs; readonly what: string };
  /** Whole sentences, the nearest cause first. */
  readonly whatWouldChangeIt: readonly string[];
  /** All of these sentences in each language of the page. */
  readonly told: { readonly en: Told; readonly ko: Told };
}

function standingOf(rule: Rule, spec: Site, site: SiteState): RuleStanding {
  if (!appliesTo(rule, spec)) {
    return 'not-applicable';
  }
  const own = site.rules[rule.name];
  if (own?.error !== undefined) {
    return 'not-evaluable';
  }
  if (own?.isFiring === true) {
    return own.trueSince === undefined ? 'keeping' : 'firing';
  }
  return own?.trueSince === undefined ? 'quiet' : 'waiting';
}

function missingProbes(rule: Rule, spec: Site): string {
  const missing = rule.probes.filter((probe) => spec.probes.every(({ name }) => name !== probe));
  return `the site has no probe named ${missing.join(' or ')}`;
}

function explainRule(rule: Rule, spec: Site, site: SiteState): RuleExplanation {
  const standing = standingOf(rule, spec, site);
  const own = site.rules[rule.name];
  const error = standing === 'not-applicable' ? missingProbes(rule, spec) : own?.error;
  const since = own?.trueSince ?? own?.lastTrueAt;
  return {
    rule: rule.name,
    condition: rule.condition,
    action: rule.then,
    cause: rule.cause,
    standing,
    ...(since === undefined ? {} : { since }),
    ...(error === undefined ? {} : { error }),
  };
}

function explainLast(view: TargetState | undefined): Pick<TargetExplanation, 'last'> {
  if (view?.last === undefined) {
    return {};
  }
  const { startedAt, outcome, reason, latencyMs, status, detail } = view.last;
  return {
    last: {
      at: startedAt,
      outcome,
      reason,
      latencyMs,
      ...(status === undefined ? {} : { status }),
      ...(detail === undefined ? {} : { detail }),
    },
  };
}

function explainTargets(
  state: State,
  spec: Site,
  site: SiteState,
  now: EpochMs,
): readonly TargetExplanation[] {
  return targetsOf(spec).flatMap((target) => {
    const views = site.targets[targetId(target.spec.name, target.address)] ?? {};
    const verdict = targetVerdict(state, spec.name, target, now);
    return state.config.vantages.map((vantage): TargetExplanation => {
      const view = views[vantage];
      return {
        probe: target.spec.name,
        address: target.address,
        vantage,
        path: countedPath(site.phase, spec, target.address),
        verdict,
        own: view?.health.verdict ?? 'unknown',
        passes: view?.health.passes ?? 0,
        fails: view?.health.fails ?? 0,
        rise: target.spec.rise,
        fall: target.spec.fall,
        ...explainLast(view),
      };
    });
  });
}

function explainBrakes(state: State, name: string): readonly BrakeExplanation[] {
  return brakeNames
    .filter((brake) => state.brakes[brake].isActive)
    .map((brake) => ({
      brake,
      detail: state.brakes[brake].detail,
      isHoldingThis: state.brakes[brake].holding.includes(name),
    }));
}

function ordersOf(
  site: SiteState,
): Pick<Explanation, 'diversion' | 'heldBack' | 'question' | 'override' | 'maintenance'> {
  const diversion = diversionOf(site.phase);
  const { heldBack, question, override, maintenance } = site;
  return {
    ...(diversion === undefined ? {} : { diversion }),
    ...(heldBack === undefined ? {} : { heldBack }),
    ...(question === undefined ? {} : { question }),
    ...(override === undefined ? {} : { override }),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
}

/** Explains one registered site at one moment; undefined for a site that the state does not know. Pure. */
export function explainSite(state: State, name: string, now: EpochMs): Explanation | undefined {
  const spec = Object.hasOwn(state.config.sites, name) ? state.config.sites[name] : undefined;
  const site = state.sites.get(name);
  if (spec === undefined || site === undefined) {
    return undefined;
  }
  const targets = explainTargets(state, spec, site, now);
  const tell = (words: WhyWords): Told => {
    const known = { state, spec, site, now, targets, words };
    return {
      summary: phaseSentence(known),
      whatWouldChangeIt: changeSentences(known),
      next: nextEvaluation(known).what,
    };
  };
  const told = { en: tell(whyEn), ko: tell(whyKo) };
  return {
    site: name,
    phase: site.phase.name,
    since: site.since,
    reason: site.reason,
    summary: told.en.summary,
    verdict: siteVerdict(state, name, now),
    ...ordersOf(site),
    rules: state.config.rules.map((rule) => explainRule(rule, spec, site)),
    targets,
    brakes: explainBrakes(state, name),
    next: nextEvaluation({ state, spec, site, now, targets, words: whyEn }),
    whatWouldChangeIt: told.en.whatWouldChangeIt,
    told,
  };
}
