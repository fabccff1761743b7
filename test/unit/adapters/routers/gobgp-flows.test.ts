import { describe, expect, it } from 'vitest';
import { dialects } from '../../../../src/adapters/routers/gobgp/dialects.ts';
import { flowParts, flowPaths } from '../../../../src/adapters/routers/gobgp/flows.ts';

const flow = {
  prefix: '192.0.2.1/32',
  source: '198.51.100.0/24',
  ports: [80, 443],
  redirectTo: '10.0.0.1',
};
const flow6 = { prefix: '2001:db8::1/128', ports: [80], redirectTo: '2001:db8:1::1' };

describe.each(dialects.map((dialect) => ({ name: dialect.service, dialect })))(
  'a flow over $name',
  ({ dialect }) => {
    const tell = (path: object): unknown => ({ destination: { paths: [{ ...path, best: true }] } });

    it.each([flow, flow6])('comes back as it was sent: $prefix', (sent) => {
      const path = dialect.flowPath(
        flowParts(
          sent,
          [7],
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ),
      );

      expect(flowPaths([tell(path)], dialect)).toEqual([
        {
          source: undefined,
          ...sent,
          communities: [7],
          largeCommunities: [
            [1, 2, 3],
            [4, 5, 6],
          ],
          isBest: true,
          nlri: expect.anything(),
        },
      ]);
    });

    it('is not of our shape when it compares otherwise, or matches more', () => {
      const parts = flowParts(flow, [7], []);
      const others = [
        // Below 81 instead of 80; a range; UDP; a source port beside the rest.
        { ...parts, rules: parts.rules.map((rule) => withItems(rule, 5, [[0x04, 81]])) },
        {
          ...parts,
          rules: parts.rules.map((rule) =>
            withItems(rule, 5, [
              [0x03, 80],
              [0x45, 443],
            ]),
          ),
        },
        { ...parts, rules: parts.rules.map((rule) => withItems(rule, 3, [[0x01, 17]])) },
        { ...parts, rules: [...parts.rules, { type: 6, items: [{ op: 1, value: 80 }] }] },
      ];

      const read = flowPaths(
        others.map((other) => tell(dialect.flowPath(other))),
        dialect,
      );

      expect(read.map(({ prefix, ports }) => ({ prefix, ports }))).toEqual(
        others.map(() => ({ prefix: flow.prefix, ports: undefined })),
      );
    });

    it('to a whole network is nobody’s host', () => {
      const path = dialect.flowPath(flowParts({ ...flow, prefix: '192.0.2.0/24' }, [7], []));

      expect(flowPaths([tell(path)], dialect)).toEqual([]);
    });
  },
);

function withItems(
  rule: ReturnType<typeof flowParts>['rules'][number],
  type: number,
  items: readonly (readonly [op: number, value: number])[],
): ReturnType<typeof flowParts>['rules'][number] {
  return rule.type === type ? { type, items: items.map(([op, value]) => ({ op, value })) } : rule;
}
