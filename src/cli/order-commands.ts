import { freezeViewSchema } from '../api/freeze/schema.ts';
import { type SiteView, siteViewSchema } from '../api/sites/schema.ts';
import type { OverrideAction } from '../core/override.ts';
import { parseDuration } from '../lib/duration.ts';
import { second } from '../lib/time.ts';
import type { ClientCommand, ClientContext } from './client-command.ts';
import { UsageError } from './io.ts';
import { printable } from './table.ts';
import { localTime } from './words.ts';

/** What a person says with an order. */
export interface OrderWords {
  readonly reason: string;
  /** How long it lasts, such as `4h`. */
  readonly for?: string;
}

const sitePath = (site: string): string => `/api/v1/sites/${encodeURIComponent(site)}`;

/** The seconds of a `--for`; throws a UsageError for anything but a duration. */
export function secondsOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < second) {
    throw new UsageError(`--for must be a duration such as 30m or 4h; it is "${text}".`);
  }
  return Math.round(ms / second);
}

const sides: Readonly<Record<SiteView['visitorsSee'], string>> = {
  origin: 'visitors see the site itself',
  notice: 'visitors see its notice',
  changing: 'what visitors see is changing now',
};

function standing(site: SiteView): string {
  const stage = site.stage === null ? '' : ` (${site.stage})`;
  return `${site.name} is ${site.phase}${stage}: ${sides[site.visitorsSee]}.`;
}

function afterOrder(site: SiteView): string {
  const { override, heldBack } = site;
  return [
    ...(override === null
      ? []
      : [
          `Ordered: ${override.action} ${site.name}, until ${localTime(override.expiresAt)} ("detour release ${site.name}" ends it sooner).`,
        ]),
    standing(site),
    ...(heldBack === null ? [] : [`It waits: ${printable(heldBack.detail)}.`]),
    `"detour why ${site.name}" follows it.`,
    '',
  ].join('\n');
}

async function nameNeighbours({ client, tell }: ClientContext, site: string): Promise<void> {
  const { neighbours } = await client.call({ path: sitePath(site), answer: siteViewSchema });
  for (const neighbour of neighbours) {
    const shared = `it shares ${neighbour.addresses.join(', ')}`;
    tell(
      neighbour.passedThrough
        ? `Visitors of ${neighbour.site} are passed through to it: ${shared}.\n`
        : `This takes along ${neighbour.site}: ${shared}.\n`,
    );
  }
}

/** Orders one site to be diverted, restored or held; neighbours on its addresses are named first. */
export function order(
  action: OverrideAction,
  site: string,
  { reason, for: length }: OrderWords,
): ClientCommand {
  const expiry = length === undefined ? {} : { expiresInSeconds: secondsOf(length) };
  return async (context) => {
    if (action !== 'hold') {
      await nameNeighbours(context, site);
    }
    const view = await context.client.call({
      method: 'PUT',
      path: `${sitePath(site)}/override`,
      body: { action, reason, ...expiry },
      answer: siteViewSchema,
    });
    return { json: view, text: afterOrder(view) };
  };
}

/** Gives a site back to automation. */
export function release(site: string): ClientCommand {
  return async ({ client }) => {
    const before = await client.call({ path: sitePath(site), answer: siteViewSchema });
    const view = await client.call({
      method: 'DELETE',
      path: `${sitePath(site)}/override`,
      answer: siteViewSchema,
    });
    const had = before.override !== null || before.question !== null;
    const first = had
      ? `Released: automation decides about ${site} again.`
      : `There was no order about ${site}; automation decides already.`;
    return { json: view, text: `${first}\n${standing(view)}\n` };
  };
}

/** Approves the diversion that a site in mode confirm waits for. */
export function approve(site: string, reason: string): ClientCommand {
  return async ({ client }) => {
    const view = await client.call({
      method: 'POST',
      path: `${sitePath(site)}/approve`,
      body: { reason },
      answer: siteViewSchema,
    });
    return { json: view, text: `Approved.\n${afterOrder(view)}` };
  };
}

/** Stops all automation. */
export function freeze(reason: string): ClientCommand {
  return async ({ client }) => {
    const view = await client.call({
      method: 'PUT',
      path: '/api/v1/freeze',
      body: { reason },
      answer: freezeViewSchema,
    });
    return {
      json: view,
      text: 'Frozen: nothing is diverted or restored by itself. Orders still work; "detour thaw" ends it.\n',
    };
  };
}

/** Lets automation act again. */
export const thaw: ClientCommand = async ({ client }) => {
  const view = await client.call({
    method: 'DELETE',
    path: '/api/v1/freeze',
    answer: freezeViewSchema,
  });
  return { json: view, text: 'Thawed: automation may act again.\n' };
};
