import { markdownText } from '../../../lib/markdown.ts';
import type { NoticeModel } from './model.ts';

/** Seconds after which a client may ask again whatever the hour; a share of the time left would go stale in a stored body. */
export const retryAfterSeconds = 120;

/** The facts of a problem document that are not words. Absent ones are left out. */
export interface ProblemFacts {
  readonly status: number;
  readonly site: string;
  readonly kind?: string;
  readonly cause?: string;
  readonly since?: string;
  readonly expectedRecoveryAt?: string;
  readonly incident?: string;
  readonly contact?: string;
  readonly links?: readonly { readonly url: string; readonly label: string }[];
}

/**
 * Writes application/problem+json (RFC 9457). The type is about:blank, as the status says it all, so the title is the status's own.
 */
export function problemBody(title: string, detail: string, facts: ProblemFacts): string {
  return JSON.stringify({ type: 'about:blank', title, detail, ...facts, retryAfterSeconds });
}

/** What happened, in plain words: the cause's sentence, a person's, or both. */
export function detailOf({ lead, bodySource }: NoticeModel): string {
  const said = bodySource === undefined ? undefined : markdownText(bodySource);
  return [lead, said].filter((words) => words !== undefined && words !== '').join('\n\n');
}

/** Writes the notice as plain text, one fact a line. */
export function textBody(model: NoticeModel): string {
  const { words } = model;
  const lines = [
    model.title,
    '',
    model.heading,
    detailOf(model),
    '',
    `${model.expectedLabel}: ${model.expected ?? model.expectedOpen}`,
    `${model.sinceLabel}: ${model.since}`,
    ...(model.contact === undefined ? [] : [`${words.contact}: ${model.contact}`]),
    `${words.reference}: ${model.incident}`,
  ];
  if (model.links.length > 0) {
    lines.push('', `${words.links}:`, ...model.links.map(({ url, label }) => `- ${label}: ${url}`));
  }
  return `${lines.join('\n')}\n`;
}
