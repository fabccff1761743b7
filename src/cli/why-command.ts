import { type Why, whySchema } from '../api/sites/why-schema.ts';
import type { ClientCommand } from './client-command.ts';
import { printable, table } from './table.ts';
import { localTime } from './words.ts';

function sampleRow(sample: Why['samples'][number]): readonly string[] {
  const { last } = sample;
  const status = last?.status === null || last === null ? '' : ` ${last.status}`;
  return [
    sample.probe,
    sample.address,
    sample.vantage,
    sample.path,
    sample.own,
    `${sample.passes}/${sample.rise}`,
    `${sample.fails}/${sample.fall}`,
    last === null
      ? 'no sample yet'
      : `${last.outcome}${status} ${last.reason} ${Math.round(last.latencyMs)} ms at ${localTime(last.at)}`,
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${printable(line)}`)];
}

function diversionLines({ diversion }: Why): readonly string[] {
  if (diversion === null) {
    return [];
  }
  const { addresses, generation, by, rule, cause, incident } = diversion;
  const steps = [
    ['failure seen', diversion.failureSeenAt],
    ['decided', diversion.decidedAt],
    ['installed', diversion.installedAt],
    ['proven', diversion.provenAt],
  ] as const;
  return [
    `number ${generation} of ${addresses.join(', ')}, by ${rule === null ? by : `rule ${rule}`}, cause ${cause}, incident ${incident}`,
    steps.flatMap(([step, at]) => (at === null ? [] : [`${step} ${localTime(at)}`])).join(', '),
  ];
}

function story(why: Why): string {
  const samples =
    why.samples.length === 0
      ? []
      : table([
          ['PROBE', 'ADDRESS', 'VANTAGE', 'PATH', 'VERDICT', 'PASSES', 'FAILS', 'LAST'],
          ...why.samples.map(sampleRow),
        ])
          .trimEnd()
          .split('\n');
  const rules = why.rules
    .filter(({ state }) => state !== 'not-applicable')
    .map(
      ({ rule, state, condition, error }) =>
        `${rule}: ${state}${error === null ? '' : ` (${error})`}, when ${condition}`,
    );
  const brakes = why.brakes.map(
    ({ brake, detail, isHoldingThis }) =>
      `${brake}${isHoldingThis ? ' (holds this site)' : ''}: ${detail}`,
  );
  return [
    printable(why.summary),
    `It is ${why.phase} since ${localTime(why.since)} (${why.reason}); its verdict is ${why.verdict}.`,
    ...section('What would change it', why.whatWouldChangeIt),
    ...section('Diversion', diversionLines(why)),
    ...section('Probes', samples),
    ...section('Rules', rules),
    ...section('Brakes', brakes),
    '',
    `Next: ${printable(why.nextEvaluation.what)} at ${localTime(why.nextEvaluation.at)}.`,
    '',
  ].join('\n');
}

/** Tells why a site stands where it stands, and what would change that. */
export function explain(site: string): ClientCommand {
  return async ({ client }) => {
    const path = `/api/v1/sites/${encodeURIComponent(site)}/why`;
    const why = await client.call({ path, answer: whySchema });
    return { json: why, text: story(why) };
  };
}
