import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { PathAttribute, PathParts } from './messages.ts';

/** How one version of GoBGP's API says what we have to say. */
export interface Dialect {
  readonly protoFile: string;
  readonly service: string;
  /** The names of the tables that are read. */
  readonly tables: { readonly global: string; readonly sent: string };
  path(parts: PathParts): object;
  readonly attributeSchema: z.ZodType<PathAttribute>;
}

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const anyOf = (name: string): string => `type.googleapis.com/apipb.${name}`;

/** Version 3: prefixes and attributes travel as `Any`. */
const v3: Dialect = {
  protoFile: beside('gobgp-v3.proto'),
  service: 'apipb.GobgpApi',
  tables: { global: 'GLOBAL', sent: 'ADJ_OUT' },
  path: ({ family, nlri: prefix, nextHop, isMultiProtocol, communities }) => {
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
      ],
    };
  },
  attributeSchema: z
    .looseObject({
      next_hop: z.string().optional(),
      next_hops: z.array(z.string()).optional(),
      communities: z.array(z.number()).optional(),
    })
    .transform(({ next_hop: one, next_hops: many, communities }) => ({
      nextHops: one === undefined ? many : [one],
      communities,
    })),
};

/** Version 4: another service, prefixes and attributes as one of several fields, tables counted from one. */
const v4: Dialect = {
  protoFile: beside('gobgp-v4.proto'),
  service: 'api.GoBgpService',
  tables: { global: 'TABLE_TYPE_GLOBAL', sent: 'TABLE_TYPE_ADJ_OUT' },
  path: ({ family, nlri: prefix, nextHop, isMultiProtocol, communities }) => {
    const nlri = { prefix };
    const hop = isMultiProtocol
      ? { mp_reach: { family, next_hops: [nextHop], nlris: [nlri] } }
      : { next_hop: { next_hop: nextHop } };
    return {
      family,
      nlri,
      pattrs: [{ origin: { origin: 0 } }, hop, { communities: { communities } }],
    };
  },
  attributeSchema: z
    .object({
      next_hop: z.object({ next_hop: z.string() }).nullish(),
      mp_reach: z.object({ next_hops: z.array(z.string()) }).nullish(),
      communities: z.object({ communities: z.array(z.number()) }).nullish(),
    })
    .transform(({ next_hop: one, mp_reach: many, communities }) => ({
      nextHops: one ? [one.next_hop] : many?.next_hops,
      communities: communities?.communities,
    })),
};

/** Newest first: a daemon that lacks the service says so and does nothing. */
export const dialects: readonly Dialect[] = [v4, v3];
