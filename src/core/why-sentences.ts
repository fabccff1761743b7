import { isoTime } from '../lib/iso-time.ts';
import type { EpochMs } from '../lib/time.ts';
import { blockedNow } from './block-sources.ts';
import { cleanTimeMs } from './clean-time.ts';
import { coveredBy } from './covered-by.ts';
import { neighboursOf } from './estate.ts';
import { appliesTo } from './follow-rules.ts';
import { isPassedThrough, passedNeighbours } from './passed-through.ts';
import { type Diversion, diversionOf, type Phase } from './phase.ts';
import type { Rule } from './rule.ts';
import { silentVantages, speakingCount } from './silent-vantages.ts';
import type { ProbeSpec, Site } from './site.ts';
import { type SiteState, type State, targetId } from './state.ts';
import type { TargetExplanation } from './why.ts';
import { leaseSentences } from './why-lease.ts';
import { moment } from './why-moment.ts';
import { routerSentences } from './why-routers.ts';
import { unknownRouteSentences } from './why-unknown-route.ts';
import type { WhyWords } from './why-words-en.ts';

/** One site and everything its explanation rests on. */
export interface Known {
  readonly state: State;
  readonly spec: Site;
  readonly site: SiteState;
  readonly now: EpochMs;
  readonly targets: readonly TargetExplanation[];
  /** In which language it is said. */
  readonly words: WhyWords;
}

/** For a site whose address is diverted for another. */
function throughSentences({ state, spec, words }: Known): readonly string[] {
  const cover = isPassedThrough(state, spec.name) ? coveredBy(state, spec.name) : undefined;
  return cover === undefined ? [] : [words.passedFor(cover)];
}

/** What else is to be known of a site that serves its visitors itself. */
function atOriginSentences(known: Known): readonly string[] {
  return [...throughSentences(known), ...unknownRouteSentences(known)];
}

/** For a site whose diversion takes the address of others: who goes on being served, and who does not. */
function neighbourSentences(
  { state, spec: { name }, words }: Known,
  { addresses }: Diversion,
): readonly string[] {
  const passed = passedNeighbours(state, name, addresses);
  const taken = neighboursOf(state.config.sites, name, addresses).filter((neighbour) => {
    const phase = state.sites.get(neighbour)?.phase;
    return phase !== undefined && diversionOf(phase)?.by === 'neighbour';
  });
  return [
    ...(passed.length === 0 ? [] : [words.neighboursPassed(passed.join(', '))]),
    ...(taken.length === 0 ? [] : [words.neighboursTaken(taken.join(', '))]),
  ];
}

function standingSentences(known: Known): readonly string[] {
  const { spec, site, words } = known;
  const { phase } = site;
  switch (phase.name) {
    case 'serving':
      return [words.serving(spec.name), ...atOriginSentences(known)];
    case 'suspect':
      return [words.suspect(spec.name), ...atOriginSentences(known)];
    case 'diverting':
      return [words.divertingStages[phase.stage]];
    case 'diverted': {
      const { by, cause } = phase.diversion;
      const standing = words.diverted(spec.name, words.divertedBy[by], cause);
      return [standing, ...neighbourSentences(known, phase.diversion), ...leaseSentences(known)];
    }
    case 'recovering':
      return [words.recovering(spec.name), ...leaseSentences(known)];
    case 'restoring':
      return [phase.stage === 'removing' ? words.removing : words.provingOrigin];
    case 'held':
      return phase.on === 'origin'
        ? [words.heldOnOrigin(spec.name)]
        : [words.heldOnNotice(spec.name), ...leaseSentences(known)];
  }
}

/** Where the site stands, in a sentence or two. */
export function phaseSentence(known: Known): string {
  return standingSentences(known).join(' ');
}

function heldBackSentences(known: Known): readonly string[] {
  const { spec, site, words } = known;
  const { heldBack } = site;
  if (heldBack === undefined) {
    return [];
  }
  const diversion = diversionOf(site.phase);
  if (diversion !== undefined && diversion.by !== 'neighbour') {
    const remedy = words.restoreRemedies[heldBack.reason];
    const why = words.restoreHeldBack(heldBack.reason, heldBack.detail);
    return remedy === undefined ? [why] : [why, remedy(spec.name)];
  }
  const because = words.heldBack(heldBack.reason, heldBack.detail);
  if (heldBack.reason === 'brake-hold-down' && site.holdDownUntil !== undefined) {
    return [because, words.holdDownEnds(moment(site.holdDownUntil, known))];
  }
  if (heldBack.reason === 'brake-maintenance' && site.maintenance !== undefined) {
    return [because, words.windowEnds(moment(site.maintenance.endsAt, known))];
  }
  const remedy = words.remedies[heldBack.reason];
  return remedy === undefined ? [because] : [because, remedy(spec.name)];
}

function overrideSentences(known: Known): readonly string[] {
  const { spec, site, words } = known;
  const { override } = site;
  if (override === undefined) {
    return [];
  }
  const { action, owner, reason, expiresAt } = override;
  const order = { owner, reason, site: spec.name };
  return [words.order(words.orders[action], order, moment(expiresAt, known))];
}

function windowSentences(known: Known): readonly string[] {
  const { site, words } = known;
  if (site.maintenance === undefined) {
    return [];
  }
  const { reason, endsAt, isDiverting } = site.maintenance;
  const until = moment(endsAt, known);
  return [isDiverting ? words.windowDiverts(reason, until) : words.windowStills(reason, until)];
}

function orderSentences(known: Known): readonly string[] {
  const { state, spec, site, words } = known;
  const { question } = site;
  const { freeze } = state;
  return [
    ...overrideSentences(known),
    ...(question === undefined ? [] : [words.question(question, spec.name)]),
    ...(freeze === undefined ? [] : [words.frozen(freeze.owner, freeze.reason)]),
    ...windowSentences(known),
  ];
}

function ruleSentence(rule: Rule, known: Known): string {
  const { site, words } = known;
  const { name, condition, cause, forMs, keepForMs } = rule;
  const own = site.rules[name];
  if (own?.error !== undefined) {
    return words.ruleBroken(name, own.error);
  }
  if (own?.isFiring === true) {
    return own.trueSince === undefined && own.lastTrueAt !== undefined
      ? words.ruleKeeps(name, condition, moment(own.lastTrueAt + keepForMs, known))
      : words.ruleFires(name, condition);
  }
  if (own?.trueSince !== undefined) {
    const at = moment(own.trueSince + forMs, known);
    return words.ruleHolds(name, condition, { since: isoTime(own.trueSince), at });
  }
  return words.ruleWould(name, condition, cause, forMs === 0 ? '' : words.duration(forMs));
}

function divertRules({ state, spec }: Known): readonly Rule[] {
  return state.config.rules.filter((rule) => rule.then === 'divert' && appliesTo(rule, spec));
}

function failingSentences({ targets, words }: Known): readonly string[] {
  return targets
    .filter(({ fails, own }) => fails > 0 && own !== 'down')
    .map((target) => words.failing(target, target.fails, target.fall));
}

function risingSentences({ targets, words }: Known): readonly string[] {
  return targets
    .filter(({ passes, rise }) => passes < rise)
    .map((target) => words.rising(target, target.passes, target.rise));
}

/** When what has failed is tried again. */
function retrySentences(known: Known): readonly string[] {
  const { site, now, words } = known;
  const { retryAt = 0 } = site;
  return retryAt > now ? [words.triedAgain(moment(retryAt, known))] : [];
}

function onOriginSentences(known: Known): readonly string[] {
  if (known.site.override !== undefined || known.site.question !== undefined) {
    return [];
  }
  const rules = divertRules(known);
  return [
    ...failingSentences(known),
    ...(rules.length === 0 ? [known.words.noRule] : rules.map((rule) => ruleSentence(rule, known))),
  ];
}

function trialSentences(known: Known): readonly string[] {
  const { state, spec, site, words } = known;
  const diversion = diversionOf(site.phase);
  if (spec.origin !== undefined || diversion === undefined || spec.mode === 'observe') {
    return [];
  }
  const { initialMs, maxMs } = state.config.guards.trial;
  const waitMs = Math.min(maxMs, initialMs * 2 ** diversion.trials);
  return [words.trial(moment((diversion.provenAt ?? diversion.decidedAt) + waitMs, known))];
}

function divertedSentences(known: Known): readonly string[] {
  const { state, site, spec, words } = known;
  const diversion = diversionOf(site.phase);
  if (site.override !== undefined || site.maintenance?.isDiverting === true) {
    return [];
  }
  if (diversion?.by === 'neighbour') {
    return [words.withTheOther];
  }
  const clean = words.duration(cleanTimeMs(state.config.guards, diversion ?? {}));
  const firing = divertRules(known).filter(({ name }) => site.rules[name]?.isFiring === true);
  return [
    words.restoredOnce(spec.name, clean),
    ...firing.map((rule) => ruleSentence(rule, known)),
    ...risingSentences(known),
    ...trialSentences(known),
  ];
}

function recoveringSentences(known: Known): readonly string[] {
  const { state, site, words } = known;
  if (site.phase.name !== 'recovering') {
    return [];
  }
  const at = site.phase.cleanSince + cleanTimeMs(state.config.guards, site.phase.diversion);
  return [words.restoredAt(moment(at, known))];
}

function underWaySentences(known: Known): readonly string[] {
  const { spec, words } = known;
  return [words.waits(spec.routers.join(', ')), ...retrySentences(known)];
}

/** Sources that rules had blocked for the site, as long as each is. */
function blockedSentences(known: Known): readonly string[] {
  const { site, now, words } = known;
  const said = blockedNow(site, now).map(([source, until]) =>
    words.blockedUntil(source, moment(until, known)),
  );
  return said.length === 0 ? [] : [words.blocked(said.join(', '))];
}

function phaseChangeSentences(known: Known): readonly string[] {
  switch (known.site.phase.name) {
    case 'serving':
    case 'suspect':
      return [...onOriginSentences(known), ...retrySentences(known)];
    case 'diverted':
      return divertedSentences(known);
    case 'recovering':
      return recoveringSentences(known);
    case 'diverting':
    case 'restoring':
      return underWaySentences(known);
    case 'held':
      return [];
  }
}

/** Where too few vantages speak, nothing else would change anything. */
function blindSentences({ state, words }: Known): readonly string[] {
  const { speaking, total, isEnough } = speakingCount(state);
  return isEnough ? [] : [words.blind(silentVantages(state).join(', '), speaking, total)];
}

/** What would change where the site stands: orders first, then what holds back, then rules and probes. */
export function changeSentences(known: Known): readonly string[] {
  return [
    ...blindSentences(known),
    ...orderSentences(known),
    ...heldBackSentences(known),
    ...routerSentences(known),
    ...phaseChangeSentences(known),
    ...blockedSentences(known),
  ];
}

function intervalNow(spec: ProbeSpec, phase: Phase): number {
  switch (phase.name) {
    case 'suspect':
      return spec.suspectIntervalMs;
    case 'diverted':
    case 'recovering':
      return spec.divertedIntervalMs;
    default:
      return spec.intervalMs;
  }
}

function nextProbe({ spec, site, now, words }: Known): {
  readonly at: EpochMs;
  readonly what: string;
} {
  let next = { at: Number.POSITIVE_INFINITY, what: '' };
  for (const probe of spec.probes) {
    for (const address of spec.addresses) {
      const views = Object.values(site.targets[targetId(probe.name, address)] ?? {});
      const last = Math.max(0, ...views.map((view) => view.last?.startedAt ?? 0));
      const at = Math.max(now, last + intervalNow(probe, site.phase));
      if (at < next.at) {
        next = { at, what: words.next.probe(probe.name, address) };
      }
    }
  }
  return next;
}

function deadlines({
  state,
  spec,
  site,
  now,
  words,
}: Known): readonly (readonly [EpochMs, string])[] {
  const rules = state.config.rules.flatMap((rule): readonly (readonly [EpochMs, string])[] => {
    const since = appliesTo(rule, spec) ? site.rules[rule.name]?.trueSince : undefined;
    return since === undefined ? [] : [[since + rule.forMs, words.next.rule(rule.name)]];
  });
  const fixed: readonly (readonly [EpochMs | undefined, string])[] = [
    [site.override?.expiresAt, words.next.order],
    [site.maintenance?.endsAt, words.next.window],
    [site.holdDownUntil, words.next.holdDown],
    [site.retryAt, words.next.retry],
    ...rules,
  ];
  return fixed.flatMap(([at, what]) =>
    at === undefined || at <= now ? [] : [[at, what] as const],
  );
}

/** The next moment at which something about the site is looked at, and what. */
export function nextEvaluation(known: Known): { readonly at: EpochMs; readonly what: string } {
  let next = nextProbe(known);
  for (const [at, what] of deadlines(known)) {
    if (at < next.at) {
      next = { at, what };
    }
  }
  return Number.isFinite(next.at) ? next : { at: known.now + 1_000, what: known.words.next.clock };
}
