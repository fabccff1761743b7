import { z } from 'zod';
import {
  type ObservedRoute,
  type Route,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { parseAddress } from '../../../lib/ip.ts';
import { canonicalHost } from '../canonical-host.ts';
import { namePattern, newestTerm } from '../term-mark.ts';

const ourName = new RegExp(` name ${namePattern} `);

/** The answers to one reading, line by line. */
export interface EosAnswers {
  readonly configured4: readonly string[];
  readonly configured6: readonly string[];
  readonly installed4: readonly string[];
  readonly installed6: readonly string[];
}

export type EosReading =
  | { readonly reading: RouterReading }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** Takes the answers to one reading apart. Never throws. */
export function parseReading(answers: EosAnswers, tag: number): EosReading {
  const refused = firstRefusal([...answers.configured4, ...answers.configured6]);
  const installed = [installedRoutes(answers.installed4), installedRoutes(answers.installed6)];
  if (refused !== undefined) {
    return { problem: `it said "${refused}"` };
  }
  if (installed.includes(undefined)) {
    return { problem: 'its route tables are not whole' };
  }
  const inUse = new Set(installed.flatMap((keys) => keys ?? []));
  const routes = [...answers.configured4, ...answers.configured6]
    .map((line) => configuredRoute(line, tag))
    .filter((route) => route !== undefined);
  const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });
  const term = newestTerm([...answers.configured4, ...answers.configured6], tag);
  return {
    reading: {
      ...(term === undefined ? {} : { term }),
      owned: routes
        .filter(({ isOwn }) => isOwn)
        .map(
          (route): ObservedRoute => ({ ...bare(route), isInstalled: inUse.has(routeKey(route)) }),
        ),
      foreign: routes.filter(({ isOwn }) => !isOwn).map(bare),
    },
  };
}

/** The first line by which the device refuses something, or undefined. */
export function firstRefusal(lines: readonly string[]): string | undefined {
  return lines.map((line) => line.trim()).find((line) => line.startsWith('%'));
}

/** One configuration session, as far as it matters to a change of ours. */
export interface EosSession {
  readonly name: string;
  /** True while the device will go back unless the session is confirmed. */
  readonly isTimed: boolean;
  readonly user: string;
}

/** The sessions of the device, from `show configuration sessions detail | json`; undefined when that cannot be read. */
export function parseSessions(lines: readonly string[]): readonly EosSession[] | undefined {
  const parsed = sessionsSchema.safeParse(readJson(lines));
  return parsed.success
    ? Object.entries(parsed.data.sessions).map(([name, { state, instances, commitUser }]) => ({
        name,
        isTimed: state === 'pendingCommitTimer',
        user: commitUser || (Object.values(instances)[0]?.user ?? 'somebody'),
      }))
    : undefined;
}

const sessionsSchema = z.object({
  sessions: z.record(
    z.string(),
    z.object({
      state: z.string(),
      commitUser: z.string().default(''),
      instances: z.record(z.string(), z.object({ user: z.string().optional() })).default({}),
    }),
  ),
});

const routesSchema = z.record(
  z.string(),
  z.object({
    routeType: z.string().default('static'),
    vias: z.array(z.object({ nexthopAddr: z.string().optional() })).default([]),
  }),
);

/** IPv4 answers by VRF; IPv6 does so since EOS 4.21 and had no VRF around its routes before. */
const tableSchema = z.union([
  z.object({ vrfs: z.record(z.string(), z.object({ routes: routesSchema })) }),
  z.object({ routes: routesSchema }),
]);

function installedRoutes(lines: readonly string[]): readonly string[] | undefined {
  const parsed = tableSchema.safeParse(readJson(lines));
  if (!parsed.success) {
    return undefined;
  }
  const { data } = parsed;
  const routes = 'vrfs' in data ? (data.vrfs['default']?.routes ?? {}) : data.routes;
  return Object.entries(routes).flatMap(([text, { vias }]) => {
    const prefix = canonicalHost(text);
    return prefix === undefined
      ? []
      : vias.flatMap(({ nexthopAddr = '' }) => {
          const nextHop = parseAddress(nexthopAddr);
          return nextHop === undefined ? [] : [routeKey({ prefix, nextHop })];
        });
  });
}

function readJson(lines: readonly string[]): unknown {
  try {
    return JSON.parse(lines.join('\n'));
  } catch {
    return undefined;
  }
}

interface ConfiguredRoute extends Route {
  readonly isOwn: boolean;
}

function configuredRoute(line: string, tag: number): ConfiguredRoute | undefined {
  const [, target = '', hop = '', options = ''] =
    /^ip(?:v6)? route (?!vrf )(\S+) (\S+)(.*)$/.exec(line.trim()) ?? [];
  const prefix = canonicalHost(target);
  if (prefix === undefined) {
    return undefined;
  }
  const nextHop = parseAddress(hop);
  return {
    prefix,
    nextHop: nextHop ?? hop,
    isOwn: nextHop !== undefined && isOurForm(options, tag),
  };
}

/** Our form and no other: a route that a person has given a metric or a tracker is theirs. */
function isOurForm(options: string, tag: number): boolean {
  const text = ` ${options.trim()} `;
  const rest = text.replace(` tag ${tag} `, ' ').replace(ourName, ' ').replace(/^ 1 /, ' ');
  return text.includes(` tag ${tag} `) && rest.trim() === '';
}
