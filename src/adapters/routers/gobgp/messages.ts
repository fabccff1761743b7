import { z } from 'zod';
import type { Route } from '../../../core/route-plan.ts';
import { familyOf, hostPrefix, hostPrefixAddress, parseAddress } from '../../../lib/ip.ts';

/** NO_EXPORT (RFC 1997): never beyond the neighbour's own network. */
export const noExport = 0xff_ff_ff_01;

const anyOf = (name: string): string => `type.googleapis.com/apipb.${name}`;

export type AddressFamily = 'ipv4' | 'ipv6';

/** A large community (RFC 8092). */
export type LargeCommunity = readonly [global: number, local1: number, local2: number];

const largeWords = ([global, local1, local2]: LargeCommunity): object => ({
  global_admin: global,
  local_data1: local1,
  local_data2: local2,
});

/** One address family as GoBGP names it. */
export const families = {
  ipv4: { afi: 'AFI_IP', safi: 'SAFI_UNICAST' },
  ipv6: { afi: 'AFI_IP6', safi: 'SAFI_UNICAST' },
} as const satisfies Record<AddressFamily, unknown>;

/** A host route as a path that GoBGP takes: origin IGP, its next hop, its communities. */
export function pathOf(
  { prefix, nextHop }: Route,
  communities: readonly number[],
  term?: LargeCommunity,
): object {
  const family = families[familyOf(prefix)];
  const address = hostPrefixAddress(prefix) ?? '';
  const nlri = {
    '@type': anyOf('IPAddressPrefix'),
    prefix_len: Number(prefix.split('/')[1]),
    prefix: address,
  };
  const hop =
    familyOf(prefix) === 'ipv4'
      ? { '@type': anyOf('NextHopAttribute'), next_hop: nextHop }
      : {
          '@type': anyOf('MpReachNLRIAttribute'),
          family,
          next_hops: [nextHop],
          nlris: [nlri],
        };
  return {
    family,
    nlri,
    pattrs: [
      { '@type': anyOf('OriginAttribute'), origin: 0 },
      hop,
      { '@type': anyOf('CommunitiesAttribute'), communities: [...communities] },
      ...(term === undefined
        ? []
        : [{ '@type': anyOf('LargeCommunitiesAttribute'), communities: [largeWords(term)] }]),
    ],
  };
}

const attributeSchema = z.looseObject({
  '@type': z.string().default(''),
  next_hop: z.string().optional(),
  next_hops: z.array(z.string()).optional(),
  // Plain communities are numbers, large ones have three parts.
  communities: z
    .array(
      z.union([
        z.number(),
        z.object({ global_admin: z.number(), local_data1: z.number(), local_data2: z.number() }),
      ]),
    )
    .optional(),
});

const destinationSchema = z.object({
  destination: z.object({
    prefix: z.string(),
    paths: z.array(z.object({ best: z.boolean(), pattrs: z.array(attributeSchema) })),
  }),
});

/** One path of a table, host prefixes only. */
export interface HostPath extends Route {
  readonly communities: readonly number[];
  readonly largeCommunities: readonly LargeCommunity[];
  readonly isBest: boolean;
}

/** Takes a table apart as `ListPath` tells it; throws a ZodError for anything else. */
export function hostPaths(answers: readonly unknown[]): readonly HostPath[] {
  return answers.flatMap((answer) => {
    const { prefix: text, paths } = destinationSchema.parse(answer).destination;
    const [addressText = '', length = ''] = text.split('/');
    const address = parseAddress(addressText);
    const isHost = address !== undefined && hostPrefixAddress(`${address}/${length}`) !== undefined;
    return isHost
      ? paths.map(({ best, pattrs }) => ({
          prefix: hostPrefix(address),
          nextHop: nextHopOf(pattrs),
          communities: communitiesOf(pattrs).filter((one) => typeof one === 'number'),
          largeCommunities: communitiesOf(pattrs)
            .filter((one) => typeof one !== 'number')
            .map((one): LargeCommunity => [one.global_admin, one.local_data1, one.local_data2]),
          isBest: best,
        }))
      : [];
  });
}

type Attributes = readonly z.infer<typeof attributeSchema>[];

const communitiesOf = (
  attributes: Attributes,
): readonly NonNullable<z.infer<typeof attributeSchema>['communities']>[number][] =>
  attributes.flatMap(({ communities }) => communities ?? []);

function nextHopOf(attributes: readonly z.infer<typeof attributeSchema>[]): string {
  const text = attributes
    .map(({ next_hop: one, next_hops: many }) => one ?? many?.[0])
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
  return {
    address: conf.neighbor_address,
    isEstablished: state?.session_state === 'ESTABLISHED',
  };
}
