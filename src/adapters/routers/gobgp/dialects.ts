import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type FlowParts, type FlowRule, redirectSubType } from './flows.ts';
import { largeSchema, largeWords, type PathAttribute, type PathParts } from './messages.ts';

/** How one version of GoBGP's API says what we have to say. */
export interface Dialect {
  readonly protoFile: string;
  readonly service: string;
  /** The names of the tables that are read. */
  readonly tables: { readonly global: string; readonly sent: string };
  path(parts: PathParts): object;
  flowPath(parts: FlowParts): object;
  readonly attributeSchema: z.ZodType<PathAttribute>;
  /** Reads the rules of a flow out of its NLRI. */
  readonly flowSchema: z.ZodType<readonly FlowRule[]>;
}

/** GoBGP wants a next hop with every path; in FlowSpec none goes over the wire. */
const noNextHop = '0.0.0.0';

const redirectSchema = z.looseObject({
  is_transitive: z.literal(true),
  sub_type: z.literal(redirectSubType),
  address: z.string(),
});

/** The address of the first community that redirects to one. */
function redirectIn(communities: readonly unknown[] | undefined): string | undefined {
  for (const community of communities ?? []) {
    const { success, data } = redirectSchema.safeParse(community);
    if (success) {
      return data.address;
    }
  }
  return;
}

const redirectOf = (address: string): object => ({
  is_transitive: true,
  sub_type: redirectSubType,
  address,
  local_admin: 0,
});

const prefixRule = z.looseObject({
  type: z.number(),
  prefix: z.string(),
  prefix_len: z.number(),
});

const componentRule = z.looseObject({
  type: z.number(),
  items: z.array(z.looseObject({ op: z.number(), value: z.number() })),
});

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const anyOf = (name: string): string => `type.googleapis.com/apipb.${name}`;

/** A rule of a kind that we never make, such as one about frames: it only says that the flow is not ours. */
const unknownRule = z.unknown().transform((): FlowRule => ({ type: 0, items: [] }));

/** The attribute that says who announces, if anything says so. */
const v3Signature = (signature: PathParts['signature']): readonly object[] =>
  signature.length === 0
    ? []
    : [{ '@type': anyOf('LargeCommunitiesAttribute'), communities: signature.map(largeWords) }];

const v4Signature = (signature: PathParts['signature']): readonly object[] =>
  signature.length === 0 ? [] : [{ large_communities: { communities: signature.map(largeWords) } }];

/** Version 3: prefixes and attributes travel as `Any`. */
const v3: Dialect = {
  protoFile: beside('gobgp-v3.proto'),
  service: 'apipb.GobgpApi',
  tables: { global: 'GLOBAL', sent: 'ADJ_OUT' },
  path: ({ family, nlri: prefix, nextHop, isMultiProtocol, communities, signature }) => {
    const nlri = { '@type': anyOf('IPAddressPrefix'), ...prefix };
    const hop = isMultiProtocol
      ? {
          '@type': anyOf('MpReachNLRIAttribute'),
          family,
          next_hops: [nextHop],
          nlris: [nlri],
        }
      : { '@type': anyOf('NextHopAttribute'), next_hop: nextHop };
    return {
      family,
      nlri,
      pattrs: [
        { '@type': anyOf('OriginAttribute'), origin: 0 },
        hop,
        { '@type': anyOf('CommunitiesAttribute'), communities },
        ...v3Signature(signature),
      ],
    };
  },
  flowPath: ({ family, rules, redirectTo, isMultiProtocol, communities, signature }) => {
    const [attribute, community] = isMultiProtocol
      ? ['IP6ExtendedCommunitiesAttribute', 'IPv6AddressSpecificExtended']
      : ['ExtendedCommunitiesAttribute', 'IPv4AddressSpecificExtended'];
    return {
      family,
      nlri: {
        '@type': anyOf('FlowSpecNLRI'),
        rules: rules.map((rule) => ({
          '@type': anyOf('prefix' in rule ? 'FlowSpecIPPrefix' : 'FlowSpecComponent'),
          ...rule,
        })),
      },
      pattrs: [
        { '@type': anyOf('OriginAttribute'), origin: 0 },
        { '@type': anyOf('NextHopAttribute'), next_hop: noNextHop },
        { '@type': anyOf('CommunitiesAttribute'), communities },
        ...v3Signature(signature),
        ...(redirectTo === undefined
          ? []
          : [
              {
                '@type': anyOf(attribute),
                communities: [{ '@type': anyOf(community), ...redirectOf(redirectTo) }],
              },
            ]),
      ],
    };
  },
  attributeSchema: z
    .looseObject({
      '@type': z.string().default(''),
      next_hop: z.string().optional(),
      next_hops: z.array(z.string()).optional(),
      communities: z.array(z.unknown()).optional(),
    })
    .transform(({ '@type': type, next_hop: one, next_hops: many, communities }) => ({
      nextHops: one === undefined ? many : [one],
      communities:
        type === anyOf('CommunitiesAttribute')
          ? communities?.filter((community) => typeof community === 'number')
          : undefined,
      largeCommunities:
        type === anyOf('LargeCommunitiesAttribute')
          ? z.array(largeSchema).parse(communities)
          : undefined,
      redirectTo: redirectIn(communities),
    })),
  flowSchema: z
    .looseObject({ rules: z.array(z.union([prefixRule, componentRule, unknownRule])) })
    .transform(({ rules }) => rules),
};

/** Version 4: another service, prefixes and attributes as one of several fields, tables counted from one. */
const v4: Dialect = {
  protoFile: beside('gobgp-v4.proto'),
  service: 'api.GoBgpService',
  tables: { global: 'TABLE_TYPE_GLOBAL', sent: 'TABLE_TYPE_ADJ_OUT' },
  path: ({ family, nlri: prefix, nextHop, isMultiProtocol, communities, signature }) => {
    const nlri = { prefix };
    const hop = isMultiProtocol
      ? { mp_reach: { family, next_hops: [nextHop], nlris: [nlri] } }
      : { next_hop: { next_hop: nextHop } };
    return {
      family,
      nlri,
      pattrs: [
        { origin: { origin: 0 } },
        hop,
        { communities: { communities } },
        ...v4Signature(signature),
      ],
    };
  },
  flowPath: ({ family, rules, redirectTo, isMultiProtocol, communities, signature }) => {
    const [attribute, community] = isMultiProtocol
      ? ['ip6_extended_communities', 'ipv6_address_specific']
      : ['extended_communities', 'ipv4_address_specific'];
    return {
      family,
      nlri: {
        flow_spec: {
          rules: rules.map((rule) =>
            'prefix' in rule ? { ip_prefix: rule } : { component: rule },
          ),
        },
      },
      pattrs: [
        { origin: { origin: 0 } },
        { next_hop: { next_hop: noNextHop } },
        { communities: { communities } },
        ...v4Signature(signature),
        ...(redirectTo === undefined
          ? []
          : [{ [attribute]: { communities: [{ [community]: redirectOf(redirectTo) }] } }]),
      ],
    };
  },
  attributeSchema: z
    .object({
      next_hop: z.object({ next_hop: z.string() }).nullish(),
      mp_reach: z.object({ next_hops: z.array(z.string()) }).nullish(),
      communities: z.object({ communities: z.array(z.number()) }).nullish(),
      large_communities: z.object({ communities: z.array(largeSchema) }).nullish(),
      extended_communities: z
        .object({
          communities: z.array(z.looseObject({ ipv4_address_specific: z.unknown().optional() })),
        })
        .nullish(),
      ip6_extended_communities: z
        .object({
          communities: z.array(z.looseObject({ ipv6_address_specific: z.unknown().optional() })),
        })
        .nullish(),
    })
    .transform(
      ({ next_hop: one, mp_reach: many, communities, large_communities: large, ...extended }) => ({
        nextHops: one ? [one.next_hop] : many?.next_hops,
        communities: communities?.communities,
        largeCommunities: large?.communities,
        redirectTo: redirectIn([
          ...(extended.extended_communities?.communities ?? []).map(
            ({ ipv4_address_specific: community }) => community,
          ),
          ...(extended.ip6_extended_communities?.communities ?? []).map(
            ({ ipv6_address_specific: community }) => community,
          ),
        ]),
      }),
    ),
  flowSchema: z
    .object({
      flow_spec: z.object({
        rules: z.array(
          z.union([
            z.object({ ip_prefix: prefixRule }).transform((rule) => rule.ip_prefix),
            z.object({ component: componentRule }).transform((rule) => rule.component),
            unknownRule,
          ]),
        ),
      }),
    })
    .transform(({ flow_spec: { rules } }) => rules),
};

/** Newest first: a daemon that lacks the service says so and does nothing. */
export const dialects: readonly Dialect[] = [v4, v3];
