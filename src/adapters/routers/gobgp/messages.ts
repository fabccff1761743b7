import { z } from 'zod';
import type { Route } from '../../../core/route-plan.ts';
import {
  type Family,
  familyOf,
  hostPrefix,
  hostPrefixAddress,
  parseAddress,
} from '../../../lib/ip.ts';

/** NO_EXPORT (RFC 1997): never beyond the neighbour's own network. */
export const noExport = 0xff_ff_ff_01;

/** A large community (RFC 8092). */
export type LargeCommunity = readonly [global: number, local1: number, local2: number];

/** A large community as both versions of GoBGP's API name its parts. */
export const largeWords = ([global, local1, local2]: LargeCommunity): object => ({
  global_admin: global,
  local_data1: local1,
  local_data2: local2,
});

/** Reads a large community of either version. */
export const largeSchema = z
  .looseObject({ global_admin: z.number(), local_data1: z.number(), local_data2: z.number() })
  .transform((one): LargeCommunity => [one.global_admin, one.local_data1, one.local_data2]);

/** One address family as both versions of GoBGP's API name it. */
export const families = {
  ipv4: { afi: 'AFI_IP', safi: 'SAFI_UNICAST' },
  ipv6: { afi: 'AFI_IP6', safi: 'SAFI_UNICAST' },
} as const satisfies Record<Family, unknown>;

/** A host route as a path: its prefix, origin IGP, its next hop, its communities. Every version wraps these otherwise. */
export interface PathParts {
  readonly family: (typeof families)[Family];
  readonly nlri: { readonly prefix_len: number; readonly prefix: string };
  readonly nextHop: string;
  readonly isMultiProtocol: boolean;
  readonly communities: number[];
  /** Who announces, and by which decision. */
  readonly signature: readonly LargeCommunity[];
}

/** Takes a route apart for a path. */
export function pathParts(
  { prefix, nextHop }: Route,
  communities: readonly number[],
  signature: readonly LargeCommunity[],
): PathParts {
  const version = familyOf(prefix);
  return {
    family: families[version],
    nlri: {
      prefix_len: Number(prefix.split('/')[1]),
      prefix: hostPrefixAddress(prefix) ?? '',
    },
    nextHop,
    isMultiProtocol: version === 'ipv6',
    communities: [...communities],
    signature,
  };
}

/** One attribute of a path, the same for every version; what is not among these matters to nobody here. */
export interface PathAttribute {
  readonly nextHops?: readonly string[] | undefined;
  readonly communities?: readonly number[] | undefined;
  readonly largeCommunities?: readonly LargeCommunity[] | undefined;
  /** Where a flow is sent to, if this is the attribute that says it. */
  readonly redirectTo?: string | undefined;
}

/** One path of a table, host prefixes only. */
export interface HostPath extends Route {
  readonly communities: readonly number[];
  readonly largeCommunities: readonly LargeCommunity[];
  readonly isBest: boolean;
}

/** Takes a table apart as `ListPath` tells it; throws a ZodError for anything else. */
export function hostPaths(
  answers: readonly unknown[],
  attributeSchema: z.ZodType<PathAttribute>,
): readonly HostPath[] {
  const schema = z.object({
    destination: z.object({
      prefix: z.string(),
      paths: z.array(z.object({ best: z.boolean(), pattrs: z.array(attributeSchema) })),
    }),
  });
  return answers.flatMap((answer) => {
    const { prefix: text, paths } = schema.parse(answer).destination;
    const [addressText = '', length = ''] = text.split('/');
    const address = parseAddress(addressText);
    const isHost = address !== undefined && hostPrefixAddress(`${address}/${length}`) !== undefined;
    return isHost
      ? paths.map(({ best, pattrs }) => ({
          prefix: hostPrefix(address),
          nextHop: nextHopOf(pattrs),
          communities: pattrs.flatMap(({ communities }) => communities ?? []),
          largeCommunities: pattrs.flatMap(({ largeCommunities }) => largeCommunities ?? []),
          isBest: best,
        }))
      : [];
  });
}

function nextHopOf(attributes: readonly PathAttribute[]): string {
  const text = attributes
    .map(({ nextHops }) => nextHops?.[0])
    .find((hop) => hop !== undefined && hop !== '');
  return parseAddress(text ?? '') ?? text ?? 'none';
}

const peerSchema = z.object({
  peer: z.object({
    conf: z.object({ neighbor_address: z.string() }),
    state: z.object({ session_state: z.string() }).nullable(),
  }),
});

/** A neighbour and whether it listens. */
export interface Neighbour {
  readonly address: string;
  readonly isEstablished: boolean;
}

/** Takes one answer of `ListPeer` apart; throws a ZodError for anything else. */
export function neighbourOf(answer: unknown): Neighbour {
  const { conf, state } = peerSchema.parse(answer).peer;
  // Version 4 calls it SESSION_STATE_ESTABLISHED.
  return {
    address: conf.neighbor_address,
    isEstablished: state?.session_state.endsWith('ESTABLISHED') ?? false,
  };
}
