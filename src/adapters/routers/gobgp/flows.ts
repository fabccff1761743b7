import { z } from 'zod';
import {
  type Family,
  familyOf,
  hostPrefixAddress,
  parseAddress,
  parsePrefix,
} from '../../../lib/ip.ts';
import type { LargeCommunity, PathAttribute } from './messages.ts';

/** FlowSpec's own address families (RFC 8955, RFC 8956). */
export const flowFamilies = {
  ipv4: { afi: 'AFI_IP', safi: 'SAFI_FLOW_SPEC_UNICAST' },
  ipv6: { afi: 'AFI_IP6', safi: 'SAFI_FLOW_SPEC_UNICAST' },
} as const satisfies Record<Family, unknown>;

/** "Redirect to this address": draft-ietf-idr-flowspec-redirect-ip, the same number in both families. */
export const redirectSubType = 0x0c;

/** Component types of RFC 8955 (and RFC 8956, where the protocol is the next header). */
const component = { destination: 1, source: 2, protocol: 3, destinationPort: 5 } as const;

const tcp = 6;

/** The bits of an operator that say how to compare, without those of length and of the end of a list. */
const comparison = 0x47;
const equal = 0x01;

/** One component of a flow as both versions of GoBGP's API name it. */
export type FlowRule =
  | { readonly type: number; readonly prefix: string; readonly prefix_len: number }
  | {
      readonly type: number;
      readonly items: readonly { readonly op: number; readonly value: number }[];
    };

/** TCP to some ports of one address, from anywhere or from one network. */
export interface Flow {
  readonly prefix: string;
  readonly source?: string;
  readonly ports: readonly number[];
  /** Where it is sent; absent for a flow that goes on as it would without FlowSpec. */
  readonly redirectTo?: string;
}

/** A flow as a path. Every version of the API wraps these otherwise. */
export interface FlowParts {
  readonly family: (typeof flowFamilies)[Family];
  readonly isMultiProtocol: boolean;
  readonly rules: readonly FlowRule[];
  readonly redirectTo: string | undefined;
  readonly communities: number[];
  readonly signature: readonly LargeCommunity[];
}

/** Takes a flow apart for a path; the components stand in the order of their types. */
export function flowParts(
  flow: Flow,
  communities: readonly number[],
  signature: readonly LargeCommunity[],
): FlowParts {
  const { prefix, source, ports, redirectTo } = flow;
  const version = familyOf(prefix);
  return {
    family: flowFamilies[version],
    isMultiProtocol: version === 'ipv6',
    rules: [
      prefixRule(component.destination, prefix),
      ...(source === undefined ? [] : [prefixRule(component.source, source)]),
      { type: component.protocol, items: [{ op: equal, value: tcp }] },
      {
        type: component.destinationPort,
        items: ports.map((value) => ({ op: equal, value })),
      },
    ],
    redirectTo,
    communities: [...communities],
    signature,
  };
}

/** One flow of a table whose destination is a host. */
export interface FlowPath {
  readonly prefix: string;
  readonly source?: string | undefined;
  /** Absent for a flow of another shape than ours. */
  readonly ports?: readonly number[] | undefined;
  readonly redirectTo?: string | undefined;
  readonly communities: readonly number[];
  readonly largeCommunities: readonly LargeCommunity[];
  readonly isBest: boolean;
  /** What GoBGP calls it, to be handed back when it is withdrawn. */
  readonly nlri: unknown;
}

/** Takes a table of flows apart as `ListPath` tells it; throws a ZodError for anything else. */
export function flowPaths(
  answers: readonly unknown[],
  {
    attributeSchema,
    flowSchema,
  }: {
    readonly attributeSchema: z.ZodType<PathAttribute>;
    readonly flowSchema: z.ZodType<readonly FlowRule[]>;
  },
): readonly FlowPath[] {
  const schema = z.object({
    destination: z.object({
      paths: z.array(
        z.object({ nlri: z.unknown(), best: z.boolean(), pattrs: z.array(attributeSchema) }),
      ),
    }),
  });
  return answers.flatMap((answer) =>
    schema
      .parse(answer)
      .destination.paths.flatMap(({ nlri, best, pattrs }): readonly FlowPath[] => {
        const rules = flowSchema.parse(nlri);
        const prefix = prefixOf(rules, component.destination);
        if (prefix === undefined || hostPrefixAddress(prefix) === undefined) {
          return [];
        }
        const redirect = pattrs.find(({ redirectTo }) => redirectTo !== undefined)?.redirectTo;
        return [
          {
            prefix,
            source: prefixOf(rules, component.source),
            ports: portsOf(rules),
            redirectTo: parseAddress(redirect ?? '') ?? redirect,
            communities: pattrs.flatMap(({ communities }) => communities ?? []),
            largeCommunities: pattrs.flatMap(({ largeCommunities }) => largeCommunities ?? []),
            isBest: best,
            nlri,
          },
        ];
      }),
  );
}

function prefixRule(type: number, prefix: string): FlowRule {
  const [address = '', length] = prefix.split('/');
  return { type, prefix: address, prefix_len: Number(length) };
}

function prefixOf(rules: readonly FlowRule[], type: number): string | undefined {
  const rule = rules.find((one) => one.type === type);
  return rule !== undefined && 'prefix' in rule
    ? parsePrefix(`${rule.prefix}/${rule.prefix_len}`)
    : undefined;
}

/** The ports of a flow that is TCP to some ports and nothing more. */
function portsOf(rules: readonly FlowRule[]): readonly number[] | undefined {
  const known: readonly number[] = Object.values(component);
  const isOurShape =
    rules.every(({ type }) => known.includes(type)) &&
    new Set(rules.map(({ type }) => type)).size === rules.length &&
    valuesOf(rules, component.protocol)?.join() === String(tcp);
  return isOurShape ? valuesOf(rules, component.destinationPort) : undefined;
}

/** The values of "equal to this one or that one"; undefined for any other comparison. */
function valuesOf(rules: readonly FlowRule[], type: number): readonly number[] | undefined {
  const rule = rules.find((one) => one.type === type);
  if (rule === undefined || !('items' in rule)) {
    return;
  }
  return rule.items.every(({ op }) => (op & comparison) === equal)
    ? rule.items.map(({ value }) => value)
    : undefined;
}
