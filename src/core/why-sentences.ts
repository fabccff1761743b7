import { formatDuration } from '../lib/duration.ts';
import { isoTime } from '../lib/iso-time.ts';
import type { EpochMs } from '../lib/time.ts';
import { cleanTimeMs } from './clean-time.ts';
import { appliesTo } from './follow-rules.ts';
import { isPassedThrough, passedNeighbours } from './passed-through.ts';
import { type Diversion, diversionOf, type Phase } from './phase.ts';
import type { Reason } from './reason.ts';
import type { Rule } from './rule.ts';
import type { ProbeSpec, Site } from './site.ts';
import { type SiteState, type State, targetId } from './state.ts';
import { coveredBy } from './taken-along.ts';
import type { TargetExplanation } from './why.ts';
import { leaseSentences } from './why-lease.ts';
import { moment } from './why-moment.ts';

/** One site and everything its explanation rests on. */
export interface Known {
  readonly state: State;
  readonly spec: Site;
  readonly site: SiteState;
  readonly now: EpochMs;
  readonly targets: readonly TargetExplanation[];
}

const divertingStages = {
  publishing: 'Its notice is being published; no route has moved yet.',
  installing: 'Its notice stands; the routers are being told.',
  proving: 'Its routes stand; Detour looks through the data path whether the notice answers.',
  passing:
    'Its notice was seen; Detour looks whether healthy sites on the same address still answer through the notice host.',
  confirming: 'Its notice was seen through the data path; the routers are told to keep the change.',
  undoing: 'The diversion was not proven; its routes are being taken back.',
} as const;

const divertedBy = {
  rule: 'a rule fired',
  approval: 'a rule fired and a person approved',
  override: 'a person ordered it',
  maintenance: 'a maintenance window began',
  neighbour: 'a site on the same address was diverted',
} as const;

/** For a site whose address is diverted for another. */
function throughSentence(state: State, name: string): string {
  const cover = isPassedThrough(state, name) ? coveredBy(state, name) : undefined;
  return cover === undefined
    ? ''
    : ` Its address is diverted for ${cover}: the notice host passes its visitors through to its origin.`;
}

/** For a site whose diversion takes the address of others. */
function pastSentence(state: State, name: string, { addresses }: Diversion): string {
  const passed = passedNeighbours(state, name, addresses);
  return passed.length === 0
    ? ''
    : ` Visitors of ${passed.join(', ')} on the same address are passed through to their origin.`;
}

/** Where the site stands, in a sentence or two. */
export function phaseSentence({ state, spec, site, now }: Known): string {
  const { phase } = site;
  const leases = leaseSentences(state, spec, now);
  switch (phase.name) {
    case 'serving':
      return `${spec.name} serves its visitors itself.${throughSentence(state, spec.name)}`;
    case 'suspect':
      return `${spec.name} serves its visitors itself, but a probe has failed; it is probed faster.${throughSentence(state, spec.name)}`;
    case 'diverting':
      return divertingStages[phase.stage];
    case 'diverted':
      return `Visitors of ${spec.name} see its notice, because ${divertedBy[phase.diversion.by]} (cause ${phase.diversion.cause}).${pastSentence(state, spec.name, phase.diversion)}${leases}`;
    case 'recovering':
      return `Visitors of ${spec.name} still see its notice; its origin passes its probes again.${leases}`;
    case 'restoring':
      return phase.stage === 'removing'
        ? 'Its routes are being taken back; the notice answers until they are gone.'
        : 'Its routes are gone; Detour looks through the data path whether the origin answers.';
    case 'held':
      return phase.on === 'origin'
        ? `${spec.name} is held on its own origin; no automation acts.`
        : `${spec.name} is held on its notice; no automation acts.${leases}`;
  }
}

/** What ends each hindrance. Placeholders: the site's name. */
const remedies: Readonly<Partial<Record<Reason, (name: string) => string>>> = {
  'observe-only': (name) =>
    `Mode observe only says what it would do: change the mode to confirm or auto, or order it with "detour divert ${name} --reason …".`,
  'awaiting-approval': (name) =>
    `A person lets it go with "detour approve ${name} --reason …", or keeps it with "detour hold ${name} --reason …".`,
  'awaiting-reference': () => 'It goes on as soon as a reference target answers.',
  'too-few-vantages': () => 'It goes on as soon as enough vantages report.',
  'brake-max-active': () =>
    'The brake lets go when other diversions end; "detour brake release max-active --reason …" lets the sites it holds through.',
  'brake-rate': () =>
    'The next diversion may begin within seconds; "detour brake release rate --reason …" lets the sites it holds through at once.',
  'brake-mass-failure': () =>
    'Many sites failed together: look for a common cause first; "detour brake release mass-failure --reason …" lets the sites it holds through.',
  'brake-isolation': () => 'It goes on once a reference target answers again.',
  'brake-warm-up': () => 'It goes on once every router was read and the first probe rounds are in.',
  'brake-freeze': () => '"detour thaw" lets automation act again.',
  'brake-shared-address': (name) =>
    `It goes on when the neighbours are down too; "detour divert ${name} --reason …" takes them along.`,
  'brake-conflict': () => 'Remove the foreign route on that router; Detour never touches it.',
  'brake-router-unready': () =>
    'It goes on once the router can be read and may carry the route; see "detour doctor" and GET /api/v1/routers.',
  'brake-drill': (name) =>
    `A drill that passes lets it go (POST /api/v1/routers/{router}/drill); "detour divert ${name} --reason …" does not wait for it.`,
  'brake-not-leader': () => 'The controller that holds the lease acts; this one only watches.',
};

function heldBackSentences({ spec, site, now }: Known): readonly string[] {
  const { heldBack } = site;
  if (heldBack === undefined) {
    return [];
  }
  const because = `It would be diverted, but: ${heldBack.detail}.`;
  if (heldBack.reason === 'brake-hold-down' && site.holdDownUntil !== undefined) {
    return [
      because,
      `The hold-down ends at ${moment(site.holdDownUntil, now)}; acknowledging the incident ends it now.`,
    ];
  }
  if (heldBack.reason === 'brake-maintenance' && site.maintenance !== undefined) {
    return [because, `The maintenance window ends at ${moment(site.maintenance.endsAt, now)}.`];
  }
  const remedy = remedies[heldBack.reason];
  return remedy === undefined ? [because] : [because, remedy(spec.name)];
}

function orderSentences({ state, spec, site, now }: Known): readonly string[] {
  const { override, question, maintenance } = site;
  return [
    ...(override === undefined
      ? []
      : [
          `The order "${override.action}" by ${override.owner} (${override.reason}) beats every rule until ${moment(override.expiresAt, now)}; "detour release ${spec.name}" ends it now.`,
        ]),
    ...(question === undefined
      ? []
      : [
          `Automation stopped and asks a person: ${question.text}. "detour release ${spec.name}" lets it go on; divert, restore and hold are answers too.`,
        ]),
    ...(state.freeze === undefined
      ? []
      : [
          `All automation is frozen by ${state.freeze.owner} (${state.freeze.reason}); "detour thaw" lets it act again.`,
        ]),
    ...(maintenance === undefined
      ? []
      : [
          `A maintenance window (${maintenance.reason}) ${maintenance.isDiverting ? 'keeps the notice up' : 'keeps automation still'} until ${moment(maintenance.endsAt, now)}.`,
        ]),
  ];
}

function ruleSentence(rule: Rule, { site, now }: Known): string {
  const own = site.rules[rule.name];
  if (own?.error !== undefined) {
    return `Rule ${rule.name} cannot be evaluated: ${own.error}.`;
  }
  if (own?.isFiring === true) {
    return own.trueSince === undefined && own.lastTrueAt !== undefined
      ? `Rule ${rule.name} fires on until ${moment(own.lastTrueAt + rule.keepForMs, now)}, though ${rule.condition} no longer holds.`
      : `Rule ${rule.name} fires while ${rule.condition}.`;
  }
  if (own?.trueSince !== undefined) {
    return `Rule ${rule.name} has held since ${isoTime(own.trueSince)} and fires at ${moment(own.trueSince + rule.forMs, now)} if ${rule.condition} goes on.`;
  }
  const length = rule.forMs === 0 ? '' : ` for ${formatDuration(rule.forMs)}`;
  return `Rule ${rule.name} diverts it (cause ${rule.cause}) once ${rule.condition}${length}.`;
}

function divertRules({ state, spec }: Known): readonly Rule[] {
  return state.config.rules.filter((rule) => rule.then === 'divert' && appliesTo(rule, spec));
}

function failingSentences({ targets }: Known): readonly string[] {
  return targets
    .filter(({ fails, own }) => fails > 0 && own !== 'down')
    .map(
      ({ probe, address, vantage, fails, fall }) =>
        `${probe} at ${address} seen from ${vantage} has failed ${fails} of ${fall} times in a row; ${fall - fails} more make it down.`,
    );
}

function risingSentences({ targets }: Known): readonly string[] {
  return targets
    .filter(({ own }) => own !== 'up')
    .map(
      ({ probe, address, vantage, passes, rise, path }) =>
        `${probe} at ${address} seen from ${vantage}${path === 'origin' ? ' over the origin path' : ''} has passed ${passes} of ${rise} times in a row.`,
    );
}

function onOriginSentences(known: Known): readonly string[] {
  if (known.site.override !== undefined || known.site.question !== undefined) {
    return [];
  }
  const rules = divertRules(known);
  return [
    ...failingSentences(known),
    ...(rules.length === 0
      ? ['No rule may divert this site: no rule fits its probes.']
      : rules.map((rule) => ruleSentence(rule, known))),
  ];
}

function trialSentence({ state, spec, now }: Known, phase: Phase): readonly string[] {
  const diversion = diversionOf(phase);
  if (spec.origin !== undefined || diversion === undefined || spec.mode === 'observe') {
    return [];
  }
  const { initialMs, maxMs } = state.config.guards.trial;
  const waitMs = Math.min(maxMs, initialMs * 2 ** diversion.trials);
  const at = (diversion.provenAt ?? diversion.decidedAt) + waitMs;
  return [
    `No other path reaches its origin, so Detour takes the routes back for a moment and looks, next at ${moment(at, now)}.`,
  ];
}

function divertedSentences(known: Known): readonly string[] {
  const { state, site, spec } = known;
  const diversion = diversionOf(site.phase);
  if (site.override !== undefined || site.maintenance?.isDiverting === true) {
    return [];
  }
  if (diversion?.by === 'neighbour') {
    return ['It goes back together with the site that took it along.'];
  }
  const clean = formatDuration(cleanTimeMs(state.config.guards, diversion ?? {}));
  const firing = divertRules(known).filter(({ name }) => site.rules[name]?.isFiring === true);
  return [
    `It is restored once every probe of ${spec.name} passes, no rule fires, and that has lasted ${clean}.`,
    ...firing.map((rule) => ruleSentence(rule, known)),
    ...risingSentences(known),
    ...trialSentence(known, site.phase),
  ];
}

function recoveringSentences({ state, site, now }: Known): readonly string[] {
  if (site.phase.name !== 'recovering') {
    return [];
  }
  const at = site.phase.cleanSince + cleanTimeMs(state.config.guards, site.phase.diversion);
  return [`It is restored at ${moment(at, now)} if no probe fails until then.`];
}

function underWaySentences({ site, now, spec }: Known): readonly string[] {
  const routers = spec.routers.join(', ');
  const retry =
    site.retryAt === undefined || site.retryAt <= now
      ? []
      : [`It is tried again at ${moment(site.retryAt, now)}.`];
  return [`It waits for the notice plane and for ${routers} to answer.`, ...retry];
}

function phaseChangeSentences(known: Known): readonly string[] {
  switch (known.site.phase.name) {
    case 'serving':
    case 'suspect':
      return onOriginSentences(known);
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

/** What would change where the site stands: orders first, then what holds back, then rules and probes. */
export function changeSentences(known: Known): readonly string[] {
  return [...orderSentences(known), ...heldBackSentences(known), ...phaseChangeSentences(known)];
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

function nextProbe({ spec, site, now }: Known): { readonly at: EpochMs; readonly what: string } {
  let next = { at: Number.POSITIVE_INFINITY, what: '' };
  for (const probe of spec.probes) {
    for (const address of spec.addresses) {
      const views = Object.values(site.targets[targetId(probe.name, address)] ?? {});
      const last = Math.max(0, ...views.map((view) => view.last?.startedAt ?? 0));
      const at = Math.max(now, last + intervalNow(probe, site.phase));
      if (at < next.at) {
        next = { at, what: `probe ${probe.name} at ${address}` };
      }
    }
  }
  return next;
}

function deadlines({ state, spec, site, now }: Known): readonly (readonly [EpochMs, string])[] {
  const rules = state.config.rules.flatMap((rule): readonly (readonly [EpochMs, string])[] => {
    const since = appliesTo(rule, spec) ? site.rules[rule.name]?.trueSince : undefined;
    return since === undefined ? [] : [[since + rule.forMs, `rule ${rule.name} may fire`]];
  });
  const fixed: readonly (readonly [EpochMs | undefined, string])[] = [
    [site.override?.expiresAt, 'the order ends'],
    [site.maintenance?.endsAt, 'the maintenance window ends'],
    [site.holdDownUntil, 'the hold-down ends'],
    [site.retryAt, 'a failed step is tried again'],
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
  return Number.isFinite(next.at) ? next : { at: known.now + 1_000, what: 'the clock of the core' };
}
