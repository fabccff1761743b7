import { formatDuration } from '../lib/duration.ts';
import type { Reason } from './reason.ts';

/** A target as sentences name it. */
export interface SaidTarget {
  readonly probe: string;
  readonly address: string;
  readonly vantage: string;
}

/** An order as sentences name it. */
export interface SaidOrder {
  readonly owner: string;
  readonly reason: string;
  readonly site: string;
}

/** A question as sentences ask it; its text ends with its own mark. */
export interface SaidQuestion {
  readonly reason: Reason;
  readonly text: string;
}

interface SaidSpan {
  readonly since: string;
  readonly at: string;
}

const divertingStages = {
  publishing: 'Its notice is being published; no route has moved yet.',
  installing: 'Its notice stands; the routers are being told.',
  proving: 'Its routes stand; Detour looks through the data path whether the notice answers.',
  passing:
    'Its notice was seen; Detour looks whether healthy sites on the same address still answer through the notice host.',
  confirming: 'Its notice was seen through the data path; the routers are told to keep the change.',
  undoing: 'The diversion was not proven; its routes are being taken back.',
};

const divertedBy = {
  rule: 'a rule fired',
  approval: 'a rule fired and a person approved',
  override: 'a person ordered it',
  maintenance: 'a maintenance window began',
  neighbour: 'a site on the same address was diverted',
};

const orders = { divert: 'divert', restore: 'restore', hold: 'hold' };

/** What ends a hindrance of a restore. */
const restoreRemedies: Readonly<Partial<Record<Reason, (site: string) => string>>> = {
  'observe-only': (site) =>
    `Mode observe only says what it would do: "detour restore ${site} --reason …" takes its routes back.`,
};

/** What ends each hindrance of a diversion. */
const remedies: Readonly<Partial<Record<Reason, (site: string) => string>>> = {
  'observe-only': (site) =>
    `Mode observe only says what it would do: change the mode to confirm or auto, or order it with "detour divert ${site} --reason …".`,
  'awaiting-approval': (site) =>
    `A person lets it go with "detour approve ${site} --reason …", or keeps it with "detour hold ${site} --reason …".`,
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
  'brake-shared-address': (site) =>
    `It goes on when the neighbours are down too; "detour divert ${site} --reason …" takes them along.`,
  'brake-conflict': () => 'Remove the foreign route on that router; Detour never touches it.',
  'brake-router-unready': () =>
    'It goes on once the router can be read and may carry the route; see "detour doctor" and GET /api/v1/routers.',
  'brake-drill': (site) =>
    `A drill that passes lets it go (POST /api/v1/routers/{router}/drill); "detour divert ${site} --reason …" does not wait for it.`,
  'brake-not-leader': () => 'The controller that holds the lease acts; this one only watches.',
};

const target = ({ probe, address, vantage }: SaidTarget): string =>
  `${probe} at ${address} seen from ${vantage}`;

/** Every sentence of `why`, in English. Other languages have the same keys. */
export const whyEn = {
  duration: formatDuration,
  dueNow: '(due now)',
  in: (time: string): string => `(in ${time})`,
  divertingStages,
  divertedBy,
  orders,
  remedies,
  restoreRemedies,
  serving: (site: string): string => `${site} serves its visitors itself.`,
  suspect: (site: string): string =>
    `${site} serves its visitors itself, but a probe has failed; it is probed faster.`,
  diverted: (site: string, by: string, cause: string): string =>
    `Visitors of ${site} see its notice, because ${by} (cause ${cause}).`,
  recovering: (site: string): string =>
    `Visitors of ${site} still see its notice; its origin passes its probes again.`,
  removing: 'Its routes are being taken back; the notice answers until they are gone.',
  provingOrigin:
    'Its routes are gone; Detour looks through the data path whether the origin answers.',
  heldOnOrigin: (site: string): string => `${site} is held on its own origin; no automation acts.`,
  heldOnNotice: (site: string): string => `${site} is held on its notice; no automation acts.`,
  passedFor: (cover: string): string =>
    `Its address is diverted for ${cover}: the notice host passes its visitors through to its origin.`,
  unknownRoute: (site: string, router: string): string =>
    `But ${router} has a route for it with our mark that this controller does not remember, so its visitors may see a notice: "detour divert ${site} --reason …" takes the route over, "detour restore ${site} --reason …" then takes it back.`,
  neighboursPassed: (neighbours: string): string =>
    `Visitors of ${neighbours} on the same address are passed through to their origin.`,
  blind: (silent: string, speaking: number, total: number): string =>
    `Only ${speaking} of ${total} vantages send results (silent: ${silent}): too few for a verdict, so nothing is diverted or restored by itself.`,
  neighboursTaken: (neighbours: string): string =>
    `Visitors of ${neighbours} on the same address see a notice as well: there is no way to pass them through.`,
  leaseRuns: (router: string, at: string): string =>
    `Were Detour to die now, ${router} would take its routes back by itself at ${at}.`,
  leaseEnds: (router: string, at: string, problem: string): string =>
    `${router} takes its routes back by itself at ${at}, because their lease cannot be renewed: ${problem}.`,
  heldBack: (_: Reason, detail: string): string => `It would be diverted, but: ${detail}.`,
  restoreHeldBack: (_: Reason, detail: string): string => `It would be restored, but: ${detail}.`,
  holdDownEnds: (at: string): string =>
    `The hold-down ends at ${at}; acknowledging the incident ends it now.`,
  windowEnds: (at: string): string => `The maintenance window ends at ${at}.`,
  order: (action: string, { owner, reason, site }: SaidOrder, at: string): string =>
    `The order "${action}" by ${owner} (${reason}) beats every rule until ${at}; "detour release ${site}" ends it now.`,
  question: ({ text }: SaidQuestion, site: string): string =>
    `Automation stopped and asks a person: ${text} "detour release ${site}" lets it go on; divert, restore and hold are answers too.`,
  frozen: (owner: string, reason: string): string =>
    `All automation is frozen by ${owner} (${reason}); "detour thaw" lets it act again.`,
  windowDiverts: (reason: string, at: string): string =>
    `A maintenance window (${reason}) keeps the notice up until ${at}.`,
  windowStills: (reason: string, at: string): string =>
    `A maintenance window (${reason}) keeps automation still until ${at}.`,
  ruleBroken: (rule: string, error: string): string =>
    `Rule ${rule} cannot be evaluated: ${error}.`,
  ruleKeeps: (rule: string, condition: string, at: string): string =>
    `Rule ${rule} fires on until ${at}, though ${condition} no longer holds.`,
  ruleFires: (rule: string, condition: string): string => `Rule ${rule} fires while ${condition}.`,
  ruleHolds: (rule: string, condition: string, { since, at }: SaidSpan): string =>
    `Rule ${rule} has held since ${since} and fires at ${at} if ${condition} goes on.`,
  ruleWould: (rule: string, condition: string, cause: string, forTime: string): string =>
    `Rule ${rule} diverts it (cause ${cause}) once ${condition}${forTime === '' ? '' : ` for ${forTime}`}.`,
  noRule: 'No rule may divert this site: no rule fits its probes.',
  failing: (of: SaidTarget, fails: number, fall: number): string =>
    `${target(of)} has failed ${fails} of ${fall} times in a row; ${fall - fails} more make it down.`,
  rising: (of: SaidTarget & { readonly path: string }, passes: number, rise: number): string =>
    `${target(of)}${of.path === 'origin' ? ' over the origin path' : ''} has passed ${passes} of ${rise} times in a row.`,
  blocked: (sources: string): string => `Rules had sources blocked for it: ${sources}.`,
  blockedUntil: (source: string, at: string): string => `${source} until ${at}`,
  trial: (at: string): string =>
    `No other path reaches its origin, so Detour takes the routes back for a moment and looks, next at ${at}.`,
  withTheOther: 'It goes back together with the site that took it along.',
  restoredOnce: (site: string, clean: string): string =>
    `It is restored once every probe of ${site} passes, no rule fires, and that has lasted ${clean}.`,
  restoredAt: (at: string): string => `It is restored at ${at} if no probe fails until then.`,
  waits: (routers: string): string => `It waits for the notice plane and for ${routers} to answer.`,
  routerUnreadable: (router: string, error: string): string =>
    `${router} cannot be read: ${error}.`,
  routerRefuses: (router: string, message: string, times: number, at: string): string =>
    `${router} did not take the change, ${times === 1 ? 'once' : `${times} times in a row`} (${message}). It is told again at ${at}, and less and less often; an order of a person or a reload has it told at once.`,
  triedAgain: (at: string): string => `It is tried again at ${at}.`,
  next: {
    probe: (probe: string, address: string): string => `probe ${probe} at ${address}`,
    rule: (rule: string): string => `rule ${rule} may fire`,
    order: 'the order ends',
    window: 'the maintenance window ends',
    holdDown: 'the hold-down ends',
    retry: 'a failed step is tried again',
    clock: 'the clock of the core',
  },
};

export type WhyWords = typeof whyEn;
