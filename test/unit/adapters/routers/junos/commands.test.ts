import { describe, expect, it } from 'vitest';
import { editCandidate } from '../../../../../src/adapters/netconf/operations.ts';
import { allowedLines, editLine } from '../../../../../src/adapters/routers/junos/commands.ts';
import {
  allowedRequests,
  editsConfig,
} from '../../../../../src/adapters/routers/junos/netconf-session.ts';
import { planEdits } from '../../../../../src/adapters/routers/route-edits.ts';

const v4 = { prefix: '192.168.80.10/32', nextHop: '10.10.4.10' };
const v6 = { prefix: 'fd10:80::10/128', nextHop: 'fd10:4::10' };
const elsewhere = { ...v4, nextHop: '10.10.4.20' };
const plan = { add: [v4, v6], remove: [], unchanged: [] };

describe('the edits of a plan', () => {
  it('are lines for both families, and all of them are allowed', () => {
    const lines = [
      ...planEdits(plan, []),
      ...planEdits({ ...plan, add: [], remove: [v4, v6] }, [v4, v6]),
    ].map((edit) => editLine(edit, 6310));

    expect(lines).toEqual([
      'set routing-options static route 192.168.80.10/32 next-hop 10.10.4.10 tag 6310',
      'set routing-options rib inet6.0 static route fd10:80::10/128 next-hop fd10:4::10 tag 6310',
      'delete routing-options static route 192.168.80.10/32',
      'delete routing-options rib inet6.0 static route fd10:80::10/128',
    ]);
    expect(lines.filter((line) => !allowedLines.some((one) => one.test(line)))).toEqual([]);
  });

  it('are one request by NETCONF, which is allowed', () => {
    const request = editCandidate(
      editsConfig(planEdits({ ...plan, remove: [elsewhere] }, [elsewhere]), 6310),
    );

    expect(request).toContain('<route operation="delete"><name>192.168.80.10/32</name></route>');
    expect(request).toContain(
      '<rib><name>inet6.0</name><static><route><name>fd10:80::10/128</name>',
    );
    expect(allowedRequests.some((one) => one.test(request))).toBe(true);
  });

  it('leave out what is done already', () => {
    expect(planEdits({ add: [v4], remove: [v6], unchanged: [] }, [v4])).toEqual([]);
  });

  it('never delete a route of ours that leads elsewhere than the plan says', () => {
    expect(planEdits({ add: [], remove: [v4], unchanged: [] }, [elsewhere])).toEqual([]);
  });

  it('are refused where two routes of ours would become one', () => {
    expect(() => planEdits(plan, [elsewhere])).toThrow(
      expect.objectContaining({ code: 'DETOUR_PLAN_STALE' }),
    );
  });
});

describe('the allowed lines', () => {
  it.each([
    'set system root-authentication plain-text-password',
    'set routing-options static route 0.0.0.0/0 next-hop 10.10.4.10 tag 6310',
    'delete routing-options',
    'delete routing-options static route 192.168.80.0/24',
    'request system reboot',
    'commit synchronize force',
    'rollback 7',
    'run request system halt',
    'show configuration | display set',
  ])('have no place for %s', (line) => {
    expect(allowedLines.some((one) => one.test(line))).toBe(false);
  });
});
