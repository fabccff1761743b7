import type { Diversion } from '../../core/phase.ts';
import type { Explanation, RuleExplanation, TargetExplanation, Told } from '../../core/why.ts';
import { timeOf, timeOrNull } from '../http/fields.ts';
import type { Readiness } from './readiness-view.ts';
import type { SiteView } from './schema.ts';
import type { Why } from './why-schema.ts';

function diversionView(diversion: Diversion): NonNullable<Why['diversion']> {
  const { generation, addresses, by, cause, incident, trials } = diversion;
  return {
    generation,
    addresses: [...addresses],
    by,
    cause,
    rule: diversion.rule ?? null,
    incident,
    failureSeenAt: timeOf(diversion.failureSeenAt),
    decidedAt: timeOf(diversion.decidedAt),
    installedAt: timeOrNull(diversion.installedAt),
    provenAt: timeOrNull(diversion.provenAt),
    trials,
    relapses: diversion.relapses ?? 0,
  };
}

function ruleView(rule: RuleExplanation): Why['rules'][number] {
  const { condition, action, cause } = rule;
  return {
    rule: rule.rule,
    condition,
    action,
    cause,
    state: rule.standing,
    since: timeOrNull(rule.since),
    error: rule.error ?? null,
  };
}

function targetView({ last, ...target }: TargetExplanation): Why['samples'][number] {
  return {
    ...target,
    last:
      last === undefined
        ? null
        : {
            ...last,
            at: timeOf(last.at),
            status: last.status ?? null,
            detail: last.detail ?? null,
          },
  };
}

function toldView({ summary, whatWouldChangeIt, next }: Told): Why['told']['en'] {
  return { summary, whatWouldChangeIt: [...whatWouldChangeIt], next };
}

type Orders = Pick<SiteView, 'heldBack' | 'question' | 'override' | 'maintenance'>;

/** An explanation as the API shows it; orders come from the site's own view, so that both say the same. */
export function whyView(
  explanation: Explanation,
  orders: Orders,
  readiness: Readiness | null,
): Why {
  const { site, phase, reason, summary, verdict, diversion } = explanation;
  return {
    site,
    phase,
    since: timeOf(explanation.since),
    reason,
    summary,
    verdict,
    diversion: diversion === undefined ? null : diversionView(diversion),
    heldBack: orders.heldBack,
    question: orders.question,
    override: orders.override,
    maintenance: orders.maintenance,
    rules: explanation.rules.map(ruleView),
    samples: explanation.targets.map(targetView),
    brakes: [...explanation.brakes],
    readiness,
    nextEvaluation: { at: timeOf(explanation.next.at), what: explanation.next.what },
    whatWouldChangeIt: [...explanation.whatWouldChangeIt],
    told: { en: toldView(explanation.told.en), ko: toldView(explanation.told.ko) },
  };
}
